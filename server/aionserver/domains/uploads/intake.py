"""Bytes on their way in: each file is hashed, measured and typed while it is written, once."""

import asyncio
import re
import unicodedata
from collections import deque
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
# Files of one request that wait for the disk at a time, while the next ones arrive.
MOST_FINISHING = 2


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

    async def take(self, data: memoryview) -> None:
        """Store a piece, unless the file is refused already."""
        if self.error is not None:
            return
        self._size += len(data)
        if self._size > self._infra.settings.max_upload_bytes:
            most = self._infra.settings.max_upload_bytes // (1024 * 1024)
            self.error = FileTooLarge(f"The file is larger than {most} MB.")
            await self.abandon()
            return
        if self._writer is not None:
            await self._writer.write(data)
            return
        self._head += data
        if len(self._head) >= HEAD_BYTES:
            await self._begin()

    async def abandon(self) -> None:
        """Let go of what was stored of it."""
        if self._writer is not None:
            await self._writer.abandon()

    async def _begin(self) -> None:
        media = sniff(bytes(self._head), self.filename)
        if media is None or media.media_type != "image":
            self.error = UnsupportedFormat(refusal(media, not self._head))
            return
        self._media = media
        key = object_key(self._tenant_id, self.file_id, self.filename)
        self._writer = self._infra.storage.open_writer(key, media.content_type)
        await self._writer.write(bytes(self._head))

    async def finish(self) -> Received | Rejected:
        """The stored file, or why it was refused."""
        if self.error is None and self._writer is None:
            await self._begin()
        if self.error is not None or self._writer is None or self._media is None:
            error = self.error or UnsupportedFormat("The file is empty.")
            return Rejected(self.position, self.filename, error)
        try:
            stored = await self._writer.close()
        except BaseException:
            await self._writer.abandon()
            raise
        return Received(self.file_id, self.position, self.filename, self._media, stored)


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
    reception = _Reception(infra, tenant_id, field_name, most_files)
    try:
        async for part in parts:
            await reception.take(part)
        return await reception.complete()
    except BaseException:
        await reception.discard()
        raise


class _Reception:
    """One request while its body is read. The disk gets hold of a file while the next ones arrive."""

    def __init__(self, infra: Infra, tenant_id: UUID, field_name: str, most_files: int) -> None:
        self._infra, self._tenant_id = infra, tenant_id
        self._field_name, self._most_files = field_name, most_files
        self._delivery, self._fields = Delivery(), FormFields()
        self._files = 0
        self._incoming: _Incoming | None = None
        self._finishing: deque[asyncio.Task[Received | Rejected]] = deque()

    async def take(self, part: PartEvent) -> None:
        """Go on by a piece of the body."""
        if isinstance(part, PartStart):
            self._start(part)
        elif isinstance(part, PartData):
            if self._incoming:
                await self._incoming.take(part.data)
            else:
                self._fields.add(part.data)
        elif self._incoming:
            self._finishing.append(asyncio.create_task(self._incoming.finish()))
            self._incoming = None
            await self._file(MOST_FINISHING)

    async def complete(self) -> Delivery:
        """What the whole body brought."""
        await self._file(0)
        self._delivery.fields = self._fields.values()
        return self._delivery

    async def discard(self) -> None:
        """Remove what has come of a body that is not taken."""
        if self._incoming:
            await self._incoming.abandon()
        outcomes = await asyncio.gather(*self._finishing, return_exceptions=True)
        self._delivery.received += [one for one in outcomes if isinstance(one, Received)]
        await self._delivery.discard(self._infra)

    def _start(self, part: PartStart) -> None:
        if part.filename is None:
            self._fields.start(part.name)
            return
        self._incoming = _Incoming(self._infra, self._tenant_id, part.filename, self._files)
        if part.name != self._field_name:
            self._incoming.error = InvalidInput.field(part.name, f"files are taken in the field '{self._field_name}'")
        elif self._files >= self._most_files:
            self._incoming.error = TooManyFiles(f"A request takes at most {self._most_files} files.")
        self._files += 1

    async def _file(self, most_left: int) -> None:
        while len(self._finishing) > most_left:
            outcome = await self._finishing.popleft()
            if isinstance(outcome, Received):
                self._delivery.received.append(outcome)
            else:
                self._delivery.rejected.append(outcome)
