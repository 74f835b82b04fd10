"""Pictures embedded by their facts: what was recognised, as a text and as weights of labels."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from aionserver.models.captioning.composer import content_sentences
from aionserver.models.image_embedding.contract import SearchablePicture, Vectors
from aionserver.models.image_embedding.lexicon import DIMENSIONS, OBJECT_NAMES, query_weights
from aionserver.models.image_embedding.people import people_seen
from aionserver.models.labels import COCO_BY_NAME
from aionserver.models.text_embedding import TextEmbedder

WORDS, LABELS = "words", "labels"
_TAGS_IN_WORDS = 5
_TAG_IN_WORDS_FROM = 0.1
_CLASS_WEIGHT = 0.5
_PEOPLE_WEIGHT = 0.5
_MAX_QUERY_CHARACTERS = 2_000


class FactsImageEmbedder:
    """`ImageEmbedder` with two spaces: `words` (a text embedder's) and `labels` (1,080 classes, people counted)."""

    def __init__(self, texts: TextEmbedder) -> None:
        self._texts = texts
        self.name = f"facts-{texts.name}"
        self.version = f"2-{texts.version}"
        self.dimensions: Mapping[str, int] = MappingProxyType({WORDS: texts.dimensions, LABELS: DIMENSIONS})

    def embed_picture(self, picture: SearchablePicture) -> Vectors:
        """Both vectors of a picture."""
        words = self._texts.embed([words_of(picture)])[0]
        return {WORDS: words, LABELS: label_weights(picture)}

    def embed_query(self, text: str) -> Vectors:
        """The vectors of a query; `labels` is left out where none of its words names a label."""
        text = text[:_MAX_QUERY_CHARACTERS]
        weights = query_weights(text)
        vectors = {WORDS: self._texts.embed([text])[0]}
        return vectors if weights is None else {**vectors, LABELS: weights}


def words_of(picture: SearchablePicture) -> str:
    """The picture as a text to embed: what its description says is there, labels, words of their scenes."""
    tags = [tag.label for tag in picture.tags.top[:_TAGS_IN_WORDS] if tag.confidence >= _TAG_IN_WORDS_FROM]
    objects = [thing.label for thing in picture.objects]
    known = (COCO_BY_NAME[label] for label in objects if label in COCO_BY_NAME)
    scene = [word for label in known for word in label.scene]
    labels = ", ".join(dict.fromkeys([*objects, *tags]))
    return f"{content_sentences(picture.description)} {labels}. {' '.join(dict.fromkeys(scene))}".strip()


def label_weights(picture: SearchablePicture) -> NDArray[np.float32]:
    """A unit vector: scores of objects, the root of every class's probability, the number of people."""
    objects = np.array([picture.hints.get(name, 0.0) for name in OBJECT_NAMES], np.float32)
    classes = _CLASS_WEIGHT * np.sqrt(picture.tags.probabilities)
    people = sum(thing.label == "person" for thing in picture.objects)
    weights = np.concatenate([objects, classes, _PEOPLE_WEIGHT * people_seen(people)])
    return (weights / np.linalg.norm(weights)).astype(np.float32)
