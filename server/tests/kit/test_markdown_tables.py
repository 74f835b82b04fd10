"""Tables in Markdown."""

import pytest

from aionserver.kit.markdown_tables import cells, head_and_rows, is_row, is_rule, spoken


@pytest.mark.parametrize(
    ("line", "row", "rule"),
    [
        ("| a | b |", True, False),
        ("|---|:-:|", True, True),
        (" | -- | ", True, True),
        ("| - 5 |", True, False),
        ("| | |", True, False),
        ("a | b", False, False),
        ("---", False, False),
    ],
)
def test_rows_and_rules_are_told_from_other_lines(line: str, row: bool, rule: bool) -> None:
    assert (is_row(line), is_rule(line)) == (row, rule)


def test_a_bar_in_a_cell_does_not_part_it() -> None:
    assert cells(r"| a \| b | | c |") == ["a | b", "", "c"]


def test_the_head_is_what_stands_above_the_rule() -> None:
    assert head_and_rows("| h |\n|---|\n| 1 |\n\n| 2 |") == (["| h |", "|---|"], ["| 1 |", "| 2 |"])
    assert head_and_rows("| 1 |\n| 2 |\n|---|") == ([], ["| 1 |", "| 2 |", "|---|"])


def test_a_table_in_words_has_its_cells_in_order_and_no_bars() -> None:
    text = "Sales of 2023\n\n| | Q1 | Q1 | Q2 |\n|---|---|---|---|\n| Pens | 5 | | 7 |\n| | | | |\nA | B"
    assert spoken(text) == "Sales of 2023\n\nQ1 Q2\nPens 5 7\nA | B"
