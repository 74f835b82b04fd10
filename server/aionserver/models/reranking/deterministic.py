"""Judgement for tests: by the share of the query's words that a text has."""

from collections.abc import Sequence

from aionserver.kit.words import content_stems


class SharedWordsReranker:
    """`Reranker` that counts words."""

    name = "deterministic-shared-words"

    def judge(self, query: str, texts: Sequence[str]) -> list[float]:
        """The share of the query's words in each text."""
        wanted = set(content_stems(query))
        return [len(wanted.intersection(content_stems(text))) / max(1, len(wanted)) for text in texts]
