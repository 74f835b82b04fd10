"""The body of a Word document put down block by block, and its notes after what refers to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aionserver.kit.documents.charts import drawn_text, put_chart, put_diagram
from aionserver.kit.documents.docx_looks import Looks
from aionserver.kit.documents.docx_numbering import BULLET, Lists
from aionserver.kit.documents.docx_styles import Kind, Styles
from aionserver.kit.documents.docx_text import Line, content_of, line_of, note_mark
from aionserver.kit.documents.drafts import Draft, remark_by
from aionserver.kit.documents.encodings import decoded
from aionserver.kit.documents.ooxml import A, Part, R, W, is_on
from aionserver.kit.documents.tables import MOST_COLUMNS, repeated
from aionserver.kit.documents.trees import html_root
from aionserver.kit.documents.web_page import put

# A longer item, or cell, is a passage of its own.
LONGEST_ITEM: Final = 300
LONGEST_CELL: Final = 2_000
DEEPEST_BOX: Final = 20
_MOST_SPAN: Final = 64


@dataclass
class Story:
    """What the parts of a document share."""

    styles: Styles
    lists: Lists
    looks: Looks
    # The notes by their kind and id.
    notes: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])


class BodyWriter:
    """Puts down the paragraphs and tables of one part."""

    def __init__(self, draft: Draft, story: Story, part: Part) -> None:
        self._draft, self._story, self._part = draft, story, part
        self._code: list[str] = []
        self._late: list[tuple[str, str]] = []
        self._depth = 0

    def write(self, container: Any) -> None:
        """All that an element has, notes at the end of a document last."""
        self._write(container)
        self._end_code()
        for name in self._late:
            self._put_note(name)
        self._late.clear()

    def _write(self, container: Any) -> None:
        if self._depth > DEEPEST_BOX:
            return
        self._depth += 1
        for child in content_of(container):
            if child.tag == f"{W}p":
                self._paragraph(child)
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag == f"{W}altChunk":
                self._foreign(child)
        self._depth -= 1

    def _paragraph(self, paragraph: Any) -> None:
        line, kind = line_of(paragraph), self._story.styles.kind_of(paragraph)
        if not (kind.level or kind.numbering or kind.is_code):
            kind = replace(kind, level=self._story.looks.level(paragraph, line.text.strip()))
        self._put(line, kind)
        self._put_attached(line)

    def _put(self, line: Line, kind: Kind) -> None:
        if kind.is_code and line.text.strip():
            self._code.append(line.text)
            return
        self._end_code()
        if not line.text.strip():
            return
        marker = self._story.lists.marker(kind.numbering) if kind.numbering else ""
        if kind.level:
            text = line.text if marker in ("", BULLET) else f"{marker} {line.text.lstrip()}"
            self._draft.add("heading", text, kind.level)
        elif kind.numbering and marker and len(line.text) <= LONGEST_ITEM:
            self._draft.item(f"{marker} {line.text}", kind.numbering.level)
        else:
            self._draft.add("paragraph", f"{marker} {line.text.lstrip()}" if marker else line.text)

    def _end_code(self) -> None:
        if self._code:
            self._draft.add("code", "\n".join(self._code))
            self._code = []

    def _put_attached(self, line: Line) -> None:
        """Put down what hangs on a paragraph: text boxes, diagrams, charts, footnotes."""
        for box in line.boxes:
            if box.tag == f"{A}txBody":
                self._draft.add("paragraph", "\n".join(drawn_text(one) for one in box.iterfind(f"{A}p")))
            else:
                self._write(box)
        for identifier in line.diagrams:
            put_diagram(self._draft, self._part.by_id(identifier))
        for identifier in line.charts:
            put_chart(self._draft, self._part.by_id(identifier))
        for kind, identifier in line.notes:
            if kind != "endnotes":
                self._put_note((kind, identifier))
            elif (kind, identifier) not in self._late:
                self._late.append((kind, identifier))

    def _put_note(self, name: tuple[str, str]) -> None:
        """Put a note down, once."""
        note = self._story.notes.pop(name, None)
        if note is not None:
            lines = [line_of(one).text.strip() for one in note.iter(f"{W}p")]
            text = " ".join(line for line in lines if line)
            mark = remark_by(note.get(f"{W}author")) if name[0] == "comments" else note_mark(*name)
            self._draft.add("note", f"{mark}: {text}" if text else "")

    def _foreign(self, element: Any) -> None:
        """Put down a page that is embedded as it was written."""
        part = self._part.by_id(element.get(f"{R}id"))
        if part is not None and part.name.lower().endswith((".htm", ".html", ".xhtml")):
            put(self._draft, html_root(decoded(part.package.bytes_of(part.name))))

    def _table(self, table: Any) -> None:
        self._end_code()
        rows = [row for row in content_of(table) if row.tag == f"{W}tr" and not _is_removed(row)]
        cells = [[cell for cell in content_of(row) if cell.tag == f"{W}tc"] for row in rows]
        attached = Line()
        grid = None if _is_layout(cells) else self._grid(rows, cells, attached)
        if grid is None:
            for cell in (cell for row in cells for cell in row if not _goes_on(cell)):
                self._write(cell)
            return
        self._draft.table(grid, max(1, _head_count(rows)))
        self._put_attached(attached)

    def _grid(self, rows: list[Any], cells: list[list[Any]], attached: Line) -> list[list[str]] | None:
        """The rows with every cell in its column; None where cells are too long for a table."""
        grid = list[list[str]]()
        for row, own in zip(rows, cells, strict=True):
            line = [""] * _number(row, "trPr/gridBefore")
            for cell in own:
                text = self._text(cell, attached)
                if len(text) > LONGEST_CELL:
                    return None
                above = grid[-1][len(line)] if grid and len(line) < len(grid[-1]) else ""
                text = repeated(above) if _goes_on(cell) else text
                wide = max(1, _number(cell, "tcPr/gridSpan"))
                line += [text, *[repeated(text)] * (wide - 1)]
            grid.append(line[:MOST_COLUMNS])
        return grid

    def _text(self, cell: Any, attached: Line) -> str:
        """A cell's paragraphs as one text; what hangs on them comes after the table."""
        texts = list[str]()
        for paragraph in (child for child in content_of(cell) if child.tag == f"{W}p"):
            line, kind = line_of(paragraph), self._story.styles.kind_of(paragraph)
            marker = self._story.lists.marker(kind.numbering) if kind.numbering and line.text.strip() else ""
            texts.append(f"{marker} {line.text}" if marker else line.text)
            for name in ("notes", "boxes", "diagrams", "charts"):
                getattr(attached, name).extend(getattr(line, name))
        return "\n".join(texts).strip()


