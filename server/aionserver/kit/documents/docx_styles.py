"""What styles of a Word document make of its paragraphs: headings, items of lists, code."""

import re
from dataclasses import dataclass
from typing import Any, Final

from aionserver.kit.documents.ooxml import W, value_of

_HEADING: Final = re.compile(r"heading\s*(\d)", re.IGNORECASE)
_TITLES: Final = {"title": 1, "subtitle": 2}
_CODE: Final = re.compile(r"\bcode\b|preformatted|source ?code|verbatim|listing", re.IGNORECASE)
# Longer chains are loops.
_LONGEST_CHAIN: Final = 20
DEEPEST_LEVEL: Final = 8


@dataclass(frozen=True)
class Numbering:
    """Which list a paragraph is in, and how deep: 0 for the outermost items."""

    list_id: str
    level: int


@dataclass(frozen=True)
class Style:
    """A paragraph style, as far as it says something itself; `outline` is 0 for the highest headings."""

    name: str
    parent: str | None
    outline: int | None
    numbering: Numbering | None


@dataclass(frozen=True)
class Kind:
    """What a paragraph is: a heading where `level` is not 0."""

    level: int
    numbering: Numbering | None
    is_code: bool


class Styles:
    """The paragraph styles of a document."""

    def __init__(self, root: Any = None) -> None:
        self._styles: dict[str, Style] = {}
        self._usual: str | None = None
        for one in () if root is None else root.iterfind(f"{W}style"):
            if one.get(f"{W}type", "paragraph") in ("paragraph", "numbering"):
                self._enter(one)

    def _enter(self, element: Any) -> None:
        style_id = element.get(f"{W}styleId") or ""
        properties = element.find(f"{W}pPr")
        self._styles[style_id] = Style(
            value_of(element, "name") or style_id,
            value_of(element, "basedOn"),
            outline_of(properties),
            numbering_of(properties),
        )
        if element.get(f"{W}default") in ("1", "true", "on") and element.get(f"{W}type") == "paragraph":
            self._usual = style_id

    def list_id_of(self, style_id: str | None) -> str | None:
        """The list that a style of lists means."""
        return next((one.numbering.list_id for one in self._chain(style_id) if one.numbering), None)

    def kind_of(self, paragraph: Any) -> Kind:
        """What a paragraph is, by its style and by itself."""
        properties = paragraph.find(f"{W}pPr")
        style_id = (value_of(properties, "pStyle") if properties is not None else None) or self._usual
        chain = self._chain(style_id)
        outline = outline_of(properties)
        if outline is None:
            outline = next((one.outline for one in chain if one.outline is not None), None)
        level = _level_by_name(chain[0].name if chain else style_id) if outline is None else outline + 1
        own = numbering_of(properties)
        numbering = own or next((one.numbering for one in chain if one.numbering), None)
        if own and not own.list_id:
            numbering = None
        name = chain[0].name if chain else style_id or ""
        return Kind(level if level <= DEEPEST_LEVEL + 1 else 0, numbering, bool(_CODE.search(name)))

    def _chain(self, style_id: str | None) -> list[Style]:
        """A style and what it is based on."""
        chain = list[Style]()
        while style_id in self._styles and len(chain) < _LONGEST_CHAIN:
            chain.append(self._styles[style_id])
            style_id = chain[-1].parent
        return chain


def _level_by_name(name: str | None) -> int:
    found = _HEADING.match(name or "")
    return int(found[1]) if found else _TITLES.get((name or "").lower(), 0)


def outline_of(properties: Any) -> int | None:
    """The level that paragraph properties give; 9 means running text, None that they do not say."""
    value = None if properties is None else value_of(properties, "outlineLvl")
    return int(value) if value and value.isdecimal() and len(value) == 1 else None


def numbering_of(properties: Any) -> Numbering | None:
    """The list that paragraph properties put it in; an empty id takes it out of its style's."""
    found = None if properties is None else properties.find(f"{W}numPr")
    if found is None:
        return None
    list_id, level = value_of(found, "numId"), value_of(found, "ilvl") or "0"
    depth = min(DEEPEST_LEVEL, int(level)) if level.isdecimal() and len(level) < 3 else 0
    return Numbering("" if list_id in (None, "0") else str(list_id), depth)
