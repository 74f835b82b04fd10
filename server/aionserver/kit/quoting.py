"""Quoting others' words: as plain text that orders nothing and leads nowhere, and the sentences that answer best."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from aionserver.kit.words import content_stems, word_count

# Citations, links and pictures of Markdown: what a client would follow or show.
_MARKUP: Final = re.compile(
    r"\[\[|\]\]|!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}\)|<[^<>]{0,300}>|`+|^#{1,6}\s|\*\*|__", re.M
)
_CUT: Final = re.compile(r"\](?=\()|<(?=[a-zA-Z/!])")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"”’)]*\s+(?=[A-Z0-9\"“(•-])|(?<=[。！？])|\n{2,}|\n(?=\s*[-•*\d])")
_LONGEST_SENTENCE: Final = 400
_SHORTEST_SENTENCE: Final = 8
_MOST_SENTENCES: Final = 400
# A sentence beside one that answers often goes on with it.
_NEIGHBOUR: Final = 0.35


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
    return plain_quote(next(iter(sentences(text)), ""), most)


def sentences(text: str) -> list[str]:
    """The sentences of a text, at least a few characters each."""
    parts = [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()]
    return [part for part in parts if len(part) >= _SHORTEST_SENTENCE] or parts[:1]


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence that answers, and the number of the passage that it stands in."""

    text: str
    passage: int
    weight: float


@dataclass(frozen=True, slots=True)
class Measure:
    """How much is quoted: sentences and words at most, and of each at least a share of what the best one weighs."""

    sentences: int
    words: int = 1_000
    share: float = 0.0


def best_sentences(question: str, passages: Sequence[tuple[str, float]], measure: Measure) -> list[Quote]:
    """The sentences that answer a question best, in the order of the passages, each with its weight from 0.

    `passages` are texts with how well each answers, 0-1.
    """
    asked = set(content_stems(question))
    found = [(number, one) for number, (text, _) in enumerate(passages) for one in sentences(text)][:_MOST_SENTENCES]
    stems = [set(content_stems(one)) for _, one in found]
    rarity = _rarity(asked, stems)
    own = [_weight(mine & asked, rarity) for mine in stems]
    quotes = list[Quote]()
    for place, (number, text) in enumerate(found):
        beside = max(
            (own[at] for at in (place - 1, place + 1) if 0 <= at < len(own) and found[at][0] == number), default=0
        )
        weight = max(own[place], 0) + _NEIGHBOUR * beside
        quotes.append(Quote(plain_quote(text, _LONGEST_SENTENCE), number, weight * (0.2 + passages[number][1])))
    return _chosen(quotes, measure)


def _rarity(asked: set[str], stems: Sequence[set[str]]) -> Mapping[str, float]:
    """How much each of the asked words tells: less the more sentences have it."""
    return {one: log(1 + len(stems) / (1 + sum(one in mine for mine in stems))) for one in asked}


def _weight(shared: set[str], rarity: Mapping[str, float]) -> float:
    """The share of what was asked that a sentence has, 0-1."""
    whole = sum(rarity.values())
    return sum(rarity[one] for one in shared) / whole if whole else 0.0


def _chosen(quotes: Sequence[Quote], measure: Measure) -> list[Quote]:
    """The heaviest, each once, as they stand in their passages; the first one however long."""
    best, seen, left = list[int](), set[str](), measure.words
    order = sorted(range(len(quotes)), key=lambda at: -quotes[at].weight)
    least = measure.share * quotes[order[0]].weight if order else 0.0
    for place in order:
        quote, words = quotes[place], " ".join(content_stems(quotes[place].text))
        length = word_count(quote.text)
        if len(best) == measure.sentences or quote.weight <= least or (best and length > left):
            break
        if words not in seen:
            best.append(place)
            seen.add(words)
            left -= length
    return [quotes[place] for place in sorted(best)]
