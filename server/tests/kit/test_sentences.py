"""Texts taken apart: sentences, rows of tables, headings."""

from aionserver.kit.sentences import Statement, said_row, sentences, statements


def test_what_is_written_short_ends_no_sentence() -> None:
    assert sentences("She left St. Petersburg with Dr. Lorrain. It was No. 5 of all. So it was.") == [
        "She left St. Petersburg with Dr. Lorrain.",
        "It was No. 5 of all.",
        "So it was.",
    ]
    assert sentences("She said no. It was over.") == ["She said no.", "It was over."]


def test_headings_are_told_from_what_they_head() -> None:
    text = "Maintenance\n\nClean the filter. Grease the bearing.\n\n- one spanner\n\nBest regards"
    assert [one.text for one in statements(text) if one.is_heading] == ["Maintenance"]
    assert statements("Only this") == [Statement("Only this")]


def test_rows_of_tables_are_said() -> None:
    table = "Data of it:\n| Property | Value |\n| --- | --- |\n| Weight | 9.4 kg |\n| Sales | 3 | 4 |"
    assert [one.text for one in statements(table)] == [
        "Data of it:",
        "Property: Value",
        "Weight: 9.4 kg",
        "Sales | 3 | 4",
    ]
    assert said_row("| a | | a | b |") == "a: b"


def test_the_day_of_a_german_date_ends_no_sentence() -> None:
    text = "Das Mietverhältnis beginnt am 1. Mai 2023. Die Kündigungsfrist beträgt drei Monate."
    assert sentences(text) == [
        "Das Mietverhältnis beginnt am 1. Mai 2023.",
        "Die Kündigungsfrist beträgt drei Monate.",
    ]


def test_an_empty_text_says_nothing() -> None:
    assert statements("") == statements(" \n ") == []
