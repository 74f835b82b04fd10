"""A re-ranker on another machine: Cohere, Jina, vLLM, infinity and others, which all speak `POST /rerank`."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import httpx2

from aionserver.models.json_servers import JsonServer
from aionserver.models.reranking.contract import RerankingError

_SERVER: Final = JsonServer("the re-ranker", RerankingError, connect_seconds=5.0)
_LONGEST_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class RemoteReranker:
    """`Reranker` at an address such as https://host/v1/rerank, within `timeout_seconds` altogether."""

    url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout_seconds: float = 5.0

    def __post_init__(self) -> None:
        _SERVER.check(self.url)

    @property
    def name(self) -> str:
        """The model that judges."""
        return self.model

    @property
    def address(self) -> str:
        """Where to ask."""
        base = self.url.rstrip("/")
        return base if base.endswith("/rerank") else f"{base}/rerank"

    def judge(self, query: str, texts: Sequence[str]) -> list[float]:
        """The relevance of each text, 0-1; RerankingError where there is no answer, or none that fits."""
        if not texts:
            return []
        body = {
            "model": self.model,
            "query": query,
            "documents": [text[:_LONGEST_TEXT] for text in texts],
            "top_n": len(texts),
            "return_documents": False,
        }
        return _scores(self._ask(body), len(texts))

    def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + self.timeout_seconds
        with httpx2.Client(trust_env=False, follow_redirects=False) as client:
            status, content = _SERVER.post(client, self.address, body, self.api_key, deadline, self.timeout_seconds)
        if status != 200:
            raise RerankingError(f"the re-ranker answered {status}")
        return _SERVER.object_in(content)


def _scores(answer: dict[str, Any], count: int) -> list[float]:
    """A score for each text; all have to be there."""
    found = dict[int, float]()
    results = answer.get("results")
    for one in cast("list[Any]", results) if isinstance(results, list) else []:
        entry = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        index, score = entry.get("index"), entry.get("relevance_score")
        if isinstance(index, int) and isinstance(score, int | float) and math.isfinite(score):
            found[index] = float(score)
    if found.keys() != set(range(count)):
        raise RerankingError("the re-ranker did not judge every text once")
    return [_bounded(found[number]) for number in range(count)]


def _bounded(score: float) -> float:
    """The score itself where it is one of 0-1."""
    return min(1.0, max(0.0, score))
