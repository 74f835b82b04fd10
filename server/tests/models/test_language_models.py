"""Language models behind endpoints: what they say, call and want, and what becomes of endpoints that misbehave."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from aionserver.models.language_model import Asked, Finished, Function, Message, Wanted, Words
from aionserver.models.language_model.remote import Endpoint as Place
from aionserver.models.language_model.remote import RemoteLanguageModel
from plugins.language_models import READ, WRITTEN, Endpoint, Format, Reply

FORMS = ("openai", "anthropic", "google")
SCHEMA: Mapping[str, Any] = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}


def model(endpoint: Endpoint, form: Format, **changes: Any) -> RemoteLanguageModel:
    return RemoteLanguageModel(Place(form, "m", endpoint.url(form), "a-secret-key", **changes))


async def ask(model: RemoteLanguageModel, **changes: Any) -> tuple[str, Finished]:
    asked = Asked(**{"instructions": "Be brief.", "text": "Hello?", **changes})
    told = [one async for one in model.answer(asked)]
    assert isinstance(told[-1], Finished)
    return "".join(one.text for one in told if isinstance(one, Words)), told[-1]


def searching(found: list[Mapping[str, Any]]) -> Function:
    async def call(arguments: Mapping[str, Any]) -> str:
        found.append(arguments)
        return '{"items": ["a pole"]}'

    return Function("search", "Find things.", SCHEMA, call)


@pytest.mark.parametrize("form", FORMS)
async def test_words_come_as_they_are_said(endpoint: Endpoint, form: Format) -> None:
    endpoint.replies = [Reply(["Hel", "lo ", "there"])]
    words, end = await ask(model(endpoint, form), history=[Message("user", "Hi"), Message("assistant", "Yes?")])
    assert (words, end.failure, end.wanted) == ("Hello there", None, ())
    assert (end.tokens.read, end.tokens.written, end.tokens.requests) == (READ, WRITTEN, 1)
    sent = json.dumps(endpoint.asked[0])
    assert all(text in sent for text in ("Be brief.", "Hello?", "Yes?")) and "a-secret-key" not in sent


@pytest.mark.parametrize("form", FORMS)
async def test_functions_are_called_and_their_results_read(endpoint: Endpoint, form: Format) -> None:
    called: list[Mapping[str, Any]] = []
    endpoint.replies = [Reply(call="search", arguments={"query": "poles"}), Reply(["One pole."])]
    words, end = await ask(model(endpoint, form), functions=[searching(called)])
    assert (words, called, end.failure) == ("One pole.", [{"query": "poles"}], None)
    assert end.tokens.requests == 2 and end.tokens.read == 2 * READ
    assert "a pole" in json.dumps(endpoint.asked[1])


@pytest.mark.parametrize("form", FORMS)
async def test_what_may_only_be_wanted_ends_the_run(endpoint: Endpoint, form: Format) -> None:
    endpoint.replies = [Reply(call="delete", arguments={"query": "poles"})]
    _, end = await ask(model(endpoint, form), functions=[Function("delete", "Delete things.", SCHEMA)])
    assert end.wanted == (Wanted("delete", {"query": "poles"}),)
    assert (end.failure, end.tokens.requests) == (None, 1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=429), "rate-limited"),
        (Reply(status=401), "key was refused"),
        (Reply(status=500), "provider failed"),
        (Reply(status=503), "not available"),
        (Reply(status=400), "refused the request"),
        (Reply(["Hel", "lo"], cut_after=0), "could not be understood"),
        (Reply(body=b"data: {broken\n\n"), ""),
        (Reply(["late"], wait_seconds=3), "too long"),
    ],
)
async def test_endpoints_that_misbehave_are_told_of(
    endpoint: Endpoint, form: Format, reply: Reply, reason: str
) -> None:
    endpoint.replies = [reply]
    words, end = await ask(model(endpoint, form, timeout_seconds=0.5), timeout_seconds=8)
    assert end.failure is not None
    assert (words, reason in end.failure, "a-secret-key" in end.failure) == ("", True, False)


@pytest.mark.parametrize(("form", "words"), [("openai", "Hel"), ("google", "Hel"), ("anthropic", "")])
async def test_half_a_stream_is_no_answer_and_is_accounted_for(endpoint: Endpoint, form: Format, words: str) -> None:
    endpoint.replies = [Reply(["Hel", "lo"], cut_after=1)]
    said, end = await ask(model(endpoint, form))
    assert (said, end.failure) == (words, "its answer broke off" if words else "its answer could not be understood")
    assert end.tokens.read > 0 and end.tokens.requests > 0 and bool(end.tokens.written) == bool(words)


@pytest.mark.parametrize("form", FORMS)
async def test_wrong_names_and_arguments_are_told_to_the_model_and_then_given_up(
    endpoint: Endpoint, form: Format
) -> None:
    called: list[Mapping[str, Any]] = []
    endpoint.replies = [Reply(call="no_such", arguments={"query": "x"}), Reply(["Sorry."])]
    words, end = await ask(model(endpoint, form), functions=[searching(called)])
    assert (words, called, end.failure) == ("Sorry.", [], None)
    endpoint.replies = [Reply(call="no_such", arguments={"query": "x"})]
    _, end = await ask(model(endpoint, form), functions=[searching(called)])
    assert end.failure is not None and end.tokens.requests > 1


async def test_an_endpoint_that_is_not_there_is_told_of() -> None:
    place = Place("openai", "m", "http://127.0.0.1:9/v1", "a-secret-key")
    words, end = await ask(RemoteLanguageModel(place))
    assert (words, end.failure) == ("", "it cannot be reached")


async def test_a_run_is_bounded_in_requests(endpoint: Endpoint) -> None:
    called: list[Mapping[str, Any]] = []
    endpoint.replies = [Reply(call="search", arguments={"query": "x"})]
    _, end = await ask(model(endpoint, "openai"), functions=[searching(called)], most_requests=3)
    assert (len(called), end.tokens.requests) == (3, 3)
    assert end.failure == "it needed more tokens or steps than it may use"


@pytest.mark.parametrize("form", FORMS)
async def test_what_is_busy_for_a_moment_is_asked_again(endpoint: Endpoint, form: Format) -> None:
    endpoint.replies = [Reply(status=503), Reply(status=429, headers={"Retry-After": "1"}), Reply(["There."])]
    words, end = await ask(model(endpoint, form))
    assert (words, end.failure, len(endpoint.asked)) == ("There.", None, 3)


@pytest.mark.parametrize("form", ["openai", "anthropic"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "11"},
        {"Retry-After": "86400"},
        {"Retry-After": "inf"},
        {"retry-after-ms": "60000"},
        {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)},
        {"Retry-After": "3600", "x-should-retry": "true"},
    ],
)
async def test_nobody_waits_for_what_is_busy_for_long(
    endpoint: Endpoint, form: Format, headers: Mapping[str, str]
) -> None:
    endpoint.replies = [Reply(status=429, headers=headers)]
    began = time.monotonic()
    _, end = await ask(model(endpoint, form))
    assert (end.failure, len(endpoint.asked)) == ("it is rate-limited at the moment", 1)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("headers", [{"Retry-After": "soon"}, {"Retry-After": "-5"}, {"Retry-After": "nan"}])
async def test_a_time_to_wait_that_is_none_is_passed_over(endpoint: Endpoint, headers: Mapping[str, str]) -> None:
    endpoint.replies = [Reply(status=429, headers=headers), Reply(["There."])]
    words, end = await ask(model(endpoint, "openai"))
    assert (words, end.failure) == ("There.", None)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("own_key", [False, True])
async def test_who_listens_no_more_ends_the_providers_work(endpoint: Endpoint, form: Format, own_key: bool) -> None:
    endpoint.replies = [Reply(["word "] * 2_000, pause_seconds=0.005)]
    told = model(endpoint, form, own_key=own_key).answer(Asked(instructions="Go on.", text="And on."))
    assert isinstance(await anext(told), Words)
    await told.aclose()
    until = time.monotonic() + 5
    while not endpoint.left and time.monotonic() < until:
        await asyncio.sleep(0.02)
    assert endpoint.left == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_no_key_is_in_logs_even_if_all_is_logged_and_the_provider_repeats_it(
    endpoint: Endpoint, form: Format, status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.replies = [
        Reply(status=status, headers={"Retry-After": "99"}, body=b'{"error": {"message": "a-secret-key"}}')
    ]
    asked = model(endpoint, form, own_key=True)
    _, end = await ask(asked)
    assert end.failure and endpoint.keys[0] == "a-secret-key"
    assert "a-secret-key" not in f"{end} {vars(asked)} {capfd.readouterr()}"
    assert "a-secret-key" not in caplog.text
