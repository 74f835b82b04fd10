"""Extracts: the sentences that say most of some texts, or most of what is asked; none is put in other words."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from aionserver.kit.quoting import plain_quote, sentences
from aionserver.kit.words import content_stems

_MOST_SENTENCES: Final = 3_000
_LONGEST: Final = 400
_SHORTEST: Final = 20
# Of letters and blanks a sentence consists; of figures and signs, a row of a table.
_LETTERS: Final = 0.6
# What a text begins with often says what it is about.
_BEGINS: Final = 0.15
# What is asked counts more than what most is said of.
_ASKED: Final = 1.5
_UNENDED: Final = 0.6
# A row of a table may answer, and tells little beside.
_ROW_ASKED: Final = 0.5
_ROW: Final = 0.05
# Sentences that share so much of their words say the same.
_SAME: Final = 0.55
_END: Final = re.compile(r"[.!?…。！？][\"'”’)]*$")


@dataclass(frozen=True, slots=True)
class Extract:
    """A sentence, and the number of the text that it stands in."""

    text: str
    passage: int
    weight: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    passage: int
    stems: frozenset[str]
    is_first: bool


def key_sentences(passages: Sequence[str], asked: str, most: int) -> list[Extract]:
    """The sentences that say most, of what is asked where the texts speak of it, in their order; at most so many."""
    found = _sentences(passages)
    counts = Counter(stem for one in found for stem in one.stems)
    wanted = {stem: log(1 + len(found) / counts[stem]) for stem in content_stems(asked) if counts[stem]}
    # Where some speak of what is asked, the others say nothing to it.
    found = [one for one in found if not wanted or not one.stems.isdisjoint(wanted)]
    weights = [_weight(one, counts, wanted) for one in found]
    chosen = _apart(found, weights, most)
    return [Extract(found[at].text, found[at].passage, weights[at]) for at in sorted(chosen)]


def _sentences(passages: Sequence[str]) -> list[_Sentence]:
    """Whole sentences, each once; rows, headings and halves only where there is nothing else."""
    every = list[_Sentence]()
    for number, text in enumerate(passages):
        for place, one in enumerate(sentences(text)):
            plain = plain_quote(one, _LONGEST)
            every.append(_Sentence(plain, number, frozenset(content_stems(plain)), not number and not place))
            if len(every) >= _MOST_SENTENCES:
                return _telling(every)
    return _telling(every)


def _telling(every: Sequence[_Sentence]) -> list[_Sentence]:
    whole = [one for one in every if _is_sentence(one.text)]
    once = {one.stems: one for one in reversed(whole or every) if one.text}
    return [one for one in (whole or every) if once.get(one.stems) is one]


def _is_sentence(text: str) -> bool:
    letters = sum(one.isalpha() or one == " " for one in text)
    begins = not text[:1].islower()
    return begins and len(text) >= _SHORTEST and letters >= _LETTERS * len(text)


def _weight(one: _Sentence, counts: Counter[str], wanted: dict[str, float]) -> float:
    """How much of what the texts speak of a sentence has, and of what is asked."""
    said = sum(log(counts[stem]) for stem in one.stems) / (len(one.stems) + 4)
    whole = sum(wanted.values())
    share = sum(wanted[stem] for stem in one.stems if stem in wanted) / whole if whole else 0.0
    weight = said / (1 + said) + _ASKED * share + (_BEGINS if one.is_first else 0.0)
    if one.text.count("|") > 1:
        return weight * (_ROW_ASKED if share else _ROW)
    return weight if _END.search(one.text) else weight * _UNENDED


def _apart(found: Sequence[_Sentence], weights: Sequence[float], most: int) -> list[int]:
    """The heaviest of which none says what another does."""
    chosen = list[int]()
    for at in sorted(range(len(found)), key=lambda place: (-weights[place], place)):
        if len(chosen) >= most:
            break
        if not any(_alike(found[at].stems, found[other].stems) for other in chosen):
            chosen.append(at)
    return chosen


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    smaller = min(len(one), len(other))
    return bool(smaller) and len(one & other) / smaller > _SAME
