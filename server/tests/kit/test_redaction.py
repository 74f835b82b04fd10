"""What is kept of values from anywhere has no secrets in it, is JSON, and is never longer than its bound."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.api_keys import new_key
from aionserver.kit.ids import new_id
from aionserver.kit.redaction import CUT, MOST_BYTES, REMOVED, clean_json, clean_text, is_secret_name
from aionserver.kit.tokens import new_token


def cleaned(values: Any) -> Any:
    return json.loads(clean_json(values))


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "passwordHash",
        "key_hash",
        "api_key",
        "apikey",
        "API-Key",
        "secretAccessKey",
        "sealed_keys",
        "access_token",
        "Authorization",
        "Set-Cookie",
        "private key",
    ],
)
def test_a_field_named_like_a_secret_is_known_as_one(name: str) -> None:
    assert is_secret_name(name)
    assert cleaned({name: "open sesame"}) == {name: REMOVED}
    assert cleaned({"changes": {name: ("old", "new")}}) == {"changes": {name: REMOVED}}


@pytest.mark.parametrize(
    "name", ["title", "api_key_id", "key_prefix", "token_count", "tags", "monkey", "", "expires_at"]
)
def test_what_only_speaks_of_a_secret_is_none(name: str) -> None:
    assert not is_secret_name(name)


def test_numbers_and_truths_are_no_secrets_whatever_they_are_called() -> None:
    assert cleaned({"input_tokens": 12, "has_password": True, "token": None}) == {
        "input_tokens": 12,
        "has_password": True,
        "token": None,
    }


@pytest.mark.parametrize("text", ["{}", "it was {}", "https://x/verify?t={}&y", "a" * 1990 + " {}"])
@pytest.mark.parametrize("token", [new_key(), new_token("ses_"), new_token("reset_")])
def test_the_products_own_tokens_are_found_in_any_text(text: str, token: str) -> None:
    kept = clean_text(text.format(token), 2000)
    assert token[8:20] not in kept
    assert cleaned({"title": text.format(token)})["title"] == kept


def test_bytes_are_never_kept() -> None:
    assert cleaned({"a": b"sealed", "b": [memoryview(b"x"), bytearray(b"y")]}) == {"a": REMOVED, "b": [REMOVED] * 2}


def test_what_json_has_no_word_for_is_written_as_text() -> None:
    one, moment = new_id(), datetime(2026, 1, 2, tzinfo=UTC)
    assert cleaned({"id": one, "at": moment, "never": float("nan"), "large": 10**5000, "set": {1}}) == {
        "id": str(one),
        "at": str(moment),
        "never": CUT,
        "large": CUT,
        "set": [1],
    }


def test_what_is_long_many_or_deep_is_cut_and_says_so() -> None:
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"in": deep}
    kept = cleaned({"text": "a" * 5000, "list": list(range(1000)), "deep": deep, "nul": "a\0b", "half": "\ud800"})
    assert kept["text"] == "a" * 1999 + CUT
    assert kept["list"] == [*range(100), CUT]
    assert CUT in json.dumps(kept["deep"], ensure_ascii=False)
    assert (kept["nul"], kept["half"]) == ("ab", "?")
    assert cleaned({str(number): number for number in range(150)})[CUT] == 50


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), JSON), st.integers(1, 5000))
def test_whatever_comes_is_json_within_the_bound(values: dict[str, Any], times: int) -> None:
    text = clean_json({"changes": {"many": [values] * times, "long": "\N{WHITE SMILING FACE}" * times * 9}, **values})
    assert len(text.encode()) <= MOST_BYTES
    json.loads(text)
    without_backslashes = text.replace("\\\\", "")
    assert "\\u0000" not in without_backslashes
