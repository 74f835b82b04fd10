"""Identifiers and the texts that stand for credentials: ids, API keys, signatures."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.api_keys import fingerprint, is_well_formed, new_key, shown_prefix
from aionserver.kit.ids import BASE62, checksum, id_range, moment_of, new_id, parse_id, parse_ids
from aionserver.kit.signatures import derive_key, matches, sign

FULL = "0199d1c2-3b4a-7c5d-8e6f-0123456789ab"
HEX = st.text("0123456789abcdefABCDEF-", max_size=40)


def test_a_new_id_is_a_version_7_uuid_of_this_moment() -> None:
    before, made, after = datetime.now(UTC), new_id(), datetime.now(UTC)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before.timestamp() - 0.001 <= moment_of(made).timestamp() <= after.timestamp()


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(2000)]
    moments = [moment_of(one) for one in sorted(made)]
    assert moments == [moment_of(one) for one in made]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("text", [FULL, FULL.upper(), FULL.replace("-", "")])
def test_an_id_is_read_in_its_usual_forms(text: str) -> None:
    assert str(parse_id(text)) == FULL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        FULL[:-1],
        FULL + "0",
        "{" + FULL[:-2] + "}",
        "+" + FULL[1:],
        FULL.replace("-", "_"),
        FULL.replace("-", "0"),
        "0" * 15 + "_" + "0" * 16,
        "-" * 36,
        "١" * 32,
        " " + FULL[1:],
        FULL[:-1] + "\n",
        FULL.replace("-7", "7-"),
    ],
)
def test_what_only_resembles_an_id_is_none(text: str) -> None:
    assert parse_id(text) is None


def test_a_list_of_ids_keeps_its_order_drops_repeats_and_tells_the_malformed() -> None:
    other = str(new_id())
    found, malformed = parse_ids([other, "nonsense", FULL, FULL.upper(), ""])
    assert [str(one) for one in found] == [other, FULL]
    assert malformed == ["nonsense", ""]


@pytest.mark.parametrize("prefix", [FULL[:8], FULL[:9], FULL[:13], FULL[:12].replace("-", ""), FULL[:12].upper(), FULL])
def test_a_prefix_is_the_range_of_ids_that_begin_with_it(prefix: str) -> None:
    bounds = id_range(prefix)
    assert bounds is not None
    lowest, highest = bounds
    assert lowest <= uuid.UUID(FULL) <= highest
    digits = prefix.replace("-", "").lower()
    assert lowest.hex.startswith(digits) and highest.hex.startswith(digits)
    assert highest.int - lowest.int == 16 ** (32 - len(digits)) - 1


@pytest.mark.parametrize(
    "prefix", [FULL[:7], "0199-d1c2", "0199d1c2--", "-" * 8, "0199d1-", "g" * 8, "0" * 33, "0" * 36]
)
def test_what_begins_no_id_has_no_range(prefix: str) -> None:
    assert id_range(prefix) is None


@given(st.one_of(HEX, st.text(max_size=40)))
def test_no_text_makes_reading_an_id_fail(text: str) -> None:
    bounds, whole = id_range(text), parse_id(text)
    if whole is not None:
        assert bounds == (whole, whole)
    if bounds is not None:
        assert len(text.replace("-", "")) >= 8


def test_a_new_api_key_is_well_formed_and_no_other_is_like_it() -> None:
    keys = {new_key() for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        assert is_well_formed(key)
        assert key.startswith("aion_") and len(key) == 45 and set(key[5:]) <= set(BASE62)
        assert shown_prefix(key) == key[:12]
        assert len(fingerprint(key)) == 32


@given(st.integers(0, 44), st.sampled_from(BASE62))
def test_a_mistyped_character_of_an_api_key_is_noticed(place: int, typed: str) -> None:
    key = "aion_" + "7" * 34
    key += checksum(key)
    mistyped = key[:place] + typed + key[place + 1 :]
    assert is_well_formed(mistyped) is (mistyped == key)


@given(st.text(max_size=60))
def test_no_text_but_a_key_is_well_formed(text: str) -> None:
    assert not is_well_formed(text)


def test_a_signature_holds_for_its_secret_and_its_fields_only() -> None:
    signature = sign(b"secret", ["GET", "key", ""])
    assert matches(b"secret", ["GET", "key", ""], signature)
    assert not matches(b"other", ["GET", "key", ""], signature)
    assert not matches(b"secret", ["GET", "key"], signature)
    assert not matches(b"secret", ["GET", "key", ""], signature[:-1])
    assert not matches(b"secret", ["GET", "key", ""], "\u00e9")


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_two_lists_of_fields_never_share_a_signature(one: list[str], other: list[str]) -> None:
    assert (sign(b"secret", one) == sign(b"secret", other)) is (one == other)


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert derive_key(b"secret", "objects") != derive_key(b"secret", "webhooks")
    assert derive_key(b"secret", "objects") == derive_key(b"secret", "objects")
