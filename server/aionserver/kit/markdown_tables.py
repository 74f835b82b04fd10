"""Tables in Markdown: their cells, and the same said in plain words."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

_BAR: Final = re.compile(r"(?<!\\)\|")


def is_row(line: str) -> bool:
    """Whether a line is one of a table."""
    line = line.strip()
    return len(line) > 1 and line[0] == line[-1] == "|"


def is_rule(line: str) -> bool:
    """Whether a line is the one between a table's head and its rows."""
    return is_row(line) and "-" in line and not line.strip("|:- \t")


def cells(line: str) -> list[str]:
    """The texts in a row's cells."""
    if "\\" not in line:
        return [cell.strip() for cell in line.strip().split("|")[1:-1]]
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(line.strip())[1:-1]]


def head_and_rows(text: str) -> tuple[list[str], list[str]]:
    """The lines up to the rule under the head, the rule included; and those after it."""
    lines = [line for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines[:2]):
        if is_rule(line):
            return lines[: number + 1], lines[number + 1 :]
    return [], lines


def spoken(text: str) -> str:
    """The text with its tables in words: a line of heads, then a line a row; no bars, no empty cells."""
    return "\n".join(_spoken_lines(text.splitlines())) if "|" in text else text


def _spoken_lines(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if not is_row(line):
            yield line
        elif not is_rule(line) and (words := spoken_row(line)):
            yield words


def spoken_row(line: str) -> str:
    """A row in words; a cell that says the same as the one before it is said once."""
    said = list[str]()
    for cell in cells(line):
        if cell and (not said or said[-1] != cell):
            said.append(cell)
    return " ".join(said)
