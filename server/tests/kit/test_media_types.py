"""The type of a file is told by its bytes."""

import io

import pillow_heif
import pytest
from PIL import Image

from aionserver.kit.media_types import AVIF, DOCX, GIF, HEIC, JPEG, MARKDOWN, MP4, PDF, PNG, TEXT, WEBP, sniff

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


def test_a_zip_with_office_parts_is_word_only_under_that_name() -> None:
    head = b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml"
    assert sniff(head, "report.DOCX") == DOCX
    assert sniff(head, "table.xlsx") is None


def test_plain_text_and_markdown_differ_by_name() -> None:
    assert sniff(b"# Title\n\nwords", "notes.md") == MARKDOWN
    assert sniff(b"# Title\n\nwords", "notes.txt") == TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_text_is_recognised_in_common_encodings(encoding: str) -> None:
    assert sniff("Ein Bär fährt über die Brücke, und es regnet.".encode(encoding)) == TEXT


def test_text_cut_in_the_middle_of_a_letter_is_still_text() -> None:
    assert sniff(("a" + "é" * 4000).encode()[:4096]) == TEXT


@pytest.mark.parametrize("head", [b"", b"\0\1\2\3", b"\x7fELF\2\1\1\0", b"\x89PNG\r\n\0broken", bytes(range(256))])
def test_other_bytes_are_unknown(head: bytes) -> None:
    assert sniff(head, "photo.jpg") is None
