"""Pictures found by words, put in order: similarity and exact words fused into one score of 0-1.

The score is a logistic function of a weighted sum of signals. It does not depend on what else was found,
so scores of different queries compare: .5 is as likely as not what was looked for, if one picture in ten is.
The weights of similarities and tags were fitted over captions and object names of 144 photos
(`benchmarks/quality_images.py` repeats that by cross-validation). Words read in the picture, titles
and file names are too rare there to be fitted: their weights are set so that a full match suffices alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from math import exp
from types import MappingProxyType
from typing import Any

from aionserver.kit.search_queries import SearchQuery, plain_words, split_words
from aionserver.kit.words import STOP_WORDS, stem, tokens

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "bias": -5.3,
        "words": 7.2,
        "labels": 6.2,
        "tags": 3.1,
        "description": 0.5,
        "visible_text": 4.0,
        "quoted": 9.0,
        "title": 6.0,
        "filename": 6.0,
        "whole_name": 5.0,
        "period": 4.5,
        "excluded": -9.0,
    }
)

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_MAX_TEXT_CHARACTERS = 20_000
_MAX_LABEL_CHARACTERS = 200
_SIMILAR_FROM = 0.25


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that may answer a query; `similarities` are cosines by the vectors' names."""

    id: str
    similarities: Mapping[str, float] = field(default_factory=dict[str, float])
    tags: Sequence[str] = ()
    objects: Sequence[str] = ()
    title: str = ""
    filename: str = ""
    description: str = ""
    visible_text: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RankedPicture:
    """A candidate's score 0-1 and `features` that say why: each a `type` and what matched."""

    id: str
    score: float
    features: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one candidate: values by the names of `WEIGHTS`, and the same for people."""

    values: dict[str, float] = field(default_factory=dict[str, float])
    features: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def note(self, value: float, name: str, feature: dict[str, Any] | None = None) -> None:
        """Add a signal; a feature is kept for a signal that is there."""
        self.values[name] = self.values.get(name, 0.0) + value
        if feature is not None and value > 0:
            self.features.append(feature)


def rank(query: str, candidates: Iterable[Candidate], weights: Mapping[str, float] = WEIGHTS) -> list[RankedPicture]:
    """The candidates with their scores, best first; equal scores in the order of their ids."""
    asked = SearchQuery.of(query)
    found = [(candidate.id, signals(asked, candidate)) for candidate in candidates]
    ranked = [RankedPicture(id_, score(signal.values, weights), tuple(signal.features)) for id_, signal in found]
    return sorted(ranked, key=lambda picture: (-picture.score, picture.id))


def score(values: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """The fused score 0-1 of signals."""
    log_odds = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in values.items())
    return round(1 / (1 + exp(-log_odds)), 4)


def signals(query: SearchQuery, candidate: Candidate) -> Signals:
    """All that speaks for the candidate."""
    found = Signals()
    for name, cosine in candidate.similarities.items():
        feature = {"type": "similarity", "vector": name, "value": round(cosine, 3)}
        found.note(cosine, name, feature if cosine >= _SIMILAR_FROM else None)
    _note_tags(query, candidate, found)
    _note_visible_text(query, candidate, found)
    _note_name("title", query, candidate.title, found)
    _note_name("filename", query, _EXTENSION.sub("", candidate.filename), found)
    found.note(_share(query, _stems(candidate.description))[0], "description")
    _note_conditions(query, candidate, found)
    return found


def _note_conditions(query: SearchQuery, candidate: Candidate, found: Signals) -> None:
    """Whether the picture is of the time asked for, and whether it shows what is excluded."""
    if query.period is not None:
        made = candidate.created_at
        matches = made is not None and query.period.start <= made < query.period.end
        # As much as speaks for it: another time is not what was asked for, however alike.
        found.note(1.0 if matches else -2.0, "period", {"type": "date", "matched": [str(made)]})
    if query.excluded:
        shown = _stems(" ".join((*candidate.tags, *candidate.objects, candidate.description)))
        found.note(float(any(word in shown for word in query.excluded)), "excluded")


def _share(query: SearchQuery, words: set[str]) -> tuple[float, list[str]]:
    """The share, 0-1, of the query's stems among `words`, and which they are."""
    matched = [word for word in query.stems if word in words]
    return len(matched) / max(1, len(query.stems)), matched


def _note_tags(query: SearchQuery, candidate: Candidate, found: Signals) -> None:
    """The share of the query's words among tags and objects, less for each word more: one of many is chance.

    More where a tag is the whole query.
    """
    words = {label: _label_stems(label[:_MAX_LABEL_CHARACTERS]) for label in (*candidate.tags, *candidate.objects)}
    share, matched = _share(query, set[str]().union(*words.values()))
    named = [label for label, stems in words.items() if stems & set(matched)]
    found.note(share / max(1, len(query.stems)), "tags", {"type": "tags", "matched": named})
    found.note(float(any(plain_words(tag) == query.plain for tag in candidate.tags)), "whole_name")


def _note_visible_text(query: SearchQuery, candidate: Candidate, found: Signals) -> None:
    """The share of the query's words that can be read in the picture; quoted words must stand together."""
    text = f" {plain_words(candidate.visible_text)} "
    quoted = [quote for quote in query.quotes if f" {quote} " in text]
    share, matched = _share(query, _stems(candidate.visible_text))
    found.note(len(quoted) / max(1, len(query.quotes)), "quoted")
    found.note(share, "visible_text")
    if matched or quoted:
        found.features.append({"type": "visible_text", "matched": [*quoted, *matched]})


def _note_name(kind: str, query: SearchQuery, name: str, found: Signals) -> None:
    """The squared share of the query's words in a name; more where the query is or holds the whole name.

    Squared, since one of many words in common is chance. A name of one word must be the whole query.
    """
    plain = plain_words(split_words(name))
    share, matched = _share(query, _stems(split_words(name)))
    is_held = " " in plain and f" {plain} " in f" {query.plain} "
    whole = bool(plain) and (plain == query.plain or is_held)
    found.note(float(whole), "whole_name")
    found.note(max(share**2, float(whole)), kind, {"type": kind, "matched": matched or [plain]})


# Pictures share most of their labels.
@lru_cache(1 << 14)
def _label_stems(label: str) -> frozenset[str]:
    return frozenset(_stems(label))


def _stems(text: str) -> set[str]:
    return {stem(word) for word in tokens(text[:_MAX_TEXT_CHARACTERS]) if word not in STOP_WORDS}
