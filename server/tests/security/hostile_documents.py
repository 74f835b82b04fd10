"""Small good documents of every format, and documents made to do harm."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator

import docx
import openpyxl
from odfdo import Document as OpenDocument
from odfdo import Paragraph
from pptx import Presentation

from plugins.documents import SPACES, package, paragraph, pdf, word

CONTAINER = '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
BOOK = '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
OPEN_TEXT = "urn:oasis:names:tc:opendocument:xmlns:"


def good() -> dict[str, bytes]:
    """A small document of each format, as programs write it."""
    return {
        "PDF": pdf([(72, 700, 12, "A good document."), (72, 680, 12, "It has two lines.")]),
        "DOCX": _saved(_word_file().save),
        "PPTX": _saved(_slides().save),
        "XLSX": _saved(_workbook().save),
        "ODT": _saved(_open_text().save),
        "EPUB": package({"META-INF/container.xml": CONTAINER, "b.opf": BOOK, "a.xhtml": "<p>A good document.</p>"}),
        "RTF": rb"{\rtf1\ansi A good \b document\b0.\par\trowd a\cell b\cell\row}",
        "HTML": b"<h1>A good</h1><p>document</p><table><tr><td>a<td>b<tr><td>c<td>d</table>",
        "CSV": b'Part,Price\n"Lid, red",5\nScrew,7\n',
        "text": "A good document.\n\n- with\n- items é\n".encode(),
        "Markdown": b"# A good\n\ndocument\n\n| a | b |\n|---|---|\n| c | d |\n",
    }


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


def _word_file() -> docx.document.Document:
    made = docx.Document()
    made.add_heading("A good document")
    made.add_paragraph("with items", "List Bullet")
    made.add_table(2, 2).cell(0, 0).text = "a"
    return made


def _slides() -> Presentation:
    made = Presentation()
    made.slides.add_slide(made.slide_layouts[0]).shapes.title.text = "A good document"
    return made


def _workbook() -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.active.append(["Part", "Price"])
    made.active.append(["Lid", 5])
    return made


def _open_text() -> OpenDocument:
    made = OpenDocument("text")
    made.body.append(Paragraph("A good document."))
    return made


def damaged(data: bytes, count: int) -> Iterator[bytes]:
    """The document cut short, with bytes changed, and with a piece of it moved."""
    dice = random.Random(20)
    for _ in range(count):
        at = dice.randrange(len(data))
        yield data[:at]
        changed = bytearray(data)
        for _ in range(dice.randint(1, 12)):
            changed[dice.randrange(len(data))] = dice.randrange(256)
        yield bytes(changed)
        yield data[:at] + data[dice.randrange(len(data)) :]


def lying_zip(name: str, size: int) -> bytes:
    """A ZIP whose member unpacks to far more than its declared size."""
    packed = bytearray(package({"_rels/.rels": b"<x/>", name: b"<" + b"a" * size}))
    declared, at = size + 1, 0
    while (at := packed.find(declared.to_bytes(4, "little"), at)) >= 0:
        packed[at : at + 4] = (5).to_bytes(4, "little")
    return bytes(packed)


def zeros(size: int) -> bytes:
    """A ZIP of one member of zeros."""
    return package({"_rels/.rels": b"\0" * size})


def laughs(levels: int = 12) -> str:
    """Entities that multiply tenfold at each level."""
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{lines}]>'


def made() -> dict[str, tuple[str, Callable[[], bytes]]]:
    """Documents made to do harm, by what they do: each its format, and what makes it."""
    deep = 20_000
    bomb = f"{laughs()}<w:document {SPACES}><w:body>{paragraph('&l11;')}</w:body></w:document>"
    start = word("<w:p/>")
    return {
        "a ZIP of zeros": ("DOCX", lambda: zeros(100 << 20)),
        "a ZIP that lies of its size": ("DOCX", lambda: lying_zip("word/document.xml", 5_000_000)),
        "a ZIP of twenty thousand parts": (
            "XLSX",
            lambda: package({f"{n}.xml": "" for n in range(21_000)}, zipfile.ZIP_STORED),
        ),
        "a ZIP in a ZIP": ("EPUB", lambda: package({"META-INF/container.xml": start, "b.opf": start})),
        "entities that multiply": ("DOCX", lambda: _with_document(bomb)),
        "entities that multiply in a book": (
            "EPUB",
            lambda: package({"META-INF/container.xml": laughs() + "<x>&l11;</x>"}),
        ),
        "an entity that reads a file": (
            "ODT",
            lambda: package({"content.xml": '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'}),
        ),
        "a parameter entity from the network": (
            "ODT",
            lambda: package({"content.xml": '<!DOCTYPE x [<!ENTITY % f SYSTEM "http://127.0.0.1:9/x"> %f;]><x/>'}),
        ),
        "tables in tables without end": (
            "DOCX",
            lambda: word("<w:tbl><w:tr><w:tc>" * deep + "</w:tc></w:tr></w:tbl>" * deep),
        ),
        "text boxes in text boxes": (
            "DOCX",
            lambda: word(
                "<w:p><w:r><w:pict><w:txbxContent>" * 60 + paragraph("x") + "</w:txbxContent></w:pict></w:r></w:p>" * 60
            ),
        ),
        "fields without end": (
            "DOCX",
            lambda: word("<w:p>" + '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * 200_000 + "</w:p>"),
        ),
        "spans of a million columns": (
            "DOCX",
            lambda: word(
                "<w:tbl>"
                + (
                    '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="9999"/></w:tcPr>'
                    + paragraph("x" * 100)
                    + "</w:tc><w:tc/></w:tr>"
                )
                * 5_000
                + "</w:tbl>"
            ),
        ),
        "divisions without end": ("HTML", lambda: b"<div>" * 1_000_000),
        "an attribute as long as a file": ("HTML", lambda: b"<p title='" + b"x" * 30_000_000),
        "a table of a million cells": ("HTML", lambda: b"<table>" + (b"<tr>" + b"<td>1" * 100) * 10_000),
        "quotations without end": ("Markdown", lambda: b">" * 1_000_000),
        "brackets without end": ("Markdown", lambda: b"[" * 5_000_000),
        "lists without end": ("Markdown", lambda: b"".join(b" " * n + b"- x\n" for n in range(1_000))),
        "groups without end": ("RTF", lambda: b"{\\rtf1 " + b"{\\b " * 300_000),
        "many small commands": ("RTF", lambda: b"{\\rtf1 " + b"\\'e9\\u8364?" * 100_000),
        "quotation marks without end": ("CSV", lambda: b'"a,' * 5_000_000),
        "columns without end": ("CSV", lambda: b"1," * 10_000_000),
        "a text of one line": ("text", lambda: b"a" * 30_000_000),
        "a text of empty lines": ("text", lambda: b"\n" * 5_000_000),
        "a text of items": ("text", lambda: b"- a\n" * 1_000_000),
        "a sheet of more than a million cells": ("XLSX", lambda: _sheet(10_100, 100)),
        "a sheet of far cells": ("XLSX", lambda: _far_cells(1_000)),
        "pages without end": ("PDF", lambda: pdf(*([(72, 700, 12, "x")] for _ in range(5_001)))),
        "a page of a million signs": ("PDF", lambda: pdf([(1, 1, 1, "x" * 3_000_000)])),
        "a page of many places": ("PDF", lambda: pdf([(n % 600, n % 780, 1, "ab cd") for n in range(20_000)])),
    }


def _with_document(xml: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(word("<w:p/>"))) as usual:
        parts = {name: usual.read(name) for name in usual.namelist()}
    return package({**parts, "word/document.xml": xml})


def _workbook_with(sheet: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(_saved(_workbook().save))) as usual:
        parts = {name: usual.read(name) for name in usual.namelist()}
    return package({**parts, "xl/worksheets/sheet1.xml": sheet})


def _sheet(rows: int, columns: int) -> bytes:
    """A sheet of different figures: one figure again and again would be taken for a bomb."""
    cells = ("".join(f"<c><v>{n * 7919 + column}</v></c>" for column in range(columns)) for n in range(rows))
    space = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    text = "".join(f"<row>{row}</row>" for row in cells)
    return _workbook_with(f"{space}{text}</sheetData></worksheet>".encode())


def _far_cells(count: int) -> bytes:
    rows = "".join(f'<row r="{n * 300}"><c r="XFD{n * 300}"><v>1</v></c></row>' for n in range(1, count))
    space = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return _workbook_with(f"{space}{rows}</sheetData></worksheet>".encode())
