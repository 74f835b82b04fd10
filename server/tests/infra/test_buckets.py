"""Buckets opened by keys that somebody gave: what their errors mean, and by which way they are reached."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aionserver.infra.errors import AionError, Unavailable
from aionserver.infra.settings import Settings
from aionserver.infra.storage import BucketAccess, OpenBucket, OpenBuckets, Rest, Storage, refusal_of
from aionserver.infra.storage.opened import MOST_OPEN, REST
from aionserver.infra.tunnels import Tunnels
from aionserver.kit.ids import new_id

MALFORMED = (
    "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; "
    "expecting 'eu-west-1'</Message><Region>eu-west-1</Region></Error>"
)
ELSEWHERE = "<Error><Code>PermanentRedirect</Code><Message>Use another endpoint.</Message></Error>"


class Answers:
    """A server that answers every request alike, as Amazon does."""

    def __init__(self, status: int, body: str) -> None:
        self._text = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        sent = re.search(r"content-length: (\d+)", head)
        await reader.readexactly(int(sent[1]) if sent else 0)
        writer.write(self._text.encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def answering(status: int, body: str) -> AsyncGenerator[str]:
    server = await asyncio.start_server(Answers(status, body).answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class Told(AionError):
    """The refusal, as a test sees it."""


def opened(endpoint: str, **changes: Any) -> Storage:
    def told(error: Exception) -> AionError:
        refusal = refusal_of(error)
        return Told(refusal.sentence, details=refusal.is_away)

    given: dict[str, Any] = {"endpoint_url": endpoint, "allow_http": True, "fault": told, **changes}
    return Storage(BucketAccess("bucket", "us-east-1", "KEYKEYKEYKEYKEYK", "secret-secret-secret", **given))


@pytest.mark.parametrize(
    ("status", "body", "sentence", "is_away"),
    [
        (400, MALFORMED, "The bucket lies in another region: it is eu-west-1.", False),
        (301, ELSEWHERE, "The bucket lies in another region.", False),
        (403, "", "Access denied: the access key lacks rights that are needed in this bucket.", False),
        (404, "<Error><Code>NoSuchBucket</Code></Error>", "There is no such bucket.", False),
        (400, "<Error><Code>EntityTooBig</Code></Error>", "The bucket did not do as asked (EntityTooBig).", False),
        (400, "<html>", "The bucket did not do as asked.", False),
        (501, "<Error><Code>NotImplemented</Code></Error>", "The bucket can't be reached.", True),
    ],
)
async def test_each_refusal_is_one_sentence(status: int, body: str, sentence: str, is_away: bool) -> None:
    async with answering(status, body) as endpoint:
        with pytest.raises(Told) as found:
            await opened(endpoint).put("a", b"x", "text/plain")
        assert (found.value.message, found.value.details) == (sentence, is_away)


async def test_a_bucket_nobody_answers_for_is_away() -> None:
    with pytest.raises(Told) as found:
        await opened("http://127.0.0.1:9").get("a")
    assert (found.value.message, found.value.details) == ("The bucket can't be reached.", True)


async def test_an_object_larger_than_it_was_is_not_read() -> None:
    async with answering(200, "x" * 5000) as endpoint:
        assert len(await opened(endpoint).get("a", 5000)) == 5000
        with pytest.raises(AionError, match="replaced by a larger one"):
            await opened(endpoint).get("a", 4999)


async def test_requests_go_through_the_tunnel_and_by_no_other_way() -> None:
    met: list[object] = []
    server = await asyncio.start_server(lambda _, writer: (met.append(1), writer.close())[1], "127.0.0.1", 0)
    tunnels = Tunnels()
    async with server:
        endpoint = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        refusing = await tunnels.url(Settings.model_validate({"allow_private_endpoints": False}))
        with pytest.raises(Told, match="can't be reached"):
            await opened(endpoint, proxy_url=refusing, allow_http=False).get("a")
        assert met == []
        with pytest.raises(Told, match="can't be reached"):
            await opened(endpoint, allow_http=False).get("a")
        assert met != []
    await tunnels.close()


def test_neither_key_is_in_what_is_printed_of_a_bucket() -> None:
    access = BucketAccess(
        "bucket", "us-east-1", "KEYKEYKEYKEYKEYK", "secret-secret-secret", fault=lambda error: Told(str(error))
    )
    assert "KEYKEY" not in repr(access)
    assert "secret-secret" not in repr(access)


def bucket(version: int, rest: Rest) -> OpenBucket:
    return OpenBucket(version, opened("http://127.0.0.1:9"), rest, lambda: Unavailable("It rests."))


def test_a_bucket_rests_for_a_while_after_it_did_not_answer() -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    rest = Rest(lambda: now[0])
    found = bucket(1, rest)
    assert found.storage is not None
    rest.begin()
    with pytest.raises(Unavailable, match="It rests"):
        _ = found.storage
    now[0] += REST + timedelta(seconds=1)
    assert found.storage is not None


def test_the_last_used_buckets_stay_open_until_they_change() -> None:
    buckets, rest = OpenBuckets(), Rest(lambda: datetime.now(UTC))
    ids = [new_id() for _ in range(MOST_OPEN + 1)]
    first = buckets.keep(ids[0], bucket(1, rest))
    assert buckets.find(ids[0], 1) is first
    assert buckets.find(ids[0], 2) is None
    for bucket_id in ids[1:-1]:
        buckets.keep(bucket_id, bucket(1, rest))
    assert buckets.find(ids[0], 1) is first
    buckets.keep(ids[-1], bucket(1, rest))
    assert buckets.find(ids[0], 1) is first
    assert buckets.find(ids[1], 1) is None
