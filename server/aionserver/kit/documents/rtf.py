"""Rich text read as the headings, paragraphs, lists, tables and notes of the plain text that is in it."""

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.drafts import Budget, Draft, one_line, one_part, properties_of, seen
from aionserver.kit.documents.faults import CorruptDocument
from aionserver.kit.documents.plain import is_item, put_lines
from aionserver.kit.documents.rtf_marks import ALL_MARKS, HEADINGS, NOTE, NOTE_END, marked
from aionserver.kit.documents.sources import bytes_of

# It tells no types.
rtf_to_text: Any = import_module("striprtf.striprtf").rtf_to_text
_START: Final = b"{\\rtf"
# Pictures and other objects in hexadecimal digits: most of a file's bytes, and no text.
_DIGITS: Final = re.compile(r"[0-9a-fA-F\s]{400,}")
_NOTE: Final = re.compile(f"{NOTE}([^{NOTE}{NOTE_END}]*){NOTE_END}")
_INFO: Final = re.compile(r"\{\\(title|author|subject|keywords)\s+([^{}\\]{1,500})\}")


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """The document as one part; raises DocumentError."""
    data = bytes_of(source)
    if not data.lstrip().startswith(_START):
        raise CorruptDocument("The file is damaged, or no RTF.")
    code = _DIGITS.sub("", data.decode("latin-1"))
    try:
        text = _letters(str(rtf_to_text(marked(code), errors="replace")))
    except (ValueError, IndexError, KeyError, LookupError, RecursionError) as fault:
        raise CorruptDocument("The RTF is damaged: its text can't be read.") from fault
    budget = Budget(options)
    budget.take(len(text))
    draft, notes = Draft(budget), iter(_NOTE.findall(text))
    for is_table, lines in groupby(seen(_NOTE.sub(NOTE, text)).split("\n"), key=_is_row):
        if is_table:
            _put_table(draft, list(lines), notes)
        else:
            for group in _paragraphs(lines):
                _put(draft, group, notes)
    said = {name: one_line(value) for name, value in _INFO.findall(code[:20_000])}
    return one_part(draft, said.pop("title", None) or None, properties_of(**said))


def _letters(text: str) -> str:
    """The text, letters whole that RTF writes in two halves."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _put_table(draft: Draft, lines: list[str], notes: Iterator[str]) -> None:
    draft.table([_cells(line.translate(ALL_MARKS)) for line in lines])
    _put_notes(draft, lines, notes)


def _put(draft: Draft, lines: list[str], notes: Iterator[str]) -> None:
    """Put a heading, a paragraph or a list down, then the notes that stand in it."""
    level = max((HEADINGS.find(sign) + 1 for sign in lines[0][:8]), default=0)
    plain = [line.translate(ALL_MARKS) for line in lines]
    if level and len(lines) == 1:
        draft.add("heading", plain[0], level)
    elif any(line.strip() for line in plain):
        put_lines(draft, plain)
    _put_notes(draft, lines, notes)


def _put_notes(draft: Draft, lines: list[str], notes: Iterator[str]) -> None:
    for note in islice(notes, sum(line.count(NOTE) for line in lines)):
        draft.add("note", " ".join(note.translate(ALL_MARKS).split()))


def _is_row(line: str) -> bool:
    """Whether a line is a row of a table: every cell of it ends in a bar."""
    return line.count("|") > 1 and line.rstrip().endswith("|")


def _cells(line: str) -> list[str]:
    return line.rstrip()[:-1].split("|")


def _paragraphs(lines: Iterator[str]) -> Iterator[list[str]]:
    """Every line is a paragraph, but for items of a list, which stay together."""
    for is_list, group in groupby((line for line in lines if line.strip()), key=is_item):
        if is_list:
            yield list(group)
        else:
            yield from ([line] for line in group)
