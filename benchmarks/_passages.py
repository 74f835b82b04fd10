"""Texts ranked in memory by the product's own functions: the same words, weights and score, without a database."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aionserver.domains.search.documents import meant_words
from aionserver.domains.search.passages import MATCHED
from aionserver.kit.chunking import split, text_to_embed
from aionserver.kit.documents.blocks import Block, Page
from aionserver.kit.late_interaction import matches, packed
from aionserver.kit.passage_queries import PassageQuery, Weighed, weighed
from aionserver.kit.passage_ranking import COVERAGE_TO_MEANING, Signals, scores
from aionserver.kit.passage_terms import EVERY_PASSAGE, QueryTerms, weights_of
from aionserver.kit.passage_words import words_of_passage
from aionserver.kit.words import content_stems
from aionserver.models.text_embedding import TextEmbedder

SALT = b""
WINDOW_TOKENS = 200
Scores = NDArray[np.floating[Any]]


def chunks_of(embedder: TextEmbedder, title: str, text: str) -> list[str]:
    """What stands for the chunks of a plain text in a search."""
    blocks = tuple(Block("paragraph", part) for part in text.split("\n\n") if part.strip())
    pieces = split([Page(1, blocks)], False, embedder.count_tokens)
    return [text_to_embed(piece.content, piece.heading_path, title) for piece in pieces] or [title]


def windows_of(embedder: TextEmbedder, words: Iterable[str]) -> list[str]:
    """The words in windows of at most 200 tokens."""
    windows, tokens = [list[str]()], 0
    for word in words:
        tokens += embedder.count_tokens(word)
        if windows[-1] and tokens > WINDOW_TOKENS:
            windows.append([])
            tokens = embedder.count_tokens(word)
        windows[-1].append(word)
    return [" ".join(window) for window in windows if window]


@lru_cache(1 << 14)
def _weights_of(text: str) -> dict[int, float]:
    return weights_of(words_of_passage(text), SALT)


@dataclass
class Ours:
    """Documents, each of some texts, as the product ranks them: by its best text."""

    embedder: TextEmbedder
    documents: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        self.texts = [text for texts in self.documents for text in texts]
        self.owners = np.array([number for number, texts in enumerate(self.documents) for _ in texts])
        read = self.embedder.embed_with_words(self.texts)
        self.vectors = np.stack([one.vector for one in read])
        self._words = [packed(one.word_vectors) for one in read]
        self._having = defaultdict[int, list[tuple[int, float]]](list)
        for number, text in enumerate(self.texts):
            for term, weight in _weights_of(text).items():
                self._having[term].append((number, weight))
        self._counts = {term: len(having) for term, having in self._having.items()} | {EVERY_PASSAGE: len(self.texts)}

    def signals(self, question: str, earlier: Sequence[str] = ()) -> tuple[Scores, Scores]:
        """What vectors and words say of each text."""
        asked = weighed(question, earlier)
        return self._meaning(asked), self._coverage(self._terms(PassageQuery.of(asked, ["en"])))

    def _meaning(self, asked: Sequence[Weighed]) -> Scores:
        vectors = self.embedder.embed([one.text for one in asked])
        vector = np.array([one.weight for one in asked], np.float32) @ vectors
        return self.vectors @ (vector / np.linalg.norm(vector))

    def _terms(self, query: PassageQuery) -> QueryTerms:
        return QueryTerms.of(query.words, SALT, self._counts)

    def _coverage(self, terms: QueryTerms) -> Scores:
        coverage = np.zeros(len(self.texts))
        for term, share in terms.coverage_weights().items():
            for number, weight in self._having.get(term, ()):
                coverage[number] += share * weight
        return coverage

    def _shares(self, terms: QueryTerms) -> list[float]:
        had = defaultdict[int, set[int]](set)
        for term in terms.terms:
            for one in term.numbers:
                for number, _ in self._having.get(one, ()):
                    had[number].add(one)
        return terms.shares([had.get(number, ()) for number in range(len(self.texts))])

    def _matches(self, asked: Sequence[Weighed], terms: QueryTerms, first: Scores) -> list[float | None]:
        """How near their words are to the question's, of those texts that come first without."""
        read = self.embedder.embed_with_words([one.text for one in asked])
        looked_at: list[int] = np.argsort(-first, kind="stable")[:MATCHED].tolist()
        found: list[float | None] = [None] * len(first)
        near = matches(*meant_words(read, terms, ["en"], SALT), [self._words[number] for number in looked_at])
        for number, match in zip(looked_at, near, strict=True):
            found[number] = match
        return found

    def scores(self, question: str, earlier: Sequence[str] = ()) -> Scores:
        """Each document's score 0-1."""
        asked = weighed(question, earlier)
        query = PassageQuery.of(asked, ["en"])
        terms = self._terms(query)
        meaning, coverage, shares = self._meaning(asked), self._coverage(terms), self._shares(terms)
        found = self._matches(asked, terms, meaning + COVERAGE_TO_MEANING * coverage)
        judged = zip(meaning.tolist(), coverage.tolist(), found, shares, strict=True)
        signals = [
            Signals(max(0.0, m), c, match=match, share=share, keywords=query.keywords) for m, c, match, share in judged
        ]
        best = np.zeros(len(self.documents))
        np.maximum.at(best, self.owners, scores(signals))
        return best


