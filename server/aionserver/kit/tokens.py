"""Random tokens as text: a prefix that says what they are, random base62 characters and 6 of checksum."""

import hashlib
import hmac
import re

from aionserver.kit.ids import BASE62, checksum, random_text

RANDOM_LENGTH = 34
# The first characters stay when a token is replaced; those that change are as many as nobody guesses.
FAMILY_LENGTH = 17
_BODY = re.compile(r"[0-9A-Za-z]{40}")


def new_token(prefix: str) -> str:
    """A fresh token; shown once, never stored."""
    body = prefix + random_text(RANDOM_LENGTH)
    return body + checksum(body)


def family_of(prefix: str, token: str) -> str:
    """What a token has in common with those it replaced, and with those that replace it."""
    return token[: len(prefix) + FAMILY_LENGTH]


def following_token(prefix: str, secret: bytes, token: str) -> str:
    """The token that replaces another of its family: the same each time, and not to be found without the secret."""
    number, body = int.from_bytes(hmac.digest(secret, token.encode(), "sha256"), "big"), family_of(prefix, token)
    for _ in range(RANDOM_LENGTH - FAMILY_LENGTH):
        number, rest = divmod(number, len(BASE62))
        body += BASE62[rest]
    return body + checksum(body)


def is_well_formed(prefix: str, token: str) -> bool:
    """Whether `token` has this prefix, the shape and the checksum of a token; a mistyped one has not."""
    if not token.startswith(prefix) or _BODY.fullmatch(token[len(prefix) :]) is None:
        return False
    return checksum(token[:-6]) == token[-6:]


def fingerprint(token: str) -> bytes:
    """SHA-256 of the token, which is what is stored; the token is random, so no salt is needed."""
    return hashlib.sha256(token.encode()).digest()
