"""Bytes on their way in: each file is hashed, measured and typed while it is written, once."""

import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from uuid import UUID

import structlog

from aionserver.domains.uploads.errors import FileTooLarge, TooManyFiles, UnsupportedFormat
from aionserver.infra.errors import AionError, InvalidInput
from aionserver.infra.scope import Infra
from aionserver.infra.storage import ObjectWriter, StoredObject
from aionserver.infra.web.multipart import FormFields, PartData, PartEvent, PartStart
from aionserver.kit.ids import new_id
from aionserver.kit.media_types import HEAD_BYTES, MediaType, sniff

log = structlog.get_logger(__name__)
LONGEST_NAME = 255


@dataclass(frozen=True)
class Received:
    """A file whose bytes are stored; it is not in the library yet."""

    file_id: UUID
    position: int
    filename: str
    media: MediaType
    stored: StoredObject


@dataclass(frozen=True)
class Rejected:
    """A file that was not taken."""

    position: int
    filename: str
    error: AionError


@dataclass
class Delivery:
    """All that one request brought."""

    received: list[Received] = field(default_factory=list[Received])
    rejected: list[Rejected] = field(default_factory=list[Rejected])
    fields: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def count(self) -> int:
        """Files that were sent, taken or not."""
        return len(self.received) + len(self.rejected)

    async def discard(self, infra: Infra, keep: frozenset[UUID] = frozenset()) -> None:
        """Remove stored bytes that did not become files. What a crash leaves behind, the sweep removes."""
        for one in self.received:
            if one.file_id not in keep:
                await infra.storage.delete(one.stored.key)


class _Incoming:
    """One file while it arrives."""

    def __init__(self, infra: Infra, tenant_id: UUID, filename: str, position: int) -> None:
        self._infra, self._tenant_id = infra, tenant_id
        self.file_id = new_id()
        self.filename, self.position = clean_filename(filename), position
        self._head = bytearray()
        self._size = 0
        self._writer: ObjectWriter | None = None
        self._media: MediaType | None = None
        self.error: AionError | None = None

    async def take(self, data: bytes) -> None:
        """Store a piece, unless the file is refused already."""
        if self.error is not None:
            return
        self._size += len(data)
        if self._size > self._infra.settings.max_upload_bytes:
            most = self._infra.settings.max_upload_bytes // (1024 * 1024)
            self.error = FileTooLarge(f"The file is larger than {most} MB.")
            return
        if self._writer is not None:
            await self._writer.write(data)
            return
        self._head += data
        if len(self._head) >= HEAD_BYTES:
            await self._begin()

    async def _begin(self) -> None:
        media = sniff(bytes(self._head), self.filename)
        if media is None or media.media_type != "image":
            self.error = UnsupportedFormat(refusal(media, not self._head))
            return
        self._media = media
        key = object_key(self._tenant_id, self.file_id, self.filename)
        self._writer = await self._infra.storage.open_writer(key, media.content_type)
        await self._writer.write(bytes(self._head))

    async def finish(self) -> Received | Rejected:
        """The stored file, or why it was refused."""
        if self.error is None and self._writer is None:
            await self._begin()
        if self.error is not None or self._writer is None or self._media is None:
            error = self.error or UnsupportedFormat("The file is empty.")
            return Rejected(self.position, self.filename, error)
        return Received(self.file_id, self.position, self.filename, self._media, await self._writer.close())


def refusal(media: MediaType | None, is_empty: bool) -> str:
    """Why a file of this type is not taken."""
    if is_empty:
        return "The file is empty."
    kinds = "JPEG, PNG, WebP, GIF, HEIC and AVIF pictures"
    what = "Its content is of no known type" if media is None else f"It is a {media.format} file"
    return f"{what}; this server takes {kinds}."


def clean_filename(filename: str) -> str:
    """The last part of a path, composed (NFC), without control characters, at most 255 characters."""
    last = PurePosixPath(unicodedata.normalize("NFC", filename).replace("\\", "/")).name
    name = re.sub(r"[\x00-\x1f\x7f]", "", last).strip()
    return name[-LONGEST_NAME:] or "file"


def object_key(tenant_id: UUID, file_id: UUID, filename: str) -> str:
    """Where a file's bytes are stored; the id in it tells the sweep whose they are."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", filename)[-100:].strip(".") or "file"
    return f"uploads/{tenant_id}/{file_id}/{safe}"


async def receive(
    infra: Infra, tenant_id: UUID, parts: AsyncIterator[PartEvent], field_name: str, most_files: int
) -> Delivery:
    """Read a multipart body: files named `field_name` are stored, plain fields are kept."""
    delivery, fields, incoming = Delivery(), FormFields(), None
    try:
        async for part in parts:
            if isinstance(part, PartStart):
                incoming = _start(infra, tenant_id, part, field_name, delivery.count, most_files)
                if incoming is None:
                    fields.start(part.name)
            elif isinstance(part, PartData):
                if incoming:
                    await incoming.take(part.data)
                else:
                    fields.add(part.data)
            elif incoming:
                _file(delivery, await incoming.finish())
        delivery.fields = fields.values()
    except BaseException:
        await delivery.discard(infra)
        raise
    return delivery


def _start(
    infra: Infra, tenant_id: UUID, part: PartStart, field_name: str, position: int, most_files: int
) -> _Incoming | None:
    if part.filename is None:
        return None
    incoming = _Incoming(infra, tenant_id, part.filename, position)
    if part.name != field_name:
        incoming.error = InvalidInput.field(part.name, f"files are taken in the field '{field_name}'")
    elif position >= most_files:
        incoming.error = TooManyFiles(f"A request takes at most {most_files} files.")
    return incoming


def _file(delivery: Delivery, outcome: Received | Rejected) -> None:
    if isinstance(outcome, Received):
        delivery.received.append(outcome)
    else:
        delivery.rejected.append(outcome)
