"""Single calls with other limits, and whole answers."""

from __future__ import annotations

import pytest

from aion import RawResponse, ServerError, ValidationError

from .stand_in import Answer

FOLDERS = "GET /api/v2/folders"
EMPTY = Answer(data={"folders": []})


async def test_a_call_may_have_other_limits(client, api):
    api.plan(FOLDERS, Answer(500), EMPTY)
    hasty = client.with_options(max_retries=0, timeout=1.5)
    with pytest.raises(ServerError):
        await hasty.folders.tree()
    assert (hasty.config.max_retries, hasty.config.timeout) == (0, 1.5)
    assert (client.config.max_retries, client.config.timeout) == (3, 300.0)
    assert (await client.folders.tree()).folders == []
    with pytest.raises(ValueError, match="timeout"):
        client.with_options(timeout=0)


async def test_other_limits_use_the_same_connections_and_circuits(client, api):
    assert client.with_options(timeout=5)._http._pool is client._http._pool
    api.plan(FOLDERS, *[Answer(500)] * 5)
    for _ in range(5):
        with pytest.raises(ServerError):
            await client.with_options(max_retries=0).folders.tree()
    with pytest.raises(Exception, match="keeps failing"):
        await client.folders.tree()


async def test_a_whole_answer_has_status_headers_and_what_the_call_gives(client, api):
    api.plan("POST /api/v2/folders", Answer(201, {"id": "d1", "name": "Cars"}, headers={"x-ratelimit-remaining": "7"}))
    answer = await client.with_raw_response.folders.create("Cars")
    assert isinstance(answer, RawResponse)
    assert (answer.status_code, answer.request_id, answer.parse().name) == (201, "req-1", "Cars")
    assert (answer.headers["x-ratelimit-remaining"], answer.content[:1]) == ("7", b"{")
    assert answer.url.endswith("/api/v2/folders")
    assert "201" in repr(answer)


def test_a_whole_answer_comes_from_the_blocking_client_too(blocking, api):
    api.plan(FOLDERS, EMPTY)
    answer = blocking.with_raw_response.folders.tree()
    assert (answer.status_code, answer.parse().folders) == (200, [])


async def test_of_several_answers_the_last_is_given(client, photo):
    answer = await client.with_raw_response.uploads.upload([photo("a.jpg"), photo("b.jpg")])
    assert "/user-files?" in answer.url
    assert answer.parse().succeeded_count == 2


async def test_a_call_that_asks_nothing_has_no_answer(client, api):
    with pytest.raises(RuntimeError, match="no answer"):
        await client.with_raw_response.files.list(ids=[])
    with pytest.raises(ValidationError):
        await client.with_raw_response.folders.create("")
    assert not api.asked


def test_blocking_calls_may_have_other_limits(blocking, api):
    api.plan(FOLDERS, Answer(500), EMPTY)
    hasty = blocking.with_options(max_retries=0)
    with pytest.raises(ServerError):
        hasty.folders.tree()
    assert (blocking.folders.tree().folders, hasty.async_client is blocking.async_client) == ([], False)
