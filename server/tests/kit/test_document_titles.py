"""What documents are called."""

import pytest

from aionserver.kit.document_titles import LONGEST_TITLE, title_of


@pytest.mark.parametrize(
    ("filename", "own_title", "expected"),
    [
        ("a1.pdf", "Fourth quarter results", "Fourth quarter results"),
        ("ACME_2023_10K.pdf", "0000764478-23-000006", "ACME 2023 10K"),
        ("AnnualReport-final.v2.docx", None, "Annual Report final v2"),
        ("notes on heat.txt", "Untitled", "notes on heat"),
        ("pump_manual.pptx", "PowerPoint Presentation", "pump manual"),
        ("a1.docx", "Microsoft Word - pump_manual.docx", "pump manual"),
        ("pump_manual.pdf", "Manual", "pump manual"),
        ("12.pdf", "Manual", "Manual"),
        ("12.pdf", " Two \n lines ", "Two lines"),
        ("12345.pdf", None, ""),
        ("", "", ""),
        ("取扱説明書.pdf", None, "取扱説明書"),
    ],
)
def test_a_document_is_called_what_it_calls_itself_or_else_what_its_file_is(
    filename: str, own_title: str | None, expected: str
) -> None:
    assert title_of(filename, own_title) == expected


def test_a_long_title_is_cut_between_words() -> None:
    title = title_of("x.pdf", "many words " * 100)
    assert len(title) <= LONGEST_TITLE and title.endswith(("many", "words"))
