"""Bytes on their way in: each file is hashed, measured and typed while it is written, once."""

import asyncio
import re
import unicodedata
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from uuid import UUID

import structlog

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.custom_storage.service import DEFAULT, Store
from aionserver.domains.uploads.errors import FileTooLarge, TooManyFiles, UnsupportedFormat
from aionserver.domains.uploads.kinds import most_bytes_of, refusal, require_size, takes
from aionserver.infra.errors import AionError, InvalidInput
from aionserver.infra.scope import Reader
from aionserver.infra.storage import ObjectWriter, StoredObject
from aionserver.infra.web.multipart import FormFields, PartData, PartEvent, PartStart
from aionserver.kit.ids import new_id
from aionserver.kit.media_types import HEAD_BYTES, MediaType, sniff

log = structlog.get_logger(__name__)
LONGEST_NAME = 255
# Control characters, and those that turn the direction of writing, by which a name looks like another.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
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
    store: Store


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

    async def discard(self, keep: frozenset[UUID] = frozenset()) -> None:
        """Remove stored bytes that did not become files. What a crash or a silent store leaves, the sweep removes."""
        for one in self.received:
            if one.file_id not in keep:
                try:
                    await one.store.storage.delete(one.stored.key)
                except AionError as error:
                    log.warning("upload_not_discarded", key=one.stored.key, reason=error.message)
                    return  # not to wait for each of them


class _Incoming:
    """One file while it arrives."""

    def __init__(self, reader: Reader, store: Store, filename: str, position: int) -> None:
        self._settings, self._tenant_id, self._store = reader.infra.settings, reader.tenant_id, store
        self.file_id = new_id()
        self.filename, self.position = clean_filename(filename), position
        self._head = bytearray()
        self._size, self._most_bytes = 0, self._settings.max_upload_bytes
        self._writer: ObjectWriter | None = None
        self._media: MediaType | None = None
        self.error: AionError | None = None

    async def take(self, data: memoryview) -> None:
        """Store a piece, unless the file is refused already."""
        if self.error is not None:
            return
        self._size += len(data)
        if not await self._fits():
            return
        if self._writer is not None:
            await self._writer.write(data)
            return
        self._head += data
        if len(self._head) >= HEAD_BYTES:
            await self._begin()

    async def _fits(self) -> bool:
        """Whether it is not too large until now; what was stored of one that is, is let go."""
        try:
            require_size(self._size, self._most_bytes)
        except FileTooLarge as error:
            self.error = error
            await self.abandon()
        return self.error is None

    async def abandon(self) -> None:
        """Let go of what was stored of it."""
        if self._writer is not None:
            await self._writer.abandon()

    async def _begin(self) -> None:
        media = sniff(bytes(self._head), self.filename)
        if media is None or not takes(media):
            self.error = UnsupportedFormat(refusal(media, bytes(self._head)))
            return
        self._media, self._most_bytes = media, most_bytes_of(self._settings, media.media_type)
        if not await self._fits():
            return
        key = object_key(self._tenant_id, self.file_id, self.filename)
        self._writer = self._store.storage.open_writer(key, media.content_type)
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
        return Received(self.file_id, self.position, self.filename, self._media, stored, self._store)


def clean_filename(filename: str) -> str:
    """The last part of a path, composed (NFC), without characters that are not seen, at most 255 of them."""
    last = PurePosixPath(unicodedata.normalize("NFC", filename).replace("\\", "/")).name
    name = UNSEEN.sub("", last).strip()
    return name[-LONGEST_NAME:] if name.strip(".") else "file"


