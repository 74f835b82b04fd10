"""Extracts: the sentences that say most of some texts, or most of what is asked; none is put in other words."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log
from typing import Final

from aionserver.kit.markdown_tables import cells, is_row, is_rule
from aionserver.kit.quoting import plain_quote
from aionserver.kit.sentences import is_item, statements
from aionserver.kit.spoken.tasks import parts_of
from aionserver.kit.words import content_stems

_MOST_SENTENCES: Final = 3_000
_LONGEST: Final = 400
_SHORTEST: Final = 20
# A longer one says more, and is read less.
_READABLE: Final = 220
# Of letters and blanks a sentence consists; of figures and signs, what a table is made of.
_LETTERS: Final = 0.6
# What a text begins with often says what it is about.
_BEGINS: Final = 0.15
# What is asked counts more than what most is said of; most of all where it stands word for word.
_ASKED: Final = 1.5
_WORD_FOR_WORD: Final = 0.3
# Words of the heading above tell what a sentence is about.
_ABOVE: Final = 0.5
_UNENDED: Final = 0.6
_ROW: Final = 0.7
# What has no end and no more words than this is a title, or a cell of a table.
_LONGEST_CRUMB: Final = 12
# Sentences that share so much of their words say the same.
_SAME: Final = 0.55
_END: Final = re.compile(r"[.!?。！？][\"'”’)]*$")


@dataclass(frozen=True, slots=True)
class Extract:
    """A sentence, or a row of a table, and the number of the text that it stands in."""

    text: str
    passage: int
    weight: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    passage: int
    stems: frozenset[str]
    # Of the heading, or the head of the table, that it stands under.
    above: frozenset[str]
    is_first: bool
    is_row: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """One of the things that are asked: its words, with how much each tells."""

    phrase: str
    stems: Mapping[str, float]

    def share(self, one: _Sentence) -> float:
        """How much of it a sentence has, 0-1; more where it stands there word for word."""
        said = sum(self.stems[stem] for stem in one.stems if stem in self.stems)
        said += _ABOVE * sum(self.stems[stem] for stem in one.above - one.stems if stem in self.stems)
        share = said / sum(self.stems.values())
        is_said = " " in self.phrase and self.phrase in one.text.lower()
        return share + (_WORD_FOR_WORD if is_said else 0.0)


def key_sentences(passages: Sequence[str], asked: str, most: int) -> list[Extract]:
    """The sentences that say most, of what is asked where the texts speak of it, in their order; at most so many."""
    found = _sentences(passages)
    counts = Counter(stem for one in found for stem in one.stems | one.above)
    wanted = _wanted(asked, counts, len(found))
    found = _to_choose_from(found, wanted)
    weights = [_weight(one, counts, wanted) for one in found]
    chosen = _apart(found, [*_first_of_each(found, weights, wanted), *_heaviest(weights)], most)
    return [Extract(found[at].text, found[at].passage, weights[at]) for at in sorted(chosen)]


def _wanted(asked: str, counts: Counter[str], among: int) -> list[_Asked]:
    """What is asked, part by part, as far as the texts have its words; the rarer a word, the more it tells."""
    parts = list[_Asked]()
    for part in parts_of(asked):
        stems = {stem: log(1 + among / counts[stem]) for stem in content_stems(part) if counts[stem]}
        parts += [_Asked(part.lower(), stems)] if stems else []
    return parts


def _to_choose_from(found: Sequence[_Sentence], wanted: Sequence[_Asked]) -> list[_Sentence]:
    """Those that speak of what is asked; where nothing is, no rows of tables, for these tell little alone."""
    if wanted:
        return [one for one in found if any(not part.stems.keys().isdisjoint(one.stems | one.above) for part in wanted)]
    return [one for one in found if not one.is_row] or list(found)


def _sentences(passages: Sequence[str]) -> list[_Sentence]:
    """Whole sentences and rows, each once; halves and figures only where there is nothing else."""
    every = list[_Sentence]()
    for number, text in enumerate(passages):
        for place, (one, above, row) in enumerate(_pieces(text)):
            stems, over = frozenset(content_stems(one)), frozenset(content_stems(above))
            every.append(_Sentence(one, number, stems, over, is_first=not number and not place, is_row=row))
            if len(every) >= _MOST_SENTENCES:
                return _telling(every)
    return _telling(every)


def _pieces(text: str) -> Iterator[tuple[str, str, bool]]:
    """The sentences of a text, and the rows of tables in it, plain; what each stands under, and which of both it is.

    Without headings, the heads of tables, and what is left of titles: these say nothing of their own.
    """
    heading = ""
    for row, lines in groupby(text.splitlines(), is_row):
        if not row:
            said = list(_said("\n".join(lines), heading))
            yield from ((plain_quote(one, _LONGEST), above, False) for one, above in said if one)
            heading = said[-1][1] if said else heading
            continue
        yield from ((one, f"{heading} {head}", True) for one, head in _rows(list(lines)))


def _rows(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The rows of a table that say something, each with the table's head."""
    head = ""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        told = " | ".join(_once(cells(line)))
        if is_rule(below):
            head = told
        elif not is_rule(line) and any(one.isalpha() for one in told) and any(one.isdigit() for one in told):
            yield plain_quote(told, _LONGEST), head


