"""How many there are of a thing, told no more exactly than the boxes allow."""

from aionserver.kit.words import number_word, plural, with_article
from aionserver.models.captioning.evidence import STATED_FROM, is_doubtful_person, lies_on
from aionserver.models.objects import DetectedObject

_COUNTED_UP_TO = 5
# A number of three or more says that every one of the boxes is right.
_COUNTED_FROM = 0.6
_MANY_FROM = 10
# Of things this small the detector misses more than it finds.
_UNCOUNTABLE_AREA = 0.004


def sure_boxes(boxes: list[DetectedObject]) -> list[DetectedObject]:
    """The boxes that count."""
    return [box for box in boxes if box.confidence >= STATED_FROM and not is_doubtful_person(box)]


def quantified(boxes: list[DetectedObject], name: str, many: str | None) -> str:
    """The name with an article, a number, "two or three", "several" or "many"."""
    sure = sure_boxes(boxes) or boxes[:1]
    rest = [box for box in boxes if box not in sure and not lies_on(box, sure)]
    amount = _amount(sure, rest)
    if amount == 1:
        return with_article(name)
    word = number_word(amount) if isinstance(amount, int) else amount
    if word == "many" and name == "person":
        return "a large group of people"
    return f"{word} {many or plural(name)}"


def _amount(sure: list[DetectedObject], rest: list[DetectedObject]) -> int | str:
    if len(sure) == 1:
        likely = [box for box in rest if box.confidence >= STATED_FROM]
        return "several" if len(likely) >= 2 or len(rest) >= 3 else 1
    if len(sure) >= _MANY_FROM:
        return "many"
    if len(sure) > _COUNTED_UP_TO or max(box.area for box in sure) < _UNCOUNTABLE_AREA:
        return "several"
    if not rest and (len(sure) == 2 or all(box.confidence >= _COUNTED_FROM for box in sure)):
        return len(sure)
    return "two or three" if len(sure) == 2 and len(rest) == 1 else "several"
