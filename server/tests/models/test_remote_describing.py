"""The remote describer against a real local server that speaks the chat-completions protocol."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aionserver.models.captioning import PictureFacts, TokenCounts
from aionserver.models.captioning.composer import FactComposer
from aionserver.models.captioning.endpoint import VisionEndpoint
from aionserver.models.captioning.remote import RemoteDescriber
from aionserver.models.objects import DetectedObject

KEY = "key-that-must-not-leak"
GOOD = {
    "description": "Two children fly a red kite on a wide sandy beach under a clear blue sky.",
    "tags": ["Kite", "beach", "kite", "x" * 80],
    "visible_text": "",
    "confidence": 1.0,
}
FACTS = PictureFacts(
    width=2000,
    height=1000,
    objects=(DetectedObject("kite", 0.9, 0.4, 0.2, 0.6, 0.4),),
    pixels=np.full((1000, 2000, 3), 90, np.uint8),
)


def completion(content: Any, **choice: Any) -> bytes:
    message = {"role": "assistant", "content": content if isinstance(content, str) else json.dumps(content)}
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop", **choice}]}).encode()


class StandIn(ThreadingHTTPServer):
    """Answers each request with the next of `answers` (the last one for ever): (status, body or writer)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, bytes | Callable[[Any], None]]] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        place = min(len(self.server.requests), len(self.server.answers)) - 1
        status, answer = self.server.answers[place]
        self.send_response(status)
        if callable(answer):
            self.end_headers()
            answer(self.wfile)
            return
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@pytest.fixture
def server() -> Iterator[StandIn]:
    stand_in = StandIn()
    thread = threading.Thread(target=stand_in.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stand_in
    stand_in.shutdown()
    thread.join()
    stand_in.server_close()


def describer(server: StandIn, **settings: Any) -> RemoteDescriber:
    given = {"url": server.url, "model": "tiny-vl", "api_key": KEY, "timeout_seconds": 5.0, **settings}
    return RemoteDescriber(VisionEndpoint(**given), FactComposer())


def test_the_model_writes_description_tags_and_text(server: StandIn) -> None:
    server.answers = [(200, completion({**GOOD, "visible_text": "LIFEGUARD\nON DUTY"}))]
    found = describer(server).describe(FACTS)
    assert found.text == GOOD["description"]
    assert found.tags == ("kite", "beach")
    assert found.visible_text == "LIFEGUARD\nON DUTY"
    assert found.confidence == 0.97
    assert (found.model, found.version, found.fallback_reason) == ("tiny-vl", "remote-1", None)


def test_the_request_is_bounded_and_asks_for_the_schema(server: StandIn) -> None:
    server.answers = [(200, completion(GOOD))]
    describer(server, max_tokens=321).describe(FACTS)
    path, headers, body = server.requests[0]
    assert path == "/v1/chat/completions" and headers["Authorization"] == f"Bearer {KEY}"
    assert body["model"] == "tiny-vl" and body["max_tokens"] == 321
    assert body["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    url: str = body["messages"][0]["content"][1]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,")
    assert Image.open(BytesIO(base64.b64decode(url.partition(",")[2]))).size == (1024, 512)


@pytest.mark.parametrize(
    "answer, reason",
    [
        ((401, b"{}"), "answered 401"),
        ((200, b"not json"), "not answer with JSON"),
        ((200, b"[1]"), "not answer with a JSON object"),
        ((200, b"{}"), "unknown form"),
        ((200, b'{"choices": [{"message": null}]}'), "unknown form"),
        ((200, completion("I am sorry, I cannot do that.")), "valid JSON"),
        ((200, completion([1, 2])), "JSON object"),
        ((200, completion("")), "empty"),
        ((200, completion({"tags": []})), "no description"),
        ((200, completion({**GOOD, "description": "A kite."})), "too short"),
        ((200, completion(GOOD, finish_reason="length")), "cut off"),
        ((200, completion(GOOD, finish_reason="content_filter")), "refused"),
        ((200, completion(GOOD, message={"refusal": "no", "content": None})), "refused"),
        ((200, b"[" * 100_000), "not answer with JSON"),
        ((200, b"x" * 1_000_001), "too large"),
    ],
)
def test_a_bad_answer_falls_back_with_its_reason(server: StandIn, answer: tuple[int, bytes], reason: str) -> None:
    server.answers = [answer]
    found = describer(server).describe(FACTS)
    assert reason in (found.fallback_reason or "")
    assert found.text.startswith("A kite") and found.model == "fact-composer"
    assert KEY not in repr(found)


USED = {
    "prompt_tokens": 900,
    "completion_tokens": 40,
    "prompt_tokens_details": {"cached_tokens": 800},
    "cache_creation_input_tokens": -5,
}


@pytest.mark.parametrize("content", [GOOD, "not JSON"])
def test_tokens_are_told_also_of_an_answer_that_is_of_no_use(server: StandIn, content: Any) -> None:
    answer = json.loads(completion(content)) | {"usage": USED}
    server.answers = [(200, json.dumps(answer).encode())]
    found = describer(server).describe(FACTS)
    assert found.tokens == TokenCounts(read=900, written=40, cache_read=800)
    assert (found.provider, found.fallback_reason is None) == (
        ("127.0.0.1", True) if content is GOOD else ("bundled", False)
    )


@pytest.mark.parametrize(
    "usage", [None, [], "much", {"prompt_tokens": "9"}, {"prompt_tokens": True}, {"prompt_tokens": 1.5}]
)
def test_an_answer_that_counts_no_tokens_has_none(server: StandIn, usage: Any) -> None:
    answer = json.loads(completion(GOOD)) | {"usage": usage}
    server.answers = [(200, json.dumps(answer).encode())]
    assert describer(server).describe(FACTS).tokens == TokenCounts()


def test_a_passing_fault_is_tried_once_more(server: StandIn) -> None:
    server.answers = [(503, b""), (200, completion(GOOD))]
    assert describer(server).describe(FACTS).fallback_reason is None
    assert len(server.requests) == 2


def test_an_endpoint_without_schemas_is_asked_plainly(server: StandIn) -> None:
    server.answers = [(400, b"unknown response_format"), (200, completion(f"```json\n{json.dumps(GOOD)}\n```"))]
    assert describer(server).describe(FACTS).text == GOOD["description"]
    assert "response_format" not in server.requests[1][2]


def test_a_silent_server_costs_no_more_than_the_timeout(server: StandIn) -> None:
    server.answers = [(200, lambda _: time.sleep(1.5))]
    started = time.monotonic()
    found = describer(server, timeout_seconds=0.3).describe(FACTS)
    assert "did not answer within 0.3 s" in (found.fallback_reason or "")
    assert time.monotonic() - started < 1.2


def test_a_dripping_server_costs_no_more_than_the_timeout(server: StandIn) -> None:
    def drip(out: Any) -> None:
        for _ in range(30):
            try:
                out.write(b" ")
                out.flush()
            except OSError:
                return
            time.sleep(0.05)

    server.answers = [(200, drip)]
    started = time.monotonic()
    found = describer(server, timeout_seconds=0.3).describe(FACTS)
    assert "took too long" in (found.fallback_reason or "")
    assert time.monotonic() - started < 1.2


def test_an_endpoint_that_is_not_there_is_named_so(server: StandIn) -> None:
    found = describer(server, url="http://127.0.0.1:1/v1").describe(FACTS)
    assert "cannot be reached (ConnectError)" in (found.fallback_reason or "")


def test_a_dead_endpoint_is_left_alone_for_a_minute(server: StandIn) -> None:
    server.answers = [(401, b"")]
    now = [100.0]
    endpoint = VisionEndpoint(server.url, "tiny-vl")
    remote = RemoteDescriber(endpoint, FactComposer(), clock=lambda: now[0])
    reasons = [remote.describe(FACTS).fallback_reason for _ in range(5)]
    assert len(server.requests) == 3
    assert reasons[3] == reasons[4] and "left alone for a minute" in (reasons[4] or "")
    now[0] += 61
    server.answers = [(200, completion(GOOD))]
    assert remote.describe(FACTS).fallback_reason is None


def test_a_price_above_the_cap_is_never_paid(server: StandIn) -> None:
    found = describer(server, input_price_usd=100.0, max_cost_usd=0.01).describe(FACTS)
    assert "cost more than the cap of 0.01 USD" in (found.fallback_reason or "")
    assert server.requests == []


def test_a_tight_cap_shortens_the_answer(server: StandIn) -> None:
    server.answers = [(200, completion(GOOD))]
    describer(server, output_price_usd=100.0, max_cost_usd=0.02, max_tokens=800).describe(FACTS)
    assert server.requests[0][2]["max_tokens"] == 200


def test_without_pixels_the_embedded_one_writes(server: StandIn) -> None:
    found = describer(server).describe(PictureFacts(width=10, height=10))
    assert "pixels were not at hand" in (found.fallback_reason or "") and server.requests == []


def test_a_long_description_ends_with_a_whole_sentence(server: StandIn) -> None:
    long = " ".join(f"Sentence number {n} tells of one more thing seen." for n in range(20))
    server.answers = [(200, completion({**GOOD, "description": long, "confidence": "high"}))]
    found = describer(server).describe(FACTS)
    assert len(found.text.split()) <= 60 and found.text.endswith("seen.")
    assert found.confidence == 0.85


@pytest.mark.parametrize("url", ["ftp://host/v1", "host/v1", "file:///etc/passwd"])
def test_an_address_that_is_not_http_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be an http"):
        VisionEndpoint(url, "m")