@dataclass
class Bare:
    """The same documents by the model alone, and by BM25 of stemmed words."""

    embedder: TextEmbedder
    documents: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        self.owners = np.array([number for number, texts in enumerate(self.documents) for _ in texts])
        texts = [text for texts in self.documents for text in texts]
        self.vectors = self.embedder.embed(texts)
        self._counts = [Counter(content_stems(text)) for text in texts]
        self._lengths = np.array([sum(counts.values()) for counts in self._counts], float)
        self._having = defaultdict[str, list[int]](list)
        for number, counts in enumerate(self._counts):
            for word in counts:
                self._having[word].append(number)

    def by_vector(self, question: str) -> Scores:
        """Cosines."""
        return self._best(self.vectors @ self.embedder.embed([question])[0])

    def by_words(self, question: str) -> Scores:
        """BM25 with its usual constants."""
        scores = np.zeros(len(self._counts))
        for word in dict.fromkeys(content_stems(question)):
            having = self._having.get(word, [])
            rarity = log(1 + (len(self._counts) - len(having) + 0.5) / (len(having) + 0.5))
            found = np.array([self._counts[number][word] for number in having], float)
            length = 0.25 + 0.75 * self._lengths[having] / max(self._lengths.mean(), 1)
            scores[having] += rarity * found * 2.2 / (found + 1.2 * length)
        return self._best(scores)

    def _best(self, scores: Scores) -> Scores:
        best = np.full(len(self.documents), -np.inf)
        np.maximum.at(best, self.owners, scores)
        return best


def z(scores: Scores) -> Scores:
    """Scores by how many deviations they are off the mean."""
    return (scores - scores.mean()) / max(float(scores.std()), 1e-9)


def fused_by_places(*every: Scores) -> Scores:
    """Reciprocal rank fusion."""
    return sum((1 / (60 + _places(scores)) for scores in every), np.zeros(len(every[0])))


def _places(scores: Scores) -> Scores:
    places = np.empty(len(scores))
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return places


def ndcg(scores: Scores, relevant: dict[int, int], at: int) -> float:
    """Discounted gain of the first, of what it could be."""
    order: list[int] = np.argsort(-scores, kind="stable")[:at].tolist()
    gain = sum(relevant.get(number, 0) / np.log2(place + 2) for place, number in enumerate(order))
    best = sorted(relevant.values(), reverse=True)[:at]
    return float(gain / sum(grade / np.log2(place + 2) for place, grade in enumerate(best)))
