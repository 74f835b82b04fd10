"""The type of a file is told by its bytes."""

import io

import pillow_heif
import pytest
from PIL import Image

from aion.resources.documents import EXTENSION_TO_CONTENT_TYPE as DOCUMENT_CONTENT_TYPES
from aionserver.kit.media_types import (
    AVIF,
    CSV,
    DOCUMENTS,
    DOCX,
    EPUB,
    GIF,
    HEIC,
    HTML,
    JPEG,
    MARKDOWN,
    MP4,
    ODT,
    PDF,
    PNG,
    PPTX,
    RTF,
    TEXT,
    WEBP,
    XLSX,
    sniff,
)

FORMATS = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP, "GIF": GIF, "AVIF": AVIF}


def written(format_name: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, format_name)
    return out.getvalue()


@pytest.mark.parametrize("name, kind", FORMATS.items())
def test_a_picture_is_known_by_its_bytes_whatever_its_name_says(name: str, kind: object) -> None:
    assert sniff(written(name), "holiday.pdf") == kind


def test_heic_is_known_by_its_brand() -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64))).save(out)
    assert sniff(out.getvalue()) == HEIC


def test_a_heif_with_general_brands_only_counts_as_heic() -> None:
    assert sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf") == HEIC


def test_a_video_in_the_same_container_is_no_picture() -> None:
    assert sniff(b"\0\0\0\x18ftypisom\0\0\0\0isommp41") == MP4


def test_a_riff_file_that_is_not_webp_is_unknown() -> None:
    assert sniff(b"RIFF\x24\0\0\0WAVEfmt ") is None


def test_documents_are_recognised() -> None:
    assert sniff(b"%PDF-1.7\n%\xe2\xe3") == PDF
    assert sniff(b"\xef\xbb\xbfjunk before %PDF-1.4") == PDF
    assert sniff(b"PK\x03\x04" + b"\0" * 26 + b"word/document.xml") == DOCX


@pytest.mark.parametrize("part, kind", [(b"word/document.xml", DOCX), (b"ppt/slides/", PPTX), (b"xl/workbook", XLSX)])
def test_office_files_are_known_by_their_parts(part: bytes, kind: object) -> None:
    assert sniff(b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml" + part, "any.doc") == kind


def test_a_zip_with_office_parts_that_come_late_is_what_its_name_says() -> None:
    head = b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml"
    assert sniff(head, "report.DOCX") == DOCX
    assert sniff(head, "table.xlsx") == XLSX
    assert sniff(head, "archive.zip") is None
    assert sniff(b"PK\x03\x04" + b"\0" * 26 + b"holiday.jpg", "report.docx") is None


@pytest.mark.parametrize(
    "word, kind",
    [
        (b"application/vnd.oasis.opendocument.text", ODT),
        (b"application/epub+zip", EPUB),
        (b"application/vnd.oasis.opendocument.graphics", None),
    ],
)
def test_a_zip_may_say_itself_what_it_is(word: bytes, kind: object) -> None:
    assert sniff(b"PK\x03\x04" + b"\0" * 26 + b"mimetype" + word + b"PK", "any.zip") == kind


def test_an_encrypted_office_file_is_known_by_its_name_and_an_old_one_is_unknown() -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500
    assert sniff(head, "secret.docx") == DOCX
    assert sniff(head, "old.doc") is None


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html>\n<html>",
        b"\xef\xbb\xbf  <html lang=en>",
        b'<?xml version="1.0"?>\n<!-- saved --><!doctype HTML PUBLIC "x">',
        b"<body>x",
    ],
)
def test_web_pages_are_known_by_how_they_start(head: bytes) -> None:
    assert sniff(head, "page.txt") == HTML


def test_texts_differ_by_name() -> None:
    assert sniff(b"<p>a part of a page", "part.htm") == HTML
    assert sniff(b"a,b\n1,2\n", "table.CSV") == CSV
    assert sniff(b"a\tb\n1\t2\n", "table.tsv") == CSV
    assert sniff(b"a,b\n1,2\n", "table.txt") == TEXT
    assert sniff(b"{\\rtf1\\ansi hello}", "letter.doc") == RTF


@pytest.mark.parametrize("suffix", [one for one, kind in DOCUMENT_CONTENT_TYPES.items() if kind.startswith("text/")])
def test_texts_that_the_sdk_takes_are_what_it_says(suffix: str) -> None:
    found = sniff(b"Pumps, and their parts.", f"manual{suffix}")
    assert found
    assert found.content_type == DOCUMENT_CONTENT_TYPES[suffix]


def test_the_sdk_takes_every_document() -> None:
    assert set(DOCUMENT_CONTENT_TYPES.values()) == {one.content_type for one in DOCUMENTS}


def test_plain_text_and_markdown_differ_by_name() -> None:
    assert sniff(b"# Title\n\nwords", "notes.md") == MARKDOWN
    assert sniff(b"# Title\n\nwords", "notes.txt") == TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_text_is_recognised_in_common_encodings(encoding: str) -> None:
    assert sniff("Ein Bär fährt über die Brücke, und es regnet.".encode(encoding)) == TEXT


@pytest.mark.parametrize(
    "encoding, text", [("cp932", "名前,値段"), ("cp1251", "Все люди рождаются свободными"), ("cp949", "모든 인간은")]
)
def test_text_in_letters_of_no_latin_script_is_known_by_its_name(encoding: str, text: str) -> None:
    assert sniff(text.encode(encoding), "text.TXT") == TEXT
    assert sniff(text.encode(encoding), "table.csv") == CSV
    assert sniff(text.encode(encoding) + b"\0\1", "text.txt") is None
    assert sniff(text.encode(encoding), "photo.jpg") is None


def test_text_cut_in_the_middle_of_a_letter_is_still_text() -> None:
    assert sniff(("a" + "é" * 4000).encode()[:4096]) == TEXT


@pytest.mark.parametrize("head", [b"", b"\0\1\2\3", b"\x7fELF\2\1\1\0", b"\x89PNG\r\n\0broken", bytes(range(256))])
def test_other_bytes_are_unknown(head: bytes) -> None:
    assert sniff(head, "photo.jpg") is None


@pytest.mark.parametrize("head", [b"<svg xmlns='x'/>", b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a --><svg width="1">'])
def test_a_picture_as_xml_is_of_no_known_type(head: bytes) -> None:
    assert sniff(head, "a.txt") is None
    assert sniff(b"To draw, write <svg > into the page.", "a.txt") is not None
