"""A re-ranker on another machine: Cohere, Jina, vLLM, infinity and others, which all speak `POST /rerank`."""

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx2

from aionserver.models.reranking.contract import RerankingError

_MAX_ANSWER_BYTES: Final = 1_000_000
_CONNECT_SECONDS: Final = 5.0
_LONGEST_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class RemoteReranker:
    """`Reranker` at an address such as https://host/v1/rerank, within `timeout_seconds` altogether."""

    url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout_seconds: float = 5.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"the re-ranker must be an http(s) URL, got {self.url!r}")

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
        return _scores(_object(self._ask(body)), len(texts))

    def _ask(self, body: dict[str, Any]) -> bytes:
        deadline = time.monotonic() + self.timeout_seconds
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        timeout = httpx2.Timeout(self.timeout_seconds, connect=min(self.timeout_seconds, _CONNECT_SECONDS))
        try:
            with (
                httpx2.Client(trust_env=False, follow_redirects=False) as client,
                client.stream("POST", self.address, json=body, headers=headers, timeout=timeout) as response,
            ):
                content = _read(response, deadline)
        except httpx2.TimeoutException as error:
            raise RerankingError(f"the re-ranker did not answer within {self.timeout_seconds:g} s") from error
        except httpx2.HTTPError as error:
            raise RerankingError(f"the re-ranker cannot be reached ({type(error).__name__})") from error
        if response.status_code != 200:
            raise RerankingError(f"the re-ranker answered {response.status_code}")
        return content


def _read(response: httpx2.Response, deadline: float) -> bytes:
    """The body; a server that drips bytes meets the deadline, not only the pause between two of them."""
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > _MAX_ANSWER_BYTES:
            raise RerankingError("the re-ranker's answer is too large")
        if time.monotonic() > deadline:
            raise RerankingError("the re-ranker took too long to answer")
    return bytes(content)


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RerankingError("the re-ranker did not answer with JSON") from error
    if not isinstance(answer, dict):
        raise RerankingError("the re-ranker did not answer with a JSON object")
    return cast("dict[str, Any]", answer)


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
