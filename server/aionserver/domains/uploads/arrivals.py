"""What arrived at a presigned URL: brought to where it stays, measured, hashed and typed."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from aionserver.domains.custom_storage.service import Store
from aionserver.domains.uploads.errors import (
    ChecksumMismatch,
    FileTooLarge,
    SizeMismatch,
    UnsupportedFormat,
    UploadNotArrived,
)
from aionserver.domains.uploads.intake import Received
from aionserver.domains.uploads.kinds import kind_of, refusal, takes
from aionserver.domains.uploads.presigned import incoming_key
from aionserver.infra.errors import InvalidInput, NotFound
from aionserver.infra.storage import StoredObject
from aionserver.kit.media_types import HEAD_BYTES, sniff

CHECKSUM = re.compile(r"(?:(?:sha256:)?([0-9a-f]{64})|(?:md5:)?([0-9a-f]{32}))", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """What a client says it has put; None where it says nothing."""

    size_bytes: int | None = None
    checksum: str | None = None

    def __post_init__(self) -> None:
        if self.checksum and not CHECKSUM.fullmatch(self.checksum):
            raise InvalidInput.field("checksum", "must be a SHA-256 or MD5 in hexadecimal")

    @property
    def is_md5(self) -> bool:
        """Whether the checksum is an MD5."""
        said = CHECKSUM.fullmatch(self.checksum or "")
        return said is not None and said[2] is not None


async def take_in(store: Store, pending: Any, claim: Claim) -> Received:
    """The file that arrived for a pending upload, where it stays; an error when it did not, or is none that is taken.

    After an error it can be asked for again, and goes on from where things stand.
    """
    key = pending.object_key
    try:
        await store.storage.settle(incoming_key(pending), key)
        size_bytes = (await store.storage.head(key)).size_bytes
    except NotFound:
        raise UploadNotArrived(f"{pending.filename}: nothing was put at its URL yet.") from None
    _require_size(pending, claim, size_bytes)
    sha256, md5, head = await _read(store, key, size_bytes, with_md5=claim.is_md5)
    _require_checksum(claim, sha256, md5)
    media = sniff(head, pending.filename)
    if media is None or not takes(media):
        raise UnsupportedFormat(refusal(media, head))
    if media.media_type != kind_of(pending.content_type):
        raise UnsupportedFormat(f"It is a {media.format} file, and was announced as {pending.content_type}.")
    stored = StoredObject(key, size_bytes, sha256)
    return Received(pending.id, pending.position, pending.filename, media, stored, store)


def _require_size(pending: Any, claim: Claim, size_bytes: int) -> None:
    if size_bytes == 0:
        raise UnsupportedFormat(refusal(None, b""))
    if size_bytes > pending.size_bytes:
        raise FileTooLarge(f"{size_bytes} bytes arrived, and {pending.size_bytes} were announced.")
    if claim.size_bytes not in (None, size_bytes):
        raise SizeMismatch(f"{size_bytes} bytes arrived, and the confirmation says {claim.size_bytes}.")


async def _read(store: Store, key: str, size_bytes: int, *, with_md5: bool) -> tuple[str, str, bytes]:
    """SHA-256, MD5 (of nothing where it is not asked for) and the first bytes."""
    sha256, md5, head = hashlib.sha256(), hashlib.md5(usedforsecurity=False), b""
    async for piece in store.storage.stream(key, 0, size_bytes):
        sha256.update(piece)
        if with_md5:
            md5.update(piece)
        head += piece[: HEAD_BYTES - len(head)]
    return sha256.hexdigest(), md5.hexdigest(), head


def _require_checksum(claim: Claim, sha256: str, md5: str) -> None:
    said = CHECKSUM.fullmatch(claim.checksum or "")
    if said and (said[1] or said[2]).lower() not in (sha256, md5):
        raise ChecksumMismatch("The bytes that arrived have another checksum than the confirmation says.")
