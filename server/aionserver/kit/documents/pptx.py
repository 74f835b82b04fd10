"""Presentations read slide by slide: titles, texts, lists, tables, charts, and what the speaker notes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from aionserver.kit.documents.blocks import Page, Reading, ReadingOptions
from aionserver.kit.documents.charts import drawn_text, put_chart, put_diagram
from aionserver.kit.documents.drafts import Budget, Draft
from aionserver.kit.documents.faults import DocumentTooLarge
from aionserver.kit.documents.ooxml import CHART, DIAGRAM, A, P, Part, R, chosen, opened_package
from aionserver.kit.documents.tables import MOST_COLUMNS, repeated

_TITLES: Final = ("title", "ctrTitle")
_EDGES: Final = ("dt", "ftr", "sldNum", "hdr")
# Placeholders whose paragraphs are points of a list, unless they say that they have no bullet.
_LISTS: Final = ("body", "obj")
_SHAPES: Final = (f"{P}sp", f"{P}graphicFrame", f"{P}grpSp", f"{P}cxnSp", f"{P}contentPart")


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """All slides as pages; raises DocumentError."""
    with opened_package(source) as package:
        main = package.main(f"{P}presentation")
        slides = [main.by_id(one.get(f"{R}id")) for one in main.root.iterfind(f"{P}sldIdLst/{P}sldId")]
        if len(slides) > options.most_pages:
            raise DocumentTooLarge(
                f"The presentation has {len(slides):,} slides; {options.most_pages:,} are read at most."
            )
        budget = Budget(options)
        pages = tuple(Page(number, _blocks_of(slide, budget)) for number, slide in enumerate(slides, 1))
        title, properties = package.properties()
        return Reading(pages, len(pages), has_pages=True, title=title, properties=properties)


def _blocks_of(slide: Part | None, budget: Budget) -> Any:
    """What stands on a slide; nothing where the slide is missing."""
    draft = Draft(budget)
    if slide is not None:
        shapes = sorted(_shapes(slide.root.find(f"{P}cSld/{P}spTree")), key=_is_not_title)
        for shape in shapes:
            _put(draft, shape, slide)
        for notes in slide.all_of("notesSlide"):
            draft.add("note", _notes_text(notes.root))
    return draft.blocks()


def _shapes(tree: Any) -> Iterator[Any]:
    """Shapes with text, tables and charts, out of groups."""
    waiting = [] if tree is None else list(reversed(tree))
    while waiting:
        one = waiting.pop()
        if one.tag == f"{P}grpSp":
            waiting.extend(reversed(one))
        elif one.tag.endswith("}AlternateContent"):
            choice = chosen(one)
            waiting.extend(() if choice is None else reversed(choice))
        elif one.tag in _SHAPES:
            yield one


def _place_of(shape: Any) -> str | None:
    """Which placeholder of its layout a shape fills; None where it is none."""
    found = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
    return None if found is None else found.get("type", "obj")


def _is_not_title(shape: Any) -> bool:
    return _place_of(shape) not in _TITLES


def _put(draft: Draft, shape: Any, slide: Part) -> None:
    if shape.tag == f"{P}sp":
        _put_text(draft, shape)
        return
    for table in shape.iter(f"{A}tbl"):
        draft.table(_grid(table))
    for one in shape.iter(f"{CHART}chart"):
        put_chart(draft, slide.by_id(one.get(f"{R}id")))
    for one in shape.iter(f"{DIAGRAM}relIds"):
        put_diagram(draft, slide.by_id(one.get(f"{R}dm")))


def _put_text(draft: Draft, shape: Any) -> None:
    place, paragraphs = _place_of(shape), list(shape.iterfind(f"{P}txBody/{A}p"))
    if place in _TITLES:
        draft.add("heading", " ".join(drawn_text(one) for one in paragraphs), 1)
        return
    for one in paragraphs:
        text = drawn_text(one)
        if place in _EDGES:
            draft.add_edge(text)
        elif text.strip() and _is_item(one, place):
            draft.item(f"{_marker(one)} {text}", _depth(one))
        else:
            draft.add("paragraph", text)
    draft.end_list()


def _is_item(paragraph: Any, place: str | None) -> bool:
    properties = paragraph.find(f"{A}pPr")
    if properties is not None:
        if properties.find(f"{A}buNone") is not None:
            return False
        if any(properties.find(f"{A}{name}") is not None for name in ("buChar", "buAutoNum", "buBlip")):
            return True
    return place in _LISTS


def _marker(paragraph: Any) -> str:
    number = paragraph.find(f"{A}pPr/{A}buAutoNum")
    if number is None:
        return "-"
    start = number.get("startAt", "1")
    before = sum(1 for one in paragraph.itersiblings(f"{A}p", preceding=True) if _is_alike(one, paragraph))
    return f"{(int(start) if start.isdecimal() and len(start) < 6 else 1) + before}."


def _is_alike(one: Any, other: Any) -> bool:
    return one.find(f"{A}pPr/{A}buAutoNum") is not None and _depth(one) == _depth(other)


def _depth(paragraph: Any) -> int:
    properties = paragraph.find(f"{A}pPr")
    level = "0" if properties is None else properties.get("lvl", "0")
    return int(level) if level.isdecimal() and len(level) == 1 else 0


def _grid(table: Any) -> list[list[str]]:
    """The rows of a table with every cell in its column."""
    rows = list[list[str]]()
    for row in table.iterfind(f"{A}tr"):
        line = list[str]()
        for cell in list(row.iterfind(f"{A}tc"))[:MOST_COLUMNS]:
            text = "\n".join(drawn_text(one) for one in cell.iterfind(f"{A}txBody/{A}p"))
            if cell.get("vMerge") in ("1", "true"):
                text = repeated(rows[-1][len(line)]) if rows and len(line) < len(rows[-1]) else ""
            elif cell.get("hMerge") in ("1", "true"):
                text = repeated(line[-1]) if line else ""
            line.append(text)
        rows.append(line)
    return rows


def _notes_text(root: Any) -> str:
    shapes = (one for one in root.iter(f"{P}sp") if _place_of(one) == "body")
    return "\n".join(drawn_text(line) for one in shapes for line in one.iterfind(f"{P}txBody/{A}p"))
