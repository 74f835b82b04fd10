"""What may be kept of values from anywhere: without secrets, as JSON, and no longer than a bound."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

REMOVED = "[removed]"
CUT = "…"
MOST_BYTES = 16 * 1024
LARGEST_NUMBER = 2**63
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")
_PASSWORDS = {"otp", "passphrase", "passwd", "password", "passwords", "pin", "pwd"}
_TOKENS = {"authorization", "cookie", "cookies", "credential", "credentials", "signature", "token", "tokens"}
_SECRET_WORDS = frozenset({"hash", "sealed", "secret", "secrets"} | _PASSWORDS | _TOKENS)
# A key's id, name or prefix is none.
_SECRET_ENDS = frozenset({"key", "keys", "apikey", "passcode"})
_HARMLESS_ENDS = frozenset({"id", "ids", "name", "prefix", "count", "at", "until", "type"})
_TOKEN = re.compile(r"[A-Za-z]{2,12}_[0-9A-Za-z]{40}(?![0-9A-Za-z])")


@dataclass(frozen=True)
class Bounds:
    """How much is kept of a text (in characters), of a list or object (in items), and how deep (in levels)."""

    text: int = 2000
    items: int = 100
    depth: int = 6


# What is still too long by the first is cut by the next.
NARROWING = (Bounds(), Bounds(400, 40, 4), Bounds(80, 12, 3))


def is_secret_name(name: str) -> bool:
    """Whether what is called so is a secret: `password`, `api_key`, `secretAccessKey`; but not `api_key_id`."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _HARMLESS_ENDS:
        return False
    return words[-1] in _SECRET_ENDS or not _SECRET_WORDS.isdisjoint(words)


def clean_text(text: str, most: int) -> str:
    """The text as UTF-8 and PostgreSQL can hold it, without the product's own tokens, cut to `most` characters."""
    # A token that the cut would leave half of is found by looking a little further.
    text = text[: most + 64].replace("\0", "").encode("utf-8", "replace").decode()
    text = _TOKEN.sub(REMOVED, text)
    return text if len(text) <= most else text[: most - 1] + CUT


def clean_json(values: Mapping[str, Any]) -> str:
    """The values as JSON of at most 16 KB; secrets are replaced, and what is long is cut."""
    for bounds in NARROWING:
        text = json.dumps(_clean(values, bounds, bounds.depth), separators=(",", ":"), ensure_ascii=False)
        if len(text.encode()) <= MOST_BYTES:
            return text
    return json.dumps({"cut": True})


def _clean(value: Any, bounds: Bounds, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean_text(value, bounds.text)
    if isinstance(value, (int, float)):
        return value if abs(value) < LARGEST_NUMBER else CUT  # of NaN it is neither
    if isinstance(value, (bytes, bytearray, memoryview)):
        return REMOVED
    if isinstance(value, Mapping):
        return _clean_fields(cast("Mapping[Any, Any]", value), bounds, depth) if depth else CUT
    if isinstance(value, (list, tuple, set, frozenset)):
        return _clean_items(cast("Iterable[Any]", value), bounds, depth) if depth else CUT
    return clean_text(str(value), bounds.text)


def _clean_fields(values: Mapping[Any, Any], bounds: Bounds, depth: int) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in islice(values.items(), bounds.items):
        text = clean_text(str(name), bounds.text)
        is_hidden = is_secret_name(text) and not isinstance(value, (bool, int, float, type(None)))
        kept[text] = REMOVED if is_hidden else _clean(value, bounds, depth - 1)
    return kept | ({CUT: len(values) - bounds.items} if len(values) > bounds.items else {})


def _clean_items(values: Iterable[Any], bounds: Bounds, depth: int) -> list[Any]:
    found = list(values)
    kept = [_clean(value, bounds, depth - 1) for value in found[: bounds.items]]
    return [*kept, CUT] if len(found) > bounds.items else kept
