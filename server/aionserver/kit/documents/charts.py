"""Charts and diagrams in office documents: their figures as tables, their words as lists."""

from typing import Any, Final

from aionserver.kit.documents.drafts import Draft
from aionserver.kit.documents.ooxml import CHART, DIAGRAM, A, M, Part

MOST_POINTS: Final = 2_000
MOST_SERIES: Final = 200


def put_diagram(draft: Draft, part: Part | None) -> None:
    """Put down the words of a diagram, one list item a shape."""
    if part is None:
        return
    for point in part.root.iter(f"{DIAGRAM}pt"):
        text = " ".join(words for one in point.iter(f"{A}p") if (words := drawn_text(one).strip()))
        draft.item(f"- {text}" if text else "")
    draft.end_list()


def put_chart(draft: Draft, part: Part | None) -> None:
    """Put down a chart's title, and its figures: a row a category, a column a series."""
    if part is None:
        return
    title = part.root.find(f"{CHART}chart/{CHART}title")
    if title is not None:
        draft.add("paragraph", " ".join(drawn_text(one) for one in title.iter(f"{A}p")))
    series = list(part.root.iter(f"{CHART}ser"))[:MOST_SERIES]
    names = [" ".join(_points(one.find(f"{CHART}tx")).values()) for one in series]
    values = [_points(_first(one, "val", "yVal")) for one in series]
    labels = dict[int, str]()
    for one in series:
        labels = _points(_first(one, "cat", "xVal")) | labels
    places = sorted({place for points in values for place in points} | set(labels))
    rows = [[labels.get(place, ""), *(points.get(place, "") for points in values)] for place in places]
    draft.table([["", *names], *rows])


def drawn_text(paragraph: Any) -> str:
    """The text of a paragraph in a drawing."""
    signs = {f"{A}br": "\v", f"{A}tab": "\t"}
    return "".join(
        one.text or "" if one.tag in (f"{A}t", f"{M}t") else signs.get(one.tag, "") for one in paragraph.iter()
    )


def _first(series: Any, *names: str) -> Any:
    return next((found for name in names if (found := series.find(f"{CHART}{name}")) is not None), None)


def _points(element: Any) -> dict[int, str]:
    """What was last computed for each place, as text."""
    points = dict[int, str]()
    for one in () if element is None else element.iter(f"{CHART}pt"):
        index, value = one.get("idx", ""), one.findtext(f"{CHART}v")
        if index.isdecimal() and len(index) < 6 and value and len(points) < MOST_POINTS:
            points.setdefault(int(index), value)
    return points
