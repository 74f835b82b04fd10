"""Quoting others' words: as plain text that orders nothing and leads nowhere, and the sentences that answer best."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import log
from typing import Final

from aionserver.kit.asked_values import Value, asked_value, fit, said_of
from aionserver.kit.sentences import Statement, opening, statements
from aionserver.kit.words import asked_stems, content_stems, word_count

# Citations, links and pictures of Markdown: what a client would follow or show.
_MARKUP: Final = re.compile(
    r"\[\[|\]\]|!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}\)|<[^<>]{0,300}>|`+|^#{1,6}\s|\*\*|__", re.M
)
_CUT: Final = re.compile(r"\](?=\()|<(?=[a-zA-Z/!])")
_LONGEST_SENTENCE: Final = 400
_MOST_SENTENCES: Final = 400
# A sentence beside one that answers often goes on with it.
_NEIGHBOUR: Final = 0.5
_NEIGHBOUR_OF_VALUE: Final = 0.2
# So does one that has what most of the passages speak of.
_COMMON: Final = 0.25
# What is added to how well a passage answers; where a date or the like is asked, the sentence itself tells more.
_PASSAGE: Final = 0.2
_PASSAGE_OF_VALUE: Final = 2.0
# A heading says what follows it, and seldom answers.
_HEADING: Final = 0.05
# What begins within a sentence reads badly.
_FRAGMENT: Final = 0.6
# What a sentence begins with, it is about.
_BEGINNING: Final = 0.8
# Words that begin alike for half of their length are often of one root.
_AKIN: Final = 0.5
_SHORTEST_AKIN: Final = 6
# What was asked before counts less than what is asked.
_CONTEXT: Final = 0.2
# Of the words of a sentence so many in another one say the same.
_SAME: Final = 0.9
# Of a question for a date, an amount and the like, what a sentence without one counts beside one that has it.
_WITHOUT_VALUE: Final = 0.7


def plain_quote(text: str, most: int = 300) -> str:
    """The text on one line, without markup, control and direction characters, cut at a word."""
    text = _MARKUP.sub(lambda found: found[1] or "", text[: most * 4 + 2000])
    text = "".join(
        " " if one.isspace() else one for one in text if one.isspace() or unicodedata.category(one)[0] != "C"
    )
    # A link or a tag that was cut has no end to be told by.
    text = _CUT.sub(r"\g<0> ", " ".join(text.split()))
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def first_sentence(text: str, most: int = 200) -> str:
    """The first sentence of a text, plain."""
    return plain_quote(opening(text), most)


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence that answers, and the number of the passage that it stands in."""

    text: str
    passage: int
    weight: float
    # Its place among all sentences: those that stand beside each other read on.
    place: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """How much is quoted: sentences and words at most, and of each at least a share of what the best one weighs."""

    sentences: int
    words: int = 1_000
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked: the stems that say it, each with how much it tells; and the kind of thing that answers."""

    stems: Mapping[str, float]
    value: Value | None

    def share(self, mine: Collection[str]) -> float:
        """How much of it a sentence has, 0-1; words that are akin, as "maintain" and "maintenance", count half."""
        whole = sum(self.stems.values())
        found = sum(weight * _likeness(one, mine) for one, weight in self.stems.items())
        return found / whole if whole else 0.0


def best_sentences(
    question: str, passages: Sequence[tuple[str, float]], measure: Measure, context: str = ""
) -> list[Quote]:
    """The sentences that answer a question best, in the order of the passages, each with its weight from 0.

    `passages` are texts with how well each answers, 0-1; `context` is what was asked before, where it goes on with it.
    """
    found = [(number, one) for number, (text, _) in enumerate(passages) for one in statements(text)][:_MOST_SENTENCES]
    stems = [content_stems(one.text) for _, one in found]
    asked = _asked(question, context, stems)
    own = [_own(asked, mine, one) for mine, (_, one) in zip(stems, found, strict=True)]
    common, above = _commonness(stems), _above(found, own)
    quotes = list[Quote]()
    for place, (number, one) in enumerate(found):
        beside = max((own[at] for at in _beside(found, place)), default=0.0)
        weight = own[place] + _goes_with(asked, one) * max(beside, above[place])
        weight = (weight + _COMMON * common[place] if weight else 0.0) * (_HEADING if one.is_heading else 1.0)
        weight *= _FRAGMENT if one.text[:1].islower() else 1.0
        text = plain_quote(one.text, _LONGEST_SENTENCE)
        worth = passages[number][1] + (_PASSAGE if asked.value is None else _PASSAGE_OF_VALUE)
        quotes.append(Quote(text, number, weight * worth, place))
    return _chosen(quotes, measure)


def _asked(question: str, context: str, stems: Sequence[Sequence[str]]) -> _Asked:
    """Words that no sentence has tell nothing; the more have one, the less it tells."""
    sets = [frozenset(mine) for mine in stems]
    weights = dict.fromkeys(asked_stems(context), _CONTEXT) | dict.fromkeys(asked_stems(said_of(question)), 1.0)
    known = {
        one: weight * log(1 + len(sets) / (1 + count))
        for one, weight in weights.items()
        if (count := sum(one in mine or _likeness(one, mine) > 0 for mine in sets))
    }
    return _Asked(known, asked_value(question))


def _own(asked: _Asked, mine: Sequence[str], one: Statement) -> float:
    """How much of what is asked a sentence has: more where it begins with it, and where it has what answers."""
    share = asked.share(mine)
    if not share:
        return 0.0
    if asked.value is None:
        return share
    begins = asked.share(list(takewhile(asked.stems.__contains__, mine)))
    return share * (_WITHOUT_VALUE + fit(asked.value, one.text, asked.stems.keys())) + _BEGINNING * begins


def _goes_with(asked: _Asked, one: Statement) -> float:
    """How much of the worth of what stands beside or above a sentence it shares."""
    if asked.value is None or fit(asked.value, one.text, asked.stems.keys()):
        return _NEIGHBOUR
    return _NEIGHBOUR_OF_VALUE


def _likeness(one: str, mine: Collection[str]) -> float:
    if one in mine:
        return 1.0
    if len(one) < _SHORTEST_AKIN:
        return 0.0
    return _AKIN if any(_are_akin(one, other) for other in mine if other[:4] == one[:4]) else 0.0


def _are_akin(one: str, other: str) -> bool:
    half = max(_SHORTEST_AKIN - 1, (max(len(one), len(other)) + 1) // 2)
    return one[:half] == other[:half]


def _beside(found: Sequence[tuple[int, Statement]], place: int) -> Iterator[int]:
    for at in (place - 1, place + 1):
        if 0 <= at < len(found) and found[at][0] == found[place][0] and not found[at][1].is_heading:
            yield at


def _above(found: Sequence[tuple[int, Statement]], own: Sequence[float]) -> list[float]:
    """For each sentence how much of what is asked the heading over it has."""
    over, told = (0, 0.0), list[float]()
    for (number, one), share in zip(found, own, strict=True):
        over = (number, share) if one.is_heading else over if over[0] == number else (number, 0.0)
        told.append(0.0 if one.is_heading else over[1])
    return told


def _commonness(stems: Sequence[Sequence[str]]) -> list[float]:
    """How much of what the passages speak of each sentence has, 0-1."""
    sets = [frozenset(mine) for mine in stems]
    counts = Counter(one for mine in sets for one in mine)
    said = [sum(log(counts[one]) for one in mine) / (len(mine) + 4) for mine in sets]
    most = max(said, default=0.0) or 1.0
    return [one / most for one in said]


def _chosen(quotes: Sequence[Quote], measure: Measure) -> list[Quote]:
    """The heaviest, each once, as they stand in their passages; the first one however long."""
    best, said, left = list[int](), list[frozenset[str]](), measure.words
    order = sorted(range(len(quotes)), key=lambda at: -quotes[at].weight)
    least = measure.share * quotes[order[0]].weight if order else 0.0
    for place in order:
        quote, words = quotes[place], frozenset(content_stems(quotes[place].text))
        length = word_count(quote.text)
        if len(best) == measure.sentences or quote.weight <= least or (best and length > left):
            break
        if not any(len(words & other) >= _SAME * max(1, len(words)) for other in said):
            best.append(place)
            said.append(words)
            left -= length
    return [quotes[place] for place in sorted(best)]
