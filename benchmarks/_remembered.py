"""Vectors that a benchmark has made before, kept in the temporary folder by the model and the text."""

import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aionserver.kit.late_interaction import WORD_DIMENSIONS
from aionserver.models.text_embedding import EmbeddedText, TextEmbedder


class RememberingEmbedder:
    """`TextEmbedder` that embeds a text once and for all."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self.name, self.version, self.dimensions = embedder.name, embedder.version, embedder.dimensions
        folder = Path(tempfile.gettempdir()) / "aionvision-bench-vectors"
        folder.mkdir(exist_ok=True)
        # Every vector is kept at once, so that two benchmarks can run beside each other.
        self._kept = sqlite3.connect(folder / f"{self.name}-{self.version}.sqlite", timeout=60, isolation_level=None)
        self._kept.execute("pragma journal_mode = wal")
        self._kept.execute("pragma synchronous = off")
        self._kept.execute("create table if not exists vectors (text blob primary key, vector blob)")
        self._kept.execute("create table if not exists words (text blob primary key, words text, vectors blob)")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, one row a text."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for number, text in enumerate(texts):
            vectors[number] = self._vector(text)
        return vectors

    def embed_with_words(self, texts: Sequence[str]) -> Sequence[EmbeddedText]:
        """Texts and their words."""
        return [self._with_words(text) for text in texts]

    def count_tokens(self, text: str) -> int:
        """The model's own count."""
        return self._embedder.count_tokens(text)

    def _with_words(self, text: str) -> EmbeddedText:
        key = _key(text)
        query = "select vector, words, vectors from vectors join words using (text) where text = ?"
        if row := self._kept.execute(query, (key,)).fetchone():
            vectors = np.frombuffer(row[2], np.float16).astype(np.float32).reshape(-1, WORD_DIMENSIONS)
            return EmbeddedText(np.frombuffer(row[0], np.float32), json.loads(row[1]), vectors)
        (made,) = self._embedder.embed_with_words([text])
        kept = (key, json.dumps(list(made.words)), made.word_vectors.astype(np.float16).tobytes())
        self._kept.execute("insert or replace into vectors values (?, ?)", (key, made.vector.tobytes()))
        self._kept.execute("insert or replace into words values (?, ?, ?)", kept)
        return made

    def _vector(self, text: str) -> NDArray[np.float32]:
        key = _key(text)
        row = self._kept.execute("select vector from vectors where text = ?", (key,)).fetchone()
        if row:
            return np.frombuffer(row[0], np.float32)
        vector = self._embedder.embed([text])[0]
        self._kept.execute("insert or replace into vectors values (?, ?)", (key, vector.tobytes()))
        return vector


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
