"""The numbers and bullets that Word puts before items of lists, counted as Word does."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from aionserver.kit.documents.docx_styles import DEEPEST_LEVEL, Numbering, Styles
from aionserver.kit.documents.ooxml import W, is_on, value_of

_PLACE: Final = re.compile(r"%([1-9])")
_ROMAN: Final = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MOST_ROMAN: Final = 5_000
BULLET: Final = "-"


@dataclass(frozen=True)
class Level:
    """How items of one depth are numbered; `text` has a %1 for the number of the outermost items, and so on."""

    form: str = "decimal"
    text: str = "%1."
    start: int = 1
    is_legal: bool = False


@dataclass
class _List:
    """A list's levels, and the numbers of the last items; lists may share them."""

    levels: dict[int, Level]
    numbers: dict[int, int] = field(default_factory=dict[int, int])


class Lists:
    """The lists of a document; ask for the items in their order."""

    def __init__(self, root: Any = None, styles: Styles | None = None) -> None:
        self._lists: dict[str, _List] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        if root is not None:
            self._enter(root, styles or Styles())

    def _enter(self, root: Any, styles: Styles) -> None:
        shared, links = dict[str, _List](), dict[str, str]()
        for one in root.iterfind(f"{W}abstractNum"):
            name = str(one.get(f"{W}abstractNumId"))
            shared[name] = _List(dict(map(_level, one.iterfind(f"{W}lvl"))))
            link = one.find(f"{W}numStyleLink")
            if link is not None:
                links[name] = str(link.get(f"{W}val"))
        means = {one.get(f"{W}numId"): value_of(one, "abstractNumId") for one in root.iterfind(f"{W}num")}
        for one in root.iterfind(f"{W}num"):
            list_id, name = str(one.get(f"{W}numId")), means.get(one.get(f"{W}numId"))
            if name in links:
                name = means.get(styles.list_id_of(links[name]))
            if name in shared:
                self._lists[list_id] = shared[name]
                self._restarts[list_id] = dict(_restarts(one))

    def marker(self, numbering: Numbering) -> str:
        """What stands before the next item of a list: "-", "3.", "2.1"; empty where nothing does."""
        found, depth = self._lists.get(numbering.list_id), numbering.level
        if found is None:
            return BULLET
        level = found.levels.get(depth, Level())
        start = self._restarts.get(numbering.list_id, {}).pop(depth, None)
        last = found.numbers.get(depth, level.start - 1)
        found.numbers = {deep: number for deep, number in found.numbers.items() if deep < depth}
        found.numbers[depth] = last + 1 if start is None else start
        if level.form == "bullet":
            return BULLET
        return "" if level.form == "none" else _PLACE.sub(lambda place: _number(found, level, place), level.text)


def _number(found: _List, level: Level, place: re.Match[str]) -> str:
    depth = int(place[1]) - 1
    own = found.levels.get(depth, Level())
    return written(found.numbers.get(depth, own.start), "decimal" if level.is_legal else own.form)


def written(number: int, form: str) -> str:
    """A number as a list writes it."""
    match form:
        case "lowerLetter" | "upperLetter" if number > 0:
            letter = chr(ord("a") + (number - 1) % 26) * min(10, (number - 1) // 26 + 1)
        case "lowerRoman" | "upperRoman" if 0 < number < _MOST_ROMAN:
            letter = _roman(number)
        case "decimalZero":
            letter = f"{number:02}"
        case _:
            letter = str(number)
    return letter.upper() if form.startswith("upper") else letter


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text


def _level(element: Any) -> tuple[int, Level]:
    text = value_of(element, "lvlText")
    level = Level(
        value_of(element, "numFmt") or "decimal",
        "%1." if text is None else text[:100],
        _count(value_of(element, "start"), 1),
        is_on(element, f"{W}isLgl"),
    )
    return min(DEEPEST_LEVEL, _count(element.get(f"{W}ilvl"), 0)), level


def _restarts(element: Any) -> list[tuple[int, int]]:
    """The numbers with which a list starts again, by depth."""
    found = list[tuple[int, int]]()
    for one in element.iterfind(f"{W}lvlOverride"):
        start = value_of(one, "startOverride")
        if start is not None:
            found.append((_count(one.get(f"{W}ilvl"), 0), _count(start, 1)))
    return found


def _count(text: str | None, usual: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 7 else usual
