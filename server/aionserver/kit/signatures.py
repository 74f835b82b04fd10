"""HMAC signatures over ordered fields, for URLs that carry their own permission."""

import base64
import hmac
from collections.abc import Sequence
from functools import lru_cache


def sign(secret: bytes, fields: Sequence[str]) -> str:
    """URL-safe HMAC-SHA256 of the fields; each is length-prefixed, so no two lists sign alike."""
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (f.encode() for f in fields))
    digest = hmac.digest(secret, message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def matches(secret: bytes, fields: Sequence[str], signature: str) -> bool:
    """Whether `signature` is the one of the fields, compared in constant time."""
    return hmac.compare_digest(sign(secret, fields).encode(), signature.encode())


@lru_cache(maxsize=16)
def derive_key(secret: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose, so that one signature never serves for another."""
    return hmac.digest(secret, purpose.encode(), "sha256")
