"""Which labels of the two vocabularies a query's words speak of, and of how many people."""

from collections import defaultdict
from functools import cache
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from aionserver.kit.words import STOP_WORDS, stem, tokens, word_set
from aionserver.models.image_embedding import people
from aionserver.models.labels import COCO_BY_ID, IMAGENET

OBJECT_NAMES = tuple(label.name for label in COCO_BY_ID.values())
LABELS = len(OBJECT_NAMES) + len(IMAGENET)
DIMENSIONS = LABELS + people.DIMENSIONS
# People stand in half of all photos, so the word for them tells little.
_PERSON_WEIGHT = 0.4
_CLASS_WEIGHT = 0.5
_PEOPLE_WEIGHT = 0.4
# Where and how things stand: no label is meant by these, though some labels share the word.
_NOT_THINGS = STOP_WORDS | word_set(
    "top front side back background area large big little small sit sitting stand standing look looking hold "
    "holding lay laying two one three four several many few down"
)


def query_weights(text: str) -> NDArray[np.float32] | None:
    """A unit vector over object names, ImageNet classes, numbers of people; None where no word speaks of a label."""
    weights = np.zeros(LABELS, np.float32)
    spoken_for: set[str] = set()
    for term in _terms(text):
        if term not in spoken_for:
            _add_term(weights, term, spoken_for)
    length = float(np.linalg.norm(weights))
    if length == 0:
        return None
    weights = np.concatenate([weights / length, _PEOPLE_WEIGHT * people.people_asked(text)])
    return (weights / np.linalg.norm(weights)).astype(np.float32)


def _add_term(weights: NDArray[np.float32], term: str, spoken_for: set[str]) -> None:
    objects, classes = _objects_by_term().get(term, ()), _classes_by_term().get(term, ())
    if objects and " " in term:
        spoken_for.update(term.split())
    for index in objects:
        weight = _PERSON_WEIGHT if OBJECT_NAMES[index] == "person" else 1.0
        weights[index] = max(weights[index], weight / sqrt(len(objects)))
    for index in classes:
        place = len(OBJECT_NAMES) + index
        weights[place] = max(weights[place], _CLASS_WEIGHT / sqrt(len(classes)))


def _terms(text: str) -> list[str]:
    """Stems of pairs of neighbouring words, then of single words."""
    words = tokens(text)
    pairs = [f"{stem(a)} {stem(b)}" for a, b in pairwise(words)]
    return pairs + [stem(word) for word in words if word not in _NOT_THINGS]


@cache
def _objects_by_term() -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for index, label in enumerate(COCO_BY_ID.values()):
        for words in (label.name, label.plural, *label.words):
            found[_key(words)].add(index)
    return {term: tuple(sorted(indices)) for term, indices in found.items()}


@cache
def _classes_by_term() -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for index, label in enumerate(IMAGENET):
        for words in (label.name, *label.kinds, *label.words):
            found[_key(words)].add(index)
        for words in (label.name, *label.words):
            found[_key(words).rpartition(" ")[2]].add(index)
    return {term: tuple(sorted(indices)) for term, indices in found.items()}


def _key(words: str) -> str:
    return " ".join(stem(word) for word in tokens(words))
