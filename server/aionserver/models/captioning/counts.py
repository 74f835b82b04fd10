"""How many there are of a thing, told no more exactly than the boxes allow."""

from aionserver.kit.words import number_word, plural, with_article
from aionserver.models.captioning.evidence import STATED_FROM, is_doubtful_person, kinds_of, lies_on
from aionserver.models.objects import DetectedObject
from aionserver.models.objects.boxes import shared_area

# The most of something that is not counted.
UNCOUNTED = 999
_COUNTED_UP_TO = 5
# Over 119 photos three or more of which one was less sure than this were miscounted as often as not.
_COUNTED_FROM = 0.95
_PLURAL_FROM = 0.7
_COVERED_SHARE = 0.6
_SEVERAL_FROM = 4
_MANY_FROM = 10
# Of things this small the detector misses more than it finds.
_UNCOUNTABLE_AREA = 0.004
# Things that stand about in numbers, of which the detector finds some.
_STANDING_ABOUT = frozenset({"tableware", "container", "furniture", "food", "plant", "printed matter", "cutlery"})


def sure_boxes(boxes: list[DetectedObject]) -> list[DetectedObject]:
    """The boxes that count, surest first."""
    boxes = sorted(boxes, key=lambda box: -box.confidence)
    return [box for box in boxes if box.confidence >= STATED_FROM and not is_doubtful_person(box)]


def count_of(boxes: list[DetectedObject]) -> tuple[int, int]:
    """The fewest and the most there are."""
    sure = sure_boxes(boxes) or boxes[:1]
    rest = [box for box in boxes if box not in sure and not lies_on(box, sure)]
    if len(sure) == 1:
        likely = [box for box in rest if box.confidence >= STATED_FROM]
        return (3, UNCOUNTED) if len(likely) >= 2 or len(rest) >= 3 else (1, 1)
    if not rest and _is_countable(sure):
        return len(sure), len(sure)
    if len(sure) >= _MANY_FROM:
        return _MANY_FROM, UNCOUNTED
    if _are_standing_about(sure):
        weaker = sorted(sure, key=lambda box: -box.confidence)[1]
        return (2, UNCOUNTED) if len(sure) + len(rest) > 2 or weaker.confidence >= _PLURAL_FROM else (1, 1)
    apart = [box for number, box in enumerate(sure) if not _is_covered(box, sure[:number])]
    return (3, UNCOUNTED) if len(apart) >= 3 or len(sure) + len(rest) >= _SEVERAL_FROM else (2, UNCOUNTED)


def _is_countable(sure: list[DetectedObject]) -> bool:
    if len(sure) > _COUNTED_UP_TO or max(box.area for box in sure) < _UNCOUNTABLE_AREA:
        return False
    if _are_standing_about(sure):
        return False
    return len(sure) == 2 or all(box.confidence >= _COUNTED_FROM for box in sure)


def _are_standing_about(boxes: list[DetectedObject]) -> bool:
    return bool(_STANDING_ABOUT & {boxes[0].label, *kinds_of(boxes[0].label)})


def _is_covered(box: DetectedObject, surer: list[DetectedObject]) -> bool:
    """True for a box most of which lies on surer ones together: parts of two things taken for a third."""
    return sum(shared_area(box, other) for other in surer) > _COVERED_SHARE * box.area


def quantified(count: tuple[int, int], name: str, many: str | None) -> str:
    """The name with an article, a number, "several", "many", or as a bare plural."""
    least, most = count
    if most == 1:
        return with_article(name)
    if least >= _MANY_FROM and name == "person":
        return "a large group of people"
    named = many or plural(name)
    if least == most:
        return f"{number_word(least)} {named}"
    word = "many" if least >= _MANY_FROM else "several" if least >= 3 else ""
    return f"{word} {named}".strip()
