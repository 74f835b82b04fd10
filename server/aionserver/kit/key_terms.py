"""The words and pairs of words that tell texts apart, and those that they share."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from aionserver.kit.words import FOREIGN_STOP_WORDS, STOP_WORDS, stem, word_set

_WORD: Final = re.compile(r"[^\W\d_][^\W_]*(?:['’-][^\W_]+)*|[.!?;:,()\n]")
_SHORTEST: Final = 3
_LONGEST: Final = 40
_MOST_CHARACTERS: Final = 60_000
_PAIR: Final = 1.4
# Words of texts in any language that say nothing of what they are about.
_EMPTY: Final = STOP_WORDS.union(
    FOREIGN_STOP_WORDS,
    word_set(
        "about above after again against all also although always among another because before below between both "
        "cannot could during each either every first further given however into just least less like made make many "
        "may might more most much must neither never new next nor not often one only other others otherwise over own "
        "per rather same second several shall should since still such than then therefore though three thus too two "
        "under until upon use used uses using various via well whether within without would yet you your see page "
        "pages figure table chapter section example note please january february march april june july august "
        "september october november december ended related due inc ltd llc corp"
    ),
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or a pair, as it is mostly written; `key` is what its forms share, `texts` in how many texts it is."""

    name: str
    key: str
    weight: float
    texts: int


def key_terms(texts: Sequence[str], most: int) -> list[list[Term]]:
    """Of each text the terms that tell most of it, beside the others; the most telling first."""
    counts, names = list[Counter[str]](), dict[str, Counter[str]]()
    for text in texts:
        counts.append(_counted(text[:_MOST_CHARACTERS], names))
    spread = Counter(key for mine in counts for key in mine)
    return [_best(mine, spread, names, len(texts), most) for mine in counts]


def _counted(text: str, names: dict[str, Counter[str]]) -> Counter[str]:
    mine = Counter[str]()
    for written in _terms(text):
        key = " ".join(stem(word.lower()) for word in written.split())
        mine[key] += 1
        names.setdefault(key, Counter())[written if written.isupper() else written.lower()] += 1
    return mine


def _terms(text: str) -> Iterator[str]:
    """The words that say something, and those that stand beside each other as pairs."""
    before = ""
    for word in _WORD.findall(text):
        if _is_empty(word):
            before = ""
            continue
        yield word
        if before and before.lower() != word.lower():
            yield f"{before} {word}"
        before = word


def _is_empty(word: str) -> bool:
    is_short = len(word) < _SHORTEST and not (word.isupper() and len(word) > 1) and word.isascii()
    return is_short or len(word) > _LONGEST or word.lower() in _EMPTY or not word[0].isalpha()


def _best(
    mine: Counter[str], spread: Counter[str], names: dict[str, Counter[str]], among: int, most: int
) -> list[Term]:
    terms = [
        Term(names[key].most_common(1)[0][0], key, _weight(key, count, spread[key], among), spread[key])
        for key, count in mine.items()
        if " " not in key or count > 1 or spread[key] > 1
    ]
    terms.sort(key=lambda term: (-term.weight, term.key))
    chosen = list[Term]()
    for term in terms:
        if len(chosen) >= most:
            break
        if not any(set(term.key.split()) & set(other.key.split()) for other in chosen):
            chosen.append(term)
    return chosen


def _weight(key: str, count: int, texts: int, among: int) -> float:
    weight = log(1 + count) * log(1 + among / texts)
    return weight * _PAIR if " " in key else weight