def object_key(tenant_id: UUID, file_id: UUID, filename: str) -> str:
    """Where a file's bytes are stored; the id in it tells the sweep whose they are."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", filename)[-100:].strip(".") or "file"
    return f"uploads/{tenant_id}/{file_id}/{safe}"


async def take_bytes(reader: Reader, filename: str, data: bytes) -> Received:
    """A file that is here as a whole, stored; what it is refused for, as an error."""
    incoming = _Incoming(reader, Store(reader.infra.storage), filename, 0)
    try:
        await incoming.take(memoryview(data))
    except BaseException:
        await incoming.abandon()
        raise
    outcome = await incoming.finish()
    if isinstance(outcome, Rejected):
        raise outcome.error
    return outcome


async def moved(one: Received, store: Store) -> Received:
    """The same file in another store: from the server's to a bucket, or back."""
    if one.store.bucket_id is not None and store.bucket_id is not None:
        raise custom_storage.BucketChanged("Your bucket was changed while the upload was on its way; send it again.")
    writer = store.storage.open_writer(one.stored.key, one.media.content_type)
    try:
        async for piece in one.store.storage.stream(one.stored.key, 0, one.stored.size_bytes):
            await writer.write(piece)
        stored = await writer.close()
    except BaseException:
        await writer.abandon()
        raise
    await one.store.storage.delete(one.stored.key)
    return replace(one, stored=stored, store=store)


async def receive(reader: Reader, parts: AsyncIterator[PartEvent], field_name: str, most_files: int) -> Delivery:
    """Read a multipart body: files named `field_name` are stored, plain fields are kept.

    Files that come before the field `storage_target` are stored as without it first, and moved in the end.
    """
    reception = _Reception(reader, field_name, most_files)
    try:
        async for part in parts:
            await reception.take(part)
        return await reception.complete()
    except BaseException:
        await reception.discard()
        raise


class _Reception:
    """One request while its body is read. The disk gets hold of a file while the next ones arrive."""

    def __init__(self, reader: Reader, field_name: str, most_files: int) -> None:
        self._reader = reader
        self._store, self._target = Store(reader.infra.storage), DEFAULT
        self._field_name, self._most_files = field_name, most_files
        self._delivery, self._fields = Delivery(), FormFields()
        self._files = 0
        self._incoming: _Incoming | None = None
        self._refusal: AionError | None = None
        self._finishing: deque[asyncio.Task[Received | Rejected]] = deque()

    async def take(self, part: PartEvent) -> None:
        """Go on by a piece of the body."""
        if isinstance(part, PartStart):
            await self._start(part)
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
        await self._choose_store()
        if self._refusal is not None:
            raise self._refusal
        for position, one in enumerate(self._delivery.received):
            if one.store.bucket_id != self._store.bucket_id:
                self._delivery.received[position] = await moved(one, self._store)
        return self._delivery

    async def discard(self) -> None:
        """Remove what has come of a body that is not taken."""
        if self._incoming:
            await self._incoming.abandon()
        outcomes = await asyncio.gather(*self._finishing, return_exceptions=True)
        self._delivery.received += [one for one in outcomes if isinstance(one, Received)]
        await self._delivery.discard()

    async def _start(self, part: PartStart) -> None:
        if part.filename is None:
            self._fields.start(part.name)
            return
        await self._choose_store()
        self._incoming = _Incoming(self._reader, self._store, part.filename, self._files)
        self._incoming.error = self._refusal
        if part.name != self._field_name:
            self._incoming.error = InvalidInput.field(part.name, f"files are taken in the field '{self._field_name}'")
        elif self._files >= self._most_files:
            self._incoming.error = TooManyFiles(f"A request takes at most {self._most_files} files.")
        self._files += 1

    async def _choose_store(self) -> None:
        """Go by the fields that have come. What is wrong with the store is said once the whole body is read."""
        target = self._fields.values().get("storage_target", DEFAULT)
        if target == self._target:
            return
        self._target, self._refusal = target, None
        try:
            self._store = await custom_storage.store_for(self._reader, target)
        except AionError as error:
            self._refusal = error

    async def _file(self, most_left: int) -> None:
        while len(self._finishing) > most_left:
            outcome = await self._finishing.popleft()
            if isinstance(outcome, Received):
                self._delivery.received.append(outcome)
            else:
                self._delivery.rejected.append(outcome)
