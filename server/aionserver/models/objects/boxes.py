"""Boxes compared: which of them are the same thing seen twice."""

from aionserver.models.objects.contract import DetectedObject

_SAME_OVERLAP = 0.5
_SAME_OVERLAP_OTHER_LABEL = 0.8
_INSIDE = 0.6


def without_repeats(whole: list[DetectedObject], parts: list[DetectedObject]) -> list[DetectedObject]:
    """One box for each thing, most confident first.

    `parts` are boxes found in parts of the picture; one that lies mostly inside a kept box
    of its label is a piece of that thing.
    """
    kept: list[DetectedObject] = []
    for thing in _surest_first(whole):
        if thing.area > 0 and not any(_is_same(thing, other) for other in kept):
            kept.append(thing)
    for thing in _surest_first(parts):
        if thing.area > 0 and not any(_is_same(thing, other) or _is_piece(thing, other) for other in kept):
            kept.append(thing)
    return _surest_first(kept)


def overlap(one: DetectedObject, other: DetectedObject) -> float:
    """Intersection over union of two boxes, 0-1."""
    common = shared_area(one, other)
    union = one.area + other.area - common
    return common / union if union > 0 else 0.0


def shared_area(one: DetectedObject, other: DetectedObject) -> float:
    """The area that both boxes cover, as a share of the picture."""
    width = min(one.x2, other.x2) - max(one.x1, other.x1)
    height = min(one.y2, other.y2) - max(one.y1, other.y1)
    return max(0.0, width) * max(0.0, height)


def _surest_first(things: list[DetectedObject]) -> list[DetectedObject]:
    return sorted(things, key=lambda thing: -thing.confidence)


def _is_same(thing: DetectedObject, other: DetectedObject) -> bool:
    bound = _SAME_OVERLAP if thing.label == other.label else _SAME_OVERLAP_OTHER_LABEL
    return overlap(thing, other) >= bound


def _is_piece(thing: DetectedObject, other: DetectedObject) -> bool:
    inside = shared_area(thing, other) / min(thing.area, other.area)
    return thing.label == other.label and inside >= _INSIDE
