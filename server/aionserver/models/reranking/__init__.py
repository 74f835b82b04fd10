"""Passages judged once more, each beside the query: by a server that speaks `/rerank`, or by shared words for tests."""

from aionserver.models.reranking.contract import Reranker, RerankingError

__all__ = ["Reranker", "RerankingError"]