def _is_layout(rows: list[list[Any]]) -> bool:
    """Whether a table only places what is in it: it has one column, or tables in its cells."""
    if all(len(row) < 2 for row in rows):
        return True
    return any(child.tag == f"{W}tbl" for row in rows for cell in row for child in content_of(cell))


def _head_count(rows: list[Any]) -> int:
    count = 0
    for row in rows:
        properties = row.find(f"{W}trPr")
        if properties is None or not is_on(properties, f"{W}tblHeader"):
            break
        count += 1
    return count


def _is_removed(row: Any) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None


def _goes_on(cell: Any) -> bool:
    """Whether a cell is the lower part of the one above it."""
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    return merge is not None and merge.get(f"{W}val", "continue") == "continue"


def _number(element: Any, path: str) -> int:
    found = element.find("/".join(f"{W}{step}" for step in path.split("/")))
    value = "0" if found is None else found.get(f"{W}val", "0")
    return min(_MOST_SPAN, int(value)) if value.isdecimal() and len(value) < 5 else 0


def notes_in(part: Part | None, kind: str) -> Iterator[tuple[tuple[str, str], Any]]:
    """The notes of a part, but for the lines that part them from the text."""
    for note in () if part is None else part.root:
        if note.get(f"{W}type", "normal") == "normal":
            yield (kind, str(note.get(f"{W}id"))), note
