"""API keys as text: `aion_`, 34 random base62 characters and 6 of checksum."""

from aionserver.kit import tokens
from aionserver.kit.tokens import fingerprint

__all__ = ["fingerprint", "is_well_formed", "new_key", "shown_prefix"]
PREFIX = "aion_"
SHOWN_LENGTH = 12


def new_key() -> str:
    """A fresh key; shown once, never stored."""
    return tokens.new_token(PREFIX)


def is_well_formed(key: str) -> bool:
    """Whether `key` has the shape and the checksum of a key; a mistyped one has not."""
    return tokens.is_well_formed(PREFIX, key)


def shown_prefix(key: str) -> str:
    """The first 12 characters, by which people tell keys apart."""
    return key[:SHOWN_LENGTH]
