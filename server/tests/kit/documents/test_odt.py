"""OpenDocument texts are read as they stand."""

import io

import pytest
from odfdo import Document, Header, Paragraph

from plugins.documents import code_of, package, read, told

NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = (
    " ".join(
        f'xmlns:{short}="{NAMES}{name}:1.0"'
        for short, name in (
            ("office", "office"),
            ("text", "text"),
            ("table", "table"),
            ("draw", "drawing"),
            ("style", "style"),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def text(body: str, styles: str = "", **parts: str) -> bytes:
    content = (
        f"<office:document-content {SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    named = {name.replace("_xml", ".xml"): part for name, part in parts.items()}
    return package({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, **named})


def test_a_document_of_another_program_is_read() -> None:
    made = Document("text")
    made.body.clear()
    made.body.append(Header(1, "The pump"))
    made.body.append(Paragraph("Switch it off."))
    made.meta.title = "On pumps"
    out = io.BytesIO()
    made.save(out)
    reading = read(out.getvalue(), "ODT")
    assert told(out.getvalue(), "ODT") == ["h1: The pump", "paragraph: Switch it off."]
    assert (reading.title, reading.has_pages, reading.page_count) == ("On pumps", False, 1)


def test_text_is_read_without_what_was_removed_and_remarks_come_after_it() -> None:
    body = (
        "<text:tracked-changes><text:p>removed</text:p></text:tracked-changes>"
        '<text:section><text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d<text:span>e</text:span>'
        "<office:annotation><dc:creator>Jane</dc:creator><text:p>a</text:p><text:p>remark</text:p></office:annotation>f</text:p></text:section>"
    )
    assert told(text(body), "ODT") == ["paragraph: a b\tc\ndef", "note: Comment by Jane: a remark"]


def test_lists_have_numbers_or_bullets_by_their_style() -> None:
    styles = (
        '<text:list-style style:name="N"><text:list-level-style-number text:level="1"/>'
        '<text:list-level-style-bullet text:level="2"/></text:list-style>'
    )
    inner = "<text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list>"
    body = (
        '<text:list text:style-name="N"><text:list-item><text:p>one</text:p><text:p>more</text:p></text:list-item>'
        f"<text:list-item><text:p>two</text:p>{inner}</text:list-item></text:list>"
        "<text:list><text:list-item><text:p>plain</text:p></text:list-item></text:list>"
    )
    assert told(text(body, styles), "ODT") == ["list: 1. one\n  more\n2. two\n  - inner", "list: - plain"]


def test_tables_have_every_cell_in_its_column() -> None:
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>".format
    covered = "<table:covered-table-cell/>"
    body = (
        "<table:table><table:table-column/><table:table-header-rows><table:table-row>"
        + cell(' table:number-rows-spanned="2"', "Item")
        + cell(' table:number-columns-spanned="2"', "Year")
        + covered
        + "</table:table-row><table:table-row>"
        + covered
        + cell("", "2023")
        + cell("", "2022")
        + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell("", "Pens")
        + cell(' table:number-columns-repeated="2"', "5")
        + '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )
    assert told(text(body), "ODT") == ["table: | Item | Year 2023 | Year 2022 |\n| --- | --- | --- |\n| Pens | 5 | 5 |"]


def test_notes_and_text_boxes_follow_what_they_hang_on() -> None:
    note = (
        '<text:note text:note-class="{}"><text:note-citation>{}</text:note-citation><text:note-body><text:p>{}</text:p>'
        "</text:note-body></text:note>"
    ).format
    box = "<draw:frame><draw:text-box><text:p>in the box</text:p></draw:text-box></draw:frame>"
    late, early = note("endnote", "i", "at the end"), note("footnote", "1", "at the foot")
    body = f"<text:p>a{late}b{early}{box}</text:p><text:p>c</text:p>"
    assert told(text(body), "ODT") == [
        "paragraph: a[^i]b[^1]",
        "note: [^1]: at the foot",
        "paragraph: in the box",
        "paragraph: c",
        "note: [^i]: at the end",
    ]


def test_heads_and_feet_are_edges() -> None:
    master = "<style:master-page><style:{0}><text:p>{1}</text:p></style:{0}></style:master-page>".format
    styles = (
        f"<office:document-styles {SPACES}><office:master-styles>{master('header', 'ACME')}{master('header', 'ACME')}"
        f"{master('footer', 'Page 3')}{master('footer', 'secret')}</office:master-styles></office:document-styles>"
    )
    data = text("<text:p>text</text:p>", styles_xml=styles)
    assert told(data, "ODT") == ["paragraph*: ACME", "paragraph: text", "paragraph*: secret"]


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "corrupt_file"),
        (package({"mimetype": "x"}), "corrupt_file"),
        (package({"content.xml": "<x/>"}), "corrupt_file"),
        (package({"content.xml": "?", "META-INF/manifest.xml": "<m:encryption-data/>"}), "password_protected"),
    ],
)
def test_what_is_no_text_says_why(data: bytes, code: str) -> None:
    assert code_of(data, "ODT") == code


@pytest.mark.parametrize("digit", ["\u00b2", "\u2460", "9" * 5000])
def test_what_is_no_number_is_none(digit: str) -> None:
    styles = f'<text:list-style style:name="L1"><text:list-level-style-number text:level="{digit}"/></text:list-style>'
    body = (
        f'<text:h text:outline-level="{digit}">Pumps</text:h><text:p>a<text:s text:c="{digit}"/>b</text:p>'
        '<text:list text:style-name="L1"><text:list-item><text:p>oil</text:p></text:list-item></text:list>'
    )
    assert told(text(body, styles), "ODT") == ["h1: Pumps", "paragraph: a b", "list: - oil"]
