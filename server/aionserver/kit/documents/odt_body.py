"""The body of an OpenDocument text put down block by block."""

from collections.abc import Iterator
from typing import Any, Final

from aionserver.kit.documents.drafts import Draft, remark_by
from aionserver.kit.documents.faults import DocumentTooLarge
from aionserver.kit.documents.tables import MOST_COLUMNS, repeated

_NAMES: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
OFFICE: Final = f"{_NAMES}office:1.0}}"
TEXT: Final = f"{_NAMES}text:1.0}}"
TABLE: Final = f"{_NAMES}table:1.0}}"
DRAW: Final = f"{_NAMES}drawing:1.0}}"
STYLE: Final = f"{_NAMES}style:1.0}}"
META: Final = f"{_NAMES}meta:1.0}}"
DC: Final = "{http://purl.org/dc/elements/1.1/}"
LONGEST_ITEM: Final = 300
MOST_REPEATED: Final = 1_000
MOST_CELLS: Final = 400_000
DEEPEST: Final = 20
_REMARK: Final = f"{OFFICE}annotation"
# Removed text, remarks, which come after it, and what only stands in the margin.
_LEFT_OUT: Final = frozenset(
    [f"{TEXT}tracked-changes", _REMARK, f"{OFFICE}forms", f"{TEXT}sequence-decls", f"{TEXT}ruby-text"]
)
_SIGNS: Final = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
_BOXES: Final = (f"{DRAW}text-box", f"{TEXT}note", _REMARK)


def list_styles(*roots: Any) -> dict[str, set[int]]:
    """Which levels of each list style have numbers, from 0."""
    found = dict[str, set[int]]()
    for root in (root for root in roots if root is not None):
        for one in root.iter(f"{TEXT}list-style"):
            levels = (level.get(f"{TEXT}level", "1") for level in one.iterfind(f"{TEXT}list-level-style-number"))
            found[str(one.get(f"{STYLE}name"))] = {
                int(level) - 1 for level in levels if level.isdecimal() and len(level) < 3
            }
    return found


def text_of(element: Any) -> str:
    """The text of a paragraph without what hangs on it."""
    return "".join(_texts(element))


