"""Identifiers: UUIDv7 (sorted by time), prefixes of them, and random base62 text."""

import os
import re
import secrets
import string
import time
import uuid
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIX_LENGTH = 8
_FULL = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX_WITH_DASHES = re.compile(r"[0-9a-f-]{8,36}")


def new_id() -> uuid.UUID:
    """A UUIDv7 of this moment (RFC 9562: 48 bits of Unix milliseconds, then 74 random bits)."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def parse_id(text: str) -> uuid.UUID | None:
    """The UUID that `text` writes in full, or None."""
    return uuid.UUID(text) if _FULL.fullmatch(text) else None


def parse_ids(texts: Iterable[str]) -> tuple[list[uuid.UUID], list[str]]:
    """The well-formed ids in their order without repeats, and the texts that are no id."""
    found: dict[uuid.UUID, None] = {}
    malformed: list[str] = []
    for text in texts:
        value = parse_id(text)
        if value is None:
            malformed.append(text)
        else:
            found[value] = None
    return list(found), malformed


def id_range(prefix: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The lowest and highest UUID that begin with `prefix` (8 to 36 characters), or None when it can't begin one."""
    text = prefix.lower()
    if not _HEX_WITH_DASHES.fullmatch(text):
        return None
    digits = text.replace("-", "")
    if not PREFIX_LENGTH <= len(digits) <= 32:
        return None
    canonical = str(uuid.UUID(digits.ljust(32, "0")))
    if not (canonical.startswith(text) or text == digits):
        return None
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))


def random_text(length: int) -> str:
    """`length` random base62 characters from the system's generator."""
    return "".join(secrets.choice(BASE62) for _ in range(length))


def checksum(text: str) -> str:
    """CRC32 of `text` as 6 base62 characters."""
    value, digits = zlib.crc32(text.encode()), ""
    while len(digits) < 6:
        value, rest = divmod(value, 62)
        digits = BASE62[rest] + digits
    return digits


def moment_of(value: uuid.UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((value.int >> 80) / 1000, UTC)
