"""Rich text is read as the text that is in it."""

import pytest

from plugins.documents import blocks, code_of, read, told

LETTER = (
    r"{\rtf1\ansi{\fonttbl{\f0 Times;}}{\info{\title On pumps}{\author Jane}}"
    r"\b SAFETY FIRST\b0\par Caf\'e9 for 5 \u8364?, and\line more\par "
    r"{\pntext\f1\'B7\tab}gloves\par{\pntext\f1\'B7\tab}wrench\par "
    r"\trowd\cellx1\cellx2\intbl Part\cell Price\cell\row\trowd\intbl Lid\cell 5\cell\row\pard "
    r"{\pict\pngblip " + "89504e47" * 200 + r"}end\par}"
)


def test_paragraphs_and_tables_are_told_apart() -> None:
    said = told(LETTER.encode("ascii"), "RTF")
    assert said[0] == "h2: SAFETY FIRST"
    assert said[1] == "paragraph: Café for 5 €, and"
    assert "table: | Part | Price |\n| --- | --- |\n| Lid | 5 |" in said
    assert said[-1] == "paragraph: end"
    assert not any("89504e47" in one for one in said)


def test_it_says_its_title_and_author() -> None:
    reading = read(LETTER.encode("ascii"), "RTF")
    assert (reading.title, reading.properties, reading.has_pages) == ("On pumps", {"author": "Jane"}, False)


@pytest.mark.parametrize("data", [b"", b"hello", b"\\rtf1"])
def test_what_is_no_rich_text_is_refused(data: bytes) -> None:
    assert code_of(data, "RTF") == "corrupt_file"


def test_an_unfinished_or_deeply_nested_text_is_read_as_far_as_it_goes() -> None:
    assert told(b"{\\rtf1 hello", "RTF") == ["paragraph: hello"]
    assert blocks(b"{\\rtf1 " + b"{" * 50_000 + b"deep", "RTF")[0].text == "deep"
