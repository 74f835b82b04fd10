"""Fits what the vectors of words are shortened by: their mean, and the directions in which they differ most.

python tools/word_projection.py corpus.jsonl

The committed file is fitted to the passages of MTRAG's conversations (Apache-2.0): lines with a `title` and a `text`.
"""

import json
import sys
from pathlib import Path

import numpy as np

from aionserver.kit.late_interaction import WORD_DIMENSIONS
from aionserver.models.text_embedding import embedded
from aionserver.models.text_embedding.embedded import WORD_PROJECTION, MiniLmTextEmbedder

TEXTS, SEED = 1_500, 7
MODEL_DIMENSIONS = MiniLmTextEmbedder.dimensions


def main(corpus: Path) -> None:
    """Write the projection over the one that is there."""
    rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    chosen = np.random.default_rng(SEED).permutation(len(rows))[:TEXTS]
    texts = [f"{rows[number]['title']} {rows[number]['text']}" for number in chosen]
    # With a projection that changes nothing, words have the network's own vectors.
    embedder = MiniLmTextEmbedder(1)
    vars(embedder).update(_usual_word=np.zeros(MODEL_DIMENSIONS), _directions=np.eye(MODEL_DIMENSIONS))
    vectors = np.concatenate([one.word_vectors for one in embedder.embed_with_words(texts)])
    mean = vectors.mean(axis=0)
    directions = np.linalg.eigh(np.cov(vectors.T)).eigenvectors.T[::-1][:WORD_DIMENSIONS]
    np.save(WORD_PROJECTION, np.stack([mean, *directions]).astype(np.float16))
    print(f"{len(vectors)} words of {len(texts)} texts, {embedded.__name__}: {WORD_PROJECTION.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
