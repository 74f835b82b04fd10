"""Pictures found by words, put in order: similarity and exact words fused into one score of 0-1.

The score is a logistic function of a weighted sum of signals. It does not depend on what else was found,
so scores of different queries compare: .5 is as likely as not what was looked for, if one picture in ten is.
The weights of similarities and tags were fitted over captions and object names of 144 photos
(`benchmarks/image_search_quality.py` repeats that by cross-validation). Words read in the picture, titles
and file names are too rare there to be fitted: their weights are set so that a full match suffices alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from types import MappingProxyType
from typing import Any

from aionserver.kit.words import STOP_WORDS, content_stems, stem, tokens

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "bias": -5.2,
        "words": 7.9,
        "labels": 3.9,
        "tags": 2.8,
        "description": 0.5,
        "visible_text": 4.0,
        "quoted": 9.0,
        "title": 6.0,
        "filename": 6.0,
        "whole_name": 3.5,
    }
)

_QUOTED = re.compile('["“”«»„]([^"“”«»„]{2,200})["“”«»„]')
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_JOINED_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_MAX_TEXT_CHARACTERS = 20_000
_MAX_QUERY_WORDS = 64
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


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart: its plain words, the stems that carry meaning, and what stands in quotes."""

    plain: str
    stems: tuple[str, ...]
    quotes: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Query":
        """The query in `text`, cut to what is worth reading."""
        text = text[:_MAX_TEXT_CHARACTERS]
        quotes = tuple(plain for quote in _QUOTED.findall(text) if (plain := _plain(quote)))
        return cls(_plain(_split(text)), tuple(dict.fromkeys(content_stems(_split(text))))[:_MAX_QUERY_WORDS], quotes)

    def share_in(self, words: set[str]) -> tuple[float, list[str]]:
        """The share, 0-1, of the query's stems among `words`, and which they are."""
        matched = [word for word in self.stems if word in words]
        return len(matched) / max(1, len(self.stems)), matched


def rank(query: str, candidates: Iterable[Candidate], weights: Mapping[str, float] = WEIGHTS) -> list[RankedPicture]:
    """The candidates with their scores, best first; equal scores in the order of their ids."""
    asked = Query.of(query)
    found = [(candidate.id, signals(asked, candidate)) for candidate in candidates]
    ranked = [RankedPicture(id_, score(signal.values, weights), tuple(signal.features)) for id_, signal in found]
    return sorted(ranked, key=lambda picture: (-picture.score, picture.id))


def score(values: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """The fused score 0-1 of signals."""
    log_odds = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in values.items())
    return round(1 / (1 + exp(-log_odds)), 4)


def signals(query: Query, candidate: Candidate) -> Signals:
    """All that speaks for the candidate."""
    found = Signals()
    for name, cosine in candidate.similarities.items():
        feature = {"type": "similarity", "vector": name, "value": round(cosine, 3)}
        found.note(cosine, name, feature if cosine >= _SIMILAR_FROM else None)
    _note_tags(query, candidate, found)
    _note_visible_text(query, candidate, found)
    _note_name("title", query, candidate.title, found)
    _note_name("filename", query, _EXTENSION.sub("", candidate.filename), found)
    found.note(query.share_in(_stems(candidate.description))[0], "description")
    return found


def _note_tags(query: Query, candidate: Candidate, found: Signals) -> None:
    """The share of the query's words among tags and objects; more where a tag is the whole query."""
    words = {label: _stems(label) for label in (*candidate.tags, *candidate.objects)}
    share, matched = query.share_in(set[str]().union(*words.values()))
    named = [label for label, stems in words.items() if stems & set(matched)]
    found.note(share, "tags", {"type": "tags", "matched": named})
    found.note(float(any(_plain(tag) == query.plain for tag in candidate.tags)), "whole_name")


def _note_visible_text(query: Query, candidate: Candidate, found: Signals) -> None:
    """The share of the query's words that can be read in the picture; quoted words must stand together."""
    text = f" {_plain(candidate.visible_text)} "
    quoted = [quote for quote in query.quotes if f" {quote} " in text]
    share, matched = query.share_in(_stems(candidate.visible_text))
    found.note(len(quoted) / max(1, len(query.quotes)), "quoted")
    found.note(share, "visible_text")
    if matched or quoted:
        found.features.append({"type": "visible_text", "matched": [*quoted, *matched]})


def _note_name(kind: str, query: Query, name: str, found: Signals) -> None:
    """The squared share of the query's words in a name; more where the query is or holds the whole name.

    Squared, since one of many words in common is chance. A name of one word must be the whole query.
    """
    plain = _plain(_split(name))
    share, matched = query.share_in(_stems(_split(name)))
    is_held = " " in plain and f" {plain} " in f" {query.plain} "
    whole = bool(plain) and (plain == query.plain or is_held)
    found.note(float(whole), "whole_name")
    found.note(max(share**2, float(whole)), kind, {"type": kind, "matched": matched or [plain]})


def _split(name: str) -> str:
    """Words that a file's name joins, taken apart: "IMG_2041" and "IMG2041" both give "IMG 2041"."""
    return _JOINED_WORDS.sub(" ", name.replace("_", " "))


def _stems(text: str) -> set[str]:
    return {stem(word) for word in tokens(text[:_MAX_TEXT_CHARACTERS]) if word not in STOP_WORDS}


def _plain(text: str) -> str:
    return " ".join(tokens(text[:_MAX_TEXT_CHARACTERS]))
