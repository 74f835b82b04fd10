"""Which earlier things a request means: "these", "it", "the second one", "the first two", "the last photo"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

Thing = TypeVar("Thing")
_ORDINALS: Final = (
    *("first", "second", "third", "fourth", "fifth"),
    *("sixth", "seventh", "eighth", "ninth", "tenth"),
)
_NUMBERS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_KIND = (
    r"(?:ones?|photos?|pictures?|images?|pics?|documents?|files?|results?|links?|bookmarks?|pages?|passages?|videos?"
    r"|hits?|receipts?|bills?|invoices?)"
)
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|last|[0-9]{{1,2}}(?:st|nd|rd|th))"
_COUNT = rf"(?:[0-9]{{1,2}}|{'|'.join(_NUMBERS)})"
_SEVERAL = re.compile(rf"\bthe (first|last|top) ({_COUNT})(?: {_KIND})?\b", re.I)
_PLACES = re.compile(
    rf"\bthe ({_ORDINAL}(?:(?:,| and|, and| or| with| to)(?: the)? {_ORDINAL}){{0,5}})"
    rf"(?: {_KIND}| of (?:these|those|them)|(?=[\s?.!,]*$)| (?=and\b|to\b|with\b|in(?:to)?\b))",
    re.I,
)
_NUMBERED = re.compile(
    rf"\b(?:number|no\.?|{_KIND}|#) ?#?([0-9]{{1,2}}(?:(?:,| and|, and) [0-9]{{1,2}}){{0,5}})\b", re.I
)
_ALL = re.compile(
    rf"\b(?:these|those|them|they|both|all of (?:these|those|them)|(?:the|those) (?:results|hits|ones|same)|its?"
    rf"|(?:this|that)(?: {_KIND}|(?=[?.!,\s]*$))"
    r"|(?:the )?(?:photos?|pictures?|images?|documents?|files?) (?:you )?(?:just )?found)\b",
    re.I,
)
_ONE = re.compile(rf"\b(?:it|its|this|that)(?: {_KIND})?\b", re.I)


@dataclass(frozen=True, slots=True)
class Reference:
    """Things by their places in what was found, from 1, from the end where negative; without places, all of them.

    `single`: one thing is meant, and which one is known only where there is one.
    """

    places: tuple[int, ...] = ()
    single: bool = False

    def pick(self, things: Sequence[Thing]) -> list[Thing]:
        """The things meant, of those there are."""
        if not self.places:
            return list(things[:1]) if self.single else list(things)
        count = len(things)
        indexes = [place - 1 if place > 0 else count + place for place in self.places]
        return [things[index] for index in dict.fromkeys(indexes) if 0 <= index < count]


def find_reference(text: str) -> Reference | None:
    """What the text points back to; None where it stands for itself."""
    several = _SEVERAL.search(text)
    if several is not None:
        count = _count(several[2])
        return Reference(tuple(range(-count, 0)) if several[1].lower() == "last" else tuple(range(1, count + 1)))
    places = _PLACES.search(text)
    if places is not None:
        return Reference(tuple(_place(word) for word in re.findall(_ORDINAL, places[1], re.I)))
    numbered = _NUMBERED.search(text)
    if numbered is not None:
        return Reference(tuple(int(number) for number in re.findall("[0-9]+", numbered[1])))
    found = _ALL.search(text)
    return Reference(single=_ONE.fullmatch(found[0]) is not None) if found is not None else None


def without_reference(text: str) -> str:
    """The text less what points back."""
    for pattern in (_SEVERAL, _PLACES, _ALL):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def _place(word: str) -> int:
    word = word.lower()
    if word == "last":
        return -1
    return _ORDINALS.index(word) + 1 if word in _ORDINALS else int(re.sub(r"\D", "", word))


def _count(word: str) -> int:
    return _NUMBERS.index(word.lower()) + 1 if word.lower() in _NUMBERS else max(1, int(word))