def _said(text: str, heading: str) -> Iterator[tuple[str, str]]:
    """Sentences and items of lists, or all there is, each with the heading above it; at last what heads the rest."""
    every = statements(text)
    has_whole = any(not one.is_heading and _is_whole(one.text) for one in every)
    for one in every:
        if has_whole and (one.is_heading or not _is_whole(one.text)):
            heading = one.text
        else:
            yield one.text, heading
    yield "", heading


def _is_whole(text: str) -> bool:
    """Whether it is a sentence or an item of a list, and not a title or the cell of a table."""
    return bool(_END.search(text)) or is_item(text) or len(text.split()) > _LONGEST_CRUMB


def _once(row: Sequence[str]) -> list[str]:
    """The cells that say something, without those that say again what the one before does."""
    return [one for one, _ in groupby(cell for cell in row if cell)]


def _telling(every: Sequence[_Sentence]) -> list[_Sentence]:
    whole = [one for one in every if one.is_row or _is_sentence(one.text)]
    chosen = whole if any(not one.is_row for one in whole) else [one for one in every if one.text]
    once = {one.stems: one for one in reversed(chosen)}
    return [one for one in chosen if once[one.stems] is one]


def _is_sentence(text: str) -> bool:
    letters = sum(one.isalpha() or one == " " for one in text)
    begins = not text[:1].islower()
    return begins and len(text) >= _SHORTEST and letters >= _LETTERS * len(text)


def _weight(one: _Sentence, counts: Counter[str], wanted: Sequence[_Asked]) -> float:
    """How much of what the texts speak of a sentence has, and of what is asked."""
    said = sum(log(counts[stem]) for stem in one.stems) / (len(one.stems) + 4)
    share = max((part.share(one) for part in wanted), default=0.0)
    weight = said / (1 + said) + _ASKED * share + (_BEGINS if one.is_first else 0.0)
    weight *= min(1.0, _READABLE / max(1, len(one.text))) ** 0.5
    if one.is_row:
        return weight * _ROW
    return weight if _END.search(one.text) else weight * _UNENDED


def _heaviest(weights: Sequence[float]) -> list[int]:
    return sorted(range(len(weights)), key=lambda place: (-weights[place], place))


def _first_of_each(found: Sequence[_Sentence], weights: Sequence[float], wanted: Sequence[_Asked]) -> list[int]:
    """For each of the things that are asked the sentence that has most of it, so that none goes without an answer."""
    best = list[int]()
    for part in wanted:
        shares = [part.share(one) * (weights[at] + 1) for at, one in enumerate(found)]
        best += [max(range(len(found)), key=shares.__getitem__)] if found and max(shares) > 0 else []
    return sorted(dict.fromkeys(best), key=lambda place: -weights[place])


def _apart(found: Sequence[_Sentence], order: Sequence[int], most: int) -> list[int]:
    """The first of which none says what another does."""
    chosen = list[int]()
    for at in order:
        if len(chosen) >= most:
            break
        if at not in chosen and not any(_alike(found[at].stems, found[other].stems) for other in chosen):
            chosen.append(at)
    return chosen


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    smaller = min(len(one), len(other))
    return bool(smaller) and len(one & other) / smaller > _SAME