def _texts(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag == f"{TEXT}s":
            yield " "
        elif child.tag == f"{TEXT}note":
            yield f"[^{child.findtext(f'{TEXT}note-citation') or ''}]"
        elif child.tag not in _LEFT_OUT and not child.tag.startswith(DRAW):
            yield from _texts(child)
        yield child.tail or ""


def _attached(element: Any) -> Iterator[Any]:
    """Notes and text boxes in a paragraph, but none inside of another."""
    waiting = list(reversed(element))
    while waiting:
        one = waiting.pop()
        if one.tag in _BOXES:
            yield one
        elif one.tag not in _LEFT_OUT:
            waiting.extend(reversed(one))


class BodyWriter:
    """Puts down paragraphs, lists and tables; `styles` are the levels with numbers of each list style."""

    def __init__(self, draft: Draft, styles: dict[str, set[int]]) -> None:
        self._draft, self._styles = draft, styles
        self._late: list[Any] = []
        self._depth = 0

    def write(self, container: Any) -> None:
        """All that an element has, notes at the end of a document last."""
        self._write(container)
        for note in self._late:
            self._put_note(note)
        self._late.clear()

    def _write(self, container: Any) -> None:
        if self._depth > DEEPEST:
            return
        self._depth += 1
        for child in container:
            if child.tag == f"{TEXT}h":
                self._draft.add("heading", text_of(child), _level(child))
                self._put_attached(child)
            elif child.tag == f"{TEXT}p":
                self._draft.add("paragraph", text_of(child))
                self._put_attached(child)
            elif child.tag == f"{TEXT}list":
                self._list(child, 0, child.get(f"{TEXT}style-name") or "")
                self._draft.end_list()
            elif child.tag == f"{TABLE}table":
                self._table(child)
            elif child.tag == f"{DRAW}frame":
                self._put_attached(child)
            elif child.tag not in _LEFT_OUT:
                # Sections, tables of contents, wraps of any kind.
                self._write(child)
        self._depth -= 1

    def _put_attached(self, paragraph: Any) -> None:
        for one in _attached(paragraph):
            if one.tag == f"{DRAW}text-box":
                self._write(one)
            elif one.get(f"{TEXT}note-class") == "endnote":
                self._late.append(one)
            else:
                self._put_note(one)

    def _put_note(self, note: Any) -> None:
        is_remark = note.tag == _REMARK
        mark = f"[^{note.findtext(f'{TEXT}note-citation') or ''}]"
        lines = [text_of(one).strip() for one in note.iterfind(f"{TEXT}p" if is_remark else f"{TEXT}note-body/*")]
        text = " ".join(line for line in lines if line)
        mark = remark_by(note.findtext(f"{DC}creator")) if is_remark else mark
        self._draft.add("note", f"{mark}: {text}" if text else "")

    def _list(self, element: Any, depth: int, style: str) -> None:
        if depth > DEEPEST:
            return
        is_numbered, number = depth in self._styles.get(style, ()), _start(element)
        for item in element:
            if item.tag not in (f"{TEXT}list-item", f"{TEXT}list-header"):
                continue
            marker = "" if item.tag != f"{TEXT}list-item" else f"{number}." if is_numbered else "-"
            for child in item:
                if child.tag == f"{TEXT}list":
                    self._list(child, depth + 1, child.get(f"{TEXT}style-name") or style)
                elif child.tag in (f"{TEXT}p", f"{TEXT}h"):
                    self._item(child, marker, depth)
                    marker = ""
            number += item.tag == f"{TEXT}list-item"

    def _item(self, paragraph: Any, marker: str, depth: int) -> None:
        text = text_of(paragraph).strip()
        if paragraph.tag == f"{TEXT}h":
            numbered = f"{marker} {text}" if text and marker not in ("", "-") else text
            self._draft.add("heading", numbered, _level(paragraph))
        elif text and len(text) <= LONGEST_ITEM:
            self._draft.item(f"{marker} {text}" if marker else text, depth + (not marker))
        else:
            self._draft.add("paragraph", f"{marker} {text}" if text and marker != "-" else text)
        self._put_attached(paragraph)

    def _table(self, table: Any) -> None:
        rows, heads = list[Any](), 0
        for row, is_head in _rows(table):
            rows.append(row)
            heads += is_head
        if all(len(_cells(row)) < 2 for row in rows) or any(
            cell.find(f"{TABLE}table") is not None for row in rows for cell in row
        ):
            for cell in (cell for row in rows for cell in _cells(row)):
                self._write(cell)
            return
        self._draft.table(_grid(rows), max(1, heads))
        for cell in (cell for row in rows for cell in _cells(row)):
            for one in cell.iter(f"{TEXT}note", _REMARK):
                self._put_note(one)


def _rows(table: Any) -> Iterator[tuple[Any, bool]]:
    """The rows of a table, and whether each is one of its heads."""
    for child in table:
        if child.tag == f"{TABLE}table-row":
            yield child, False
        elif child.tag == f"{TABLE}table-header-rows":
            yield from ((row, True) for row in child.iterfind(f"{TABLE}table-row"))
        elif child.tag in (f"{TABLE}table-rows", f"{TABLE}table-row-group"):
            yield from _rows(child)


def _cells(row: Any) -> list[Any]:
    return list(row.iterfind(f"{TABLE}table-cell"))


def _grid(rows: list[Any]) -> list[list[str]]:
    """The rows with every cell in its column; what spans others is said in each of them."""
    grid, cells = list[list[str]](), 0
    below = dict[int, tuple[int, str]]()
    for row in rows:
        line = list[str]()
        for cell in row:
            if cell.tag == f"{TABLE}covered-table-cell":
                left, text = below.get(len(line), (0, ""))
                said = text if left else repeated(line[-1]) if line else ""
                if left:
                    below[len(line)] = (left - 1, text)
                line += [said] * _number(cell, "number-columns-repeated")
            elif cell.tag == f"{TABLE}table-cell":
                text = "\n".join(text_of(one) for one in cell.iter(f"{TEXT}p", f"{TEXT}h")).strip()
                below[len(line)] = (_number(cell, "number-rows-spanned") - 1, repeated(text))
                line += [text, *[repeated(text)] * (_number(cell, "number-columns-repeated") - 1)]
        cells += len(line)
        if cells > MOST_CELLS:
            raise DocumentTooLarge(f"A table has more than {MOST_CELLS:,} cells.")
        grid.append(line[:MOST_COLUMNS])
    return grid


def _number(cell: Any, name: str) -> int:
    value = cell.get(f"{TABLE}{name}", "1")
    return min(MOST_REPEATED, max(1, int(value))) if value.isdecimal() and len(value) < 8 else 1


def _level(heading: Any) -> int:
    level = heading.get(f"{TEXT}outline-level", "1")
    return int(level) if level.isdecimal() and len(level) < 3 else 1


def _start(element: Any) -> int:
    first = element.find(f"{TEXT}list-item")
    value = "1" if first is None else first.get(f"{TEXT}start-value", "1")
    return int(value) if value.isdecimal() and len(value) < 6 else 1
