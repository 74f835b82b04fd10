"""The text of a Word paragraph, changes accepted, and what hangs on it: notes, text boxes, diagrams."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from aionserver.kit.documents.docx_formulas import formula_text
from aionserver.kit.documents.ooxml import CHART, DIAGRAM, A, M, R, W, chosen, is_on

# Symbols of these fonts that have a sign of their own in Unicode; others are bullets and ornaments.
_SYMBOLS: Final = {"fc": "✓", "fe": "☑", "a8": "☐", "b7": "•", "a7": "▪", "e0": "→", "fb": "✗", "fd": "☒", "6f": "☐"}
_LEFT_OUT: Final = frozenset(
    f"{W}{name}"
    for name in ("del", "moveFrom", "delText", "instrText", "delInstrText", "rPr", "pPr", "sdtPr", "sdtEndPr", "rt")
)
_SIGNS: Final = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}
_DRAWN: Final = (f"{W}drawing", f"{W}pict", f"{W}object")
_NOTES: Final = {
    f"{W}footnoteReference": "footnotes",
    f"{W}endnoteReference": "endnotes",
    f"{W}commentReference": "comments",
}


@dataclass
class Line:
    """A paragraph's text; `boxes` are text boxes that hang on it, `diagrams` and `charts` ids of parts."""

    text: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    boxes: list[Any] = field(default_factory=list[Any])
    diagrams: list[str] = field(default_factory=list[str])
    charts: list[str] = field(default_factory=list[str])


def line_of(paragraph: Any) -> Line:
    """What stands in a paragraph."""
    line = Line()
    line.text = "".join(_Reader(line).text_of(paragraph))
    return line


class _Reader:
    """Reads one paragraph; a field shows its result, not what it is computed from."""

    def __init__(self, line: Line) -> None:
        self._line = line
        # For each field that is open: whether its result has begun.
        self._fields: list[bool] = []

    def text_of(self, element: Any) -> Iterator[str]:
        """The texts in an element, in their order."""
        for child in element:
            tag = child.tag
            if tag == f"{W}t":
                if all(self._fields):
                    yield child.text or ""
            elif tag == f"{W}fldChar":
                self._field(child.get(f"{W}fldCharType"))
            elif tag in _SIGNS:
                yield _SIGNS[tag]
            elif tag not in _LEFT_OUT:
                yield from self._of_other(child, tag)

    def _of_other(self, child: Any, tag: str) -> Iterator[str]:
        if tag == f"{W}r":
            properties = child.find(f"{W}rPr")
            if properties is None or not is_on(properties, f"{W}vanish"):
                yield from self.text_of(child)
        elif tag == f"{W}sym":
            yield _symbol(child)
        elif tag in _NOTES:
            yield self._note(child, _NOTES[tag])
        elif tag in (f"{M}oMath", f"{M}oMathPara"):
            yield f" {formula_text(child)} "
        elif tag in _DRAWN:
            self._drawn(child)
        elif tag.endswith("}AlternateContent"):
            choice = chosen(child)
            if choice is not None:
                yield from self.text_of(choice)
        elif not _is_prompt(child):
            yield from self.text_of(child)

    def _field(self, mark: str | None) -> None:
        if mark == "begin":
            self._fields.append(False)
        elif mark == "separate" and self._fields:
            self._fields[-1] = True
        elif mark == "end" and self._fields:
            self._fields.pop()

    def _note(self, reference: Any, kind: str) -> str:
        identifier = reference.get(f"{W}id") or ""
        self._line.notes.append((kind, identifier))
        return "" if reference.get(f"{W}customMarkFollows") in ("1", "true", "on") else note_mark(kind, identifier)

    def _drawn(self, element: Any) -> None:
        """Note what a drawing has for text; text boxes inside of text boxes come with these."""
        for found in _outermost(element):
            if found.tag in (f"{W}txbxContent", f"{A}txBody"):
                self._line.boxes.append(found)
            elif found.tag == f"{DIAGRAM}relIds":
                self._line.diagrams.append(found.get(f"{R}dm") or "")
            else:
                self._line.charts.append(found.get(f"{R}id") or "")


def note_mark(kind: str, identifier: str) -> str:
    """What stands in a text for a note, and before the note; nothing for remarks, which are none of its words."""
    if kind == "comments":
        return ""
    return f"[^{identifier}]" if kind == "footnotes" else f"[^e{identifier}]"


def _outermost(element: Any) -> Iterator[Any]:
    """Text boxes, texts of shapes, diagrams, charts: none inside of another, none again as old programs need it."""
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if one.tag in (f"{W}txbxContent", f"{A}txBody", f"{DIAGRAM}relIds", f"{CHART}chart"):
            yield one
        elif one.tag.endswith("}AlternateContent"):
            choice = chosen(one)
            waiting.extend(() if choice is None else [choice])
        else:
            waiting.extend(reversed(one))


def _is_prompt(element: Any) -> bool:
    """Whether a form's field only shows what is to be filled in."""
    properties = element.find(f"{W}sdtPr") if element.tag == f"{W}sdt" else None
    return properties is not None and is_on(properties, f"{W}showingPlcHdr")


def _symbol(element: Any) -> str:
    code = (element.get(f"{W}char") or "").lower()
    if code.startswith("f0"):
        return _SYMBOLS.get(code[2:], "")
    return chr(int(code, 16)) if len(code) == 4 and all(letter in "0123456789abcdef" for letter in code) else ""


def content_of(container: Any) -> Iterator[Any]:
    """Paragraphs, tables, rows or cells in an element, out of whatever only wraps them; removed ones are not there."""
    waiting = list(reversed(container))
    while waiting:
        child = waiting.pop()
        if child.tag in _WRAPPERS:
            waiting.extend(reversed(child))
        elif child.tag == f"{W}sdt":
            waiting.extend(() if _is_prompt(child) else reversed(child))
        elif child.tag.endswith("}AlternateContent"):
            choice = chosen(child)
            waiting.extend(() if choice is None else reversed(choice))
        else:
            yield child


_WRAPPERS: Final = frozenset(f"{W}{name}" for name in ("sdtContent", "ins", "moveTo", "customXml", "smartTag"))
