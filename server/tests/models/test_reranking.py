"""Re-ranking by another machine, against a stand-in that speaks its protocol and may misbehave."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from aionserver.infra.settings import Settings
from aionserver.models.bundled import Loaded
from aionserver.models.loading import load_query_models
from aionserver.models.reranking import Reranker, RerankingError
from aionserver.models.reranking.deterministic import SharedWordsReranker
from aionserver.models.reranking.remote import RemoteReranker

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


def judged(body: dict[str, Any]) -> tuple[int, bytes]:
    """As Cohere and Jina answer: best first, each with its place in the request."""
    scores = SharedWordsReranker().judge(body["query"], body["documents"])
    results = [{"index": number, "relevance_score": score} for number, score in enumerate(scores)]
    return 200, json.dumps({"results": sorted(results, key=lambda one: -one["relevance_score"])}).encode()


class StandIn:
    """What was asked, and what is answered."""

    def __init__(self) -> None:
        self.answer: Answer = judged
        self.asked: list[tuple[str, str | None, dict[str, Any]]] = []


@pytest.fixture
def stand_in() -> Iterator[tuple[StandIn, str]]:
    state = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append((self.path, self.headers["Authorization"], body))
            status, content = state.answer(body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state, f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def test_texts_are_judged_in_their_own_order(stand_in: tuple[StandIn, str]) -> None:
    state, url = stand_in
    reranker = RemoteReranker(url, "bge-reranker-base", "secret")
    assert reranker.judge("clean filter", ["the pump", "clean the filter", "a filter"]) == [0.0, 1.0, 0.5]
    path, authorization, body = state.asked[0]
    assert (path, authorization) == ("/v1/rerank", "Bearer secret")
    assert (body["model"], body["top_n"]) == ("bge-reranker-base", 3)
    assert reranker.judge("clean filter", []) == []
    assert len(state.asked) == 1


def answered(*results: Any) -> Answer:
    return lambda _: (200, json.dumps({"results": list(results)}).encode())


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: (500, b""),
        lambda _: (302, b""),
        lambda _: (200, b"not json"),
        lambda _: (200, b"[]"),
        lambda _: (200, b"{}"),
        lambda _: (200, b" " * 2_000_000),
        answered({"index": 0, "relevance_score": 0.5}),
        answered({"index": 0, "relevance_score": 0.5}, {"index": 2, "relevance_score": 0.5}),
        answered({"index": 0, "relevance_score": "much"}, {"index": 1, "relevance_score": 0.5}),
        answered({"index": 0, "relevance_score": float("nan")}, {"index": 1, "relevance_score": 0.5}),
        answered("nonsense", None),
    ],
)
def test_an_answer_that_does_not_fit_is_none(stand_in: tuple[StandIn, str], answer: Answer) -> None:
    state, url = stand_in
    state.answer = answer
    with pytest.raises(RerankingError):
        RemoteReranker(url, "model").judge("query", ["one", "two"])


def test_scores_are_bounded(stand_in: tuple[StandIn, str]) -> None:
    state, url = stand_in
    state.answer = answered({"index": 0, "relevance_score": 7.5}, {"index": 1, "relevance_score": -3})
    assert RemoteReranker(url, "model").judge("query", ["one", "two"]) == [1.0, 0.0]


def test_a_slow_server_is_not_waited_for(stand_in: tuple[StandIn, str]) -> None:
    state, url = stand_in

    def slow(body: dict[str, Any]) -> tuple[int, bytes]:
        time.sleep(0.6)
        return judged(body)

    state.answer = slow
    with pytest.raises(RerankingError, match=r"within 0\.2 s"):
        RemoteReranker(url, "model", timeout_seconds=0.2).judge("query", ["one"])


def test_a_server_that_is_away_is_told_without_the_key() -> None:
    with pytest.raises(RerankingError) as told:
        RemoteReranker("http://127.0.0.1:9", "model", "secret").judge("query", ["one"])
    assert "secret" not in str(told.value)
    assert "secret" not in repr(RemoteReranker("http://127.0.0.1:9", "model", "secret"))


def test_it_is_used_only_where_a_setting_names_it() -> None:
    plain, named = Loaded(), Loaded()
    load_query_models(plain, Settings(models="deterministic"))
    assert Reranker not in plain
    settings = Settings(models="deterministic", rerank_url="http://127.0.0.1:9/v1", rerank_model="bge-reranker-base")
    load_query_models(named, settings)
    found = named[Reranker]
    assert isinstance(found, RemoteReranker) and found.name == "bge-reranker-base"


@pytest.mark.parametrize("values", [{"rerank_url": "http://host"}, {"rerank_url": "host", "rerank_model": "m"}])
def test_half_a_setting_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="AIONVISION_RERANK"):
        Settings(**values)
