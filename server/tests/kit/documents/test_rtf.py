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


def test_headings_are_told_by_their_styles_and_notes_follow_what_they_stand_in() -> None:
    code = (
        r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\stylesheet{\s0 Normal;}{\s1\outlinelevel0\b heading 1;}{\s12 Heading 2;}}"
        r"{\header Secret Co.\par}\pard\s1\b Pumps\par\pard\plain They turn"
        r"{\footnote\pard {\chftn} To the {\i left}.} fast.\par"
        r"\pard\s12 Small ones\par\pard\s0 They hum.\par\pard\outlinelevel2 Noise\par\pard It is loud.\par}"
    )
    assert told(code.encode("ascii"), "RTF") == [
        "h1: Pumps",
        "paragraph: They turn fast.",
        "note: To the left.",
        "h2: Small ones",
        "paragraph: They hum.",
        "h3: Noise",
        "paragraph: It is loud.",
    ]


def test_what_is_hidden_or_deleted_is_not_shown() -> None:
    code = rb"{\rtf1 One {\v secret }two {\f1\deleted\revauth1 gone }three{\b0\v0  four}\par}"
    assert told(code, "RTF") == ["paragraph: One two three four"]


@pytest.mark.parametrize(
    "code, text",
    [
        (rb"\ansicpg1251{\fonttbl{\f0\fcharset204 Arial;}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2", "Привет"),
        (rb"\ansicpg932{\fonttbl{\f0\fcharset128 Gothic;}}\f0 \'93\'fa\'96\'7b\'8c\'ea", "日本語"),
        (rb"{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset238 B;}}\f0 caf\'e9 \f1 \'b9\'ea\'bf", "café ąęż"),
        (rb"{\fonttbl{\f0 A;}}smile \u-10179?\u-8704?", "smile \U0001f600"),
    ],
)
def test_letters_are_read_by_code_page_and_font(code: bytes, text: str) -> None:
    assert told(rb"{\rtf1\ansi" + code + rb"\par}", "RTF") == [f"paragraph: {text}"]


@pytest.mark.parametrize("part", [rb"{\footnote ", rb"{\v", rb"\s1", rb"{\b\i\b", rb"{\stylesheet{\s1 heading 1;}"])
def test_code_that_never_ends_is_read_in_bounded_time(part: bytes) -> None:
    assert code_of(rb"{\rtf1 " + part * 20_000, "RTF") == "read"


@pytest.mark.parametrize("data", [b"", b"hello", b"\\rtf1"])
def test_what_is_no_rich_text_is_refused(data: bytes) -> None:
    assert code_of(data, "RTF") == "corrupt_file"


def test_an_unfinished_or_deeply_nested_text_is_read_as_far_as_it_goes() -> None:
    assert told(b"{\\rtf1 hello", "RTF") == ["paragraph: hello"]
    assert blocks(b"{\\rtf1 " + b"{" * 50_000 + b"deep", "RTF")[0].text == "deep"
