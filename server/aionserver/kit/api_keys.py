"""API keys as text: `aion_`, 34 random base62 characters and 6 of checksum."""

import hashlib
import re

from aionserver.kit.ids import checksum, random_text

PREFIX = "aion_"
SHOWN_LENGTH = 12
_SHAPE = re.compile(r"aion_[0-9A-Za-z]{40}")


def new_key() -> str:
    """A fresh key; shown once, never stored."""
    body = PREFIX + random_text(34)
    return body + checksum(body)


def is_well_formed(key: str) -> bool:
    """Whether `key` has the shape and the checksum of a key; a mistyped one has not."""
    return _SHAPE.fullmatch(key) is not None and checksum(key[:-6]) == key[-6:]


def fingerprint(key: str) -> bytes:
    """SHA-256 of the key, which is what is stored; the key is random, so no salt is needed."""
    return hashlib.sha256(key.encode()).digest()


def shown_prefix(key: str) -> str:
    """The first 12 characters, by which people tell keys apart."""
    return key[:SHOWN_LENGTH]
