"""Two texts side by side: the sentences in which both speak of the same, and the headings of what only one has."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from aionserver.kit.quoting import plain_quote
from aionserver.kit.sentences import statements
from aionserver.kit.words import content_stems

_MOST_SENTENCES: Final = 600
_LONGEST: Final = 400
# Sentences that share less of what they say speak of different things.
_ALIKE: Final = 0.3
_FEWEST_SHARED: Final = 2
# A word that so many sentences have tells nothing of which belong together.
_COMMONEST: Final = 60
# Words of the heading above tell what a sentence is about, and less than its own.
_OF_HEADING: Final = 0.5


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, or a heading, and the number of the passage that it stands in."""

    text: str
    passage: int


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Sentences of the first text each with one of the second, in the order of the first; and headings of only one."""

    pairs: tuple[tuple[Said, Said], ...]
    only_first: tuple[Said, ...]
    only_second: tuple[Said, ...]
    # How many sentences stand in both as they are.
    shared: int


@dataclass(frozen=True, slots=True)
class _Sentence:
    said: Said
    heading: str
    weights: Mapping[str, float]


def side_by_side(first: Sequence[str], second: Sequence[str], most: int) -> SideBySide:
    """What two texts, given as passages, say of the same things; at most so many pairs and headings of each."""
    ours, theirs = _sentences(first), _sentences(second)
    tells = _tells([*ours, *theirs])
    paired = _paired(ours, theirs, tells)
    same = [pair for pair in paired if ours[pair[0]].said.text == theirs[pair[1]].said.text]
    best = sorted(set(paired) - set(same), key=lambda pair: (-paired[pair], pair))[:most]
    pairs = [(ours[one].said, theirs[other].said) for one, other in sorted(best)]
    return SideBySide(
        tuple(pairs),
        _only(first, ours, {one for one, _ in paired}, theirs)[:most],
        _only(second, theirs, {other for _, other in paired}, ours)[:most],
        len(same),
    )


def _sentences(passages: Sequence[str]) -> list[_Sentence]:
    found = list[_Sentence]()
    for number, text in enumerate(passages):
        heading = ""
        for one in statements(text):
            if one.is_heading:
                heading = one.text
                continue
            weights = dict.fromkeys(content_stems(heading), _OF_HEADING) | dict.fromkeys(content_stems(one.text), 1.0)
            found.append(_Sentence(Said(plain_quote(one.text, _LONGEST), number), heading, weights))
            if len(found) >= _MOST_SENTENCES:
                return found
    return found


def _tells(every: Sequence[_Sentence]) -> dict[str, float]:
    """How much each word tells: the more, the fewer sentences have it."""
    counts = Counter(word for one in every for word in one.weights)
    return {word: log(1 + len(every) / count) for word, count in counts.items()}


def _paired(
    ours: Sequence[_Sentence], theirs: Sequence[_Sentence], tells: Mapping[str, float]
) -> dict[tuple[int, int], float]:
    """The pairs that share most of what they say, each sentence in one of them, with how alike they are, 0-1."""
    has = defaultdict[str, list[int]](list)
    for at, one in enumerate(theirs):
        for word in one.weights:
            has[word].append(at)
    likeness = {
        (at, other): _likeness(one, theirs[other], tells)
        for at, one in enumerate(ours)
        for other in {place for word in one.weights if len(has[word]) <= _COMMONEST for place in has[word]}
    }
    chosen, taken, given = dict[tuple[int, int], float](), set[int](), set[int]()
    for pair in sorted(likeness, key=lambda pair: (-likeness[pair], pair)):
        if likeness[pair] < _ALIKE:
            break
        if pair[0] not in taken and pair[1] not in given:
            chosen[pair] = likeness[pair]
            taken.add(pair[0])
            given.add(pair[1])
    return chosen


def _likeness(one: _Sentence, other: _Sentence, tells: Mapping[str, float]) -> float:
    shared = one.weights.keys() & other.weights.keys()
    if len(shared) < _FEWEST_SHARED:
        return 0.0
    both = sum(min(one.weights[word], other.weights[word]) * tells[word] for word in shared)
    sizes = sorted((_weight(one, tells), _weight(other, tells)))
    return (both / sizes[0] + both / sizes[1]) / 2 if sizes[0] else 0.0


def _weight(one: _Sentence, tells: Mapping[str, float]) -> float:
    return sum(weight * tells[word] for word, weight in one.weights.items())


def _only(
    passages: Sequence[str], mine: Sequence[_Sentence], paired: Iterable[int], others: Sequence[_Sentence]
) -> tuple[Said, ...]:
    """The headings under which nothing has its like in the other text, nor is spoken of there."""
    told = {mine[at].heading for at in paired}
    spoken_of = {word for one in others for word in one.weights}
    found = dict[str, Said]()
    for number, text in enumerate(passages):
        for place, one in enumerate(statements(text)):
            words = set(content_stems(one.text))
            is_title = not number and not place
            if one.is_heading and not is_title and one.text not in told and words and not words & spoken_of:
                found.setdefault(one.text, Said(plain_quote(one.text, _LONGEST), number))
    return tuple(found.values())
