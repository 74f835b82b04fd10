"""One store for all objects; the same calls for a local folder and for a bucket."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, S3Store, from_url

from aionserver.infra.errors import AionError, NotFound, OutOfStorage, Unavailable

log = structlog.get_logger(__name__)


class ObjectNotFound(NotFound):
    """No object is stored under the key."""

    code = "OBJECT_NOT_FOUND"


FILE = "file://"
# Network pieces are a sixteenth of this; each write is a way to another thread and back.
WRITE_BYTES = 1024 * 1024
PART_BYTES = 8 * 1024 * 1024
# Seconds, not the minutes that are usual: a request waits for it, and jobs are tried again anyway.
LONGEST_RETRY = timedelta(seconds=20)


@dataclass(frozen=True)
class ObjectInfo:
    """What is known of an object without reading it."""

    size_bytes: int
    etag: str | None


@dataclass(frozen=True)
class StoredObject:
    """What a finished write has made."""

    key: str
    size_bytes: int
    sha256: str


class ObjectWriter:
    """Takes an object piece by piece, hashing as it goes; nothing is visible before `close`."""

    def __init__(self, sink: Any, key: str) -> None:
        self._sink = sink
        self.key = key
        self.size_bytes = 0
        self._digest = hashlib.sha256()
        self._waiting = bytearray()

    async def write(self, piece: bytes) -> None:
        """Append a piece."""
        self._waiting += piece
        if len(self._waiting) >= WRITE_BYTES:
            await self._pass_on()

    async def _pass_on(self) -> None:
        ready, self._waiting = bytes(self._waiting), bytearray()
        self._digest.update(ready)
        self.size_bytes += len(ready)
        await _translated(self._sink.write(ready))

    async def close(self) -> StoredObject:
        """Make the object visible under its key, whole."""
        await self._pass_on()
        await _translated(self._sink.close())
        return StoredObject(self.key, self.size_bytes, self._digest.hexdigest())


class Storage:
    """The object store. `local` is its folder, or None for a bucket, whose URLs it signs itself."""

    def __init__(self, url: str) -> None:
        self.local: Path | None = None
        if url.startswith(FILE):
            self.local = Path(url.removeprefix(FILE))  # as it stands: a folder's name may have # and ? and %
            self._store: Any = LocalStore(prefix=self.local, mkdir=True)
        else:
            self._store = from_url(url, retry_config={"max_retries": 5, "retry_timeout": LONGEST_RETRY})

    async def open_writer(self, key: str, content_type: str) -> ObjectWriter:
        """A writer for a new object."""
        attributes = None if self.local else {"Content-Type": content_type}
        sink = obstore.open_writer_async(self._store, key, attributes=attributes, buffer_size=PART_BYTES)
        return ObjectWriter(sink, key)

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store a whole small object, atomically."""
        attributes = None if self.local else {"Content-Type": content_type}
        await _translated(obstore.put_async(self._store, key, data, attributes=attributes))

    async def get(self, key: str) -> bytes:
        """The whole object."""
        answer = await _translated(obstore.get_async(self._store, key))
        return bytes(await _translated(answer.bytes_async()))

    async def head(self, key: str) -> ObjectInfo:
        """Size and entity tag; NotFound when there is no such object."""
        meta = await _translated(obstore.head_async(self._store, key))
        return ObjectInfo(int(meta["size"]), meta.get("e_tag"))

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`, in pieces."""
        answer = await _translated(obstore.get_async(self._store, key, options={"range": (start, end)}))
        async for piece in answer.stream(min_chunk_size=256 * 1024):
            yield bytes(piece)

    async def delete(self, key: str) -> None:
        """Remove an object; no error when it is gone already."""
        try:
            await _translated(obstore.delete_async(self._store, key))
        except NotFound:
            return

    def path_of(self, key: str) -> Path | None:
        """The file of an object in local storage; None for a bucket."""
        return self.local / key if self.local else None

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """Every key that begins with `prefix` (whole path segments)."""
        try:
            async for page in obstore.list(self._store, prefix=prefix, chunk_size=1000):
                for meta in page:
                    yield meta["path"]
        except (BaseError, OSError) as error:
            raise _fault(error) from error

    def signed_url(self, key: str, seconds: int) -> str:
        """A bucket's own presigned URL to read an object; local storage has none (its URLs are the server's)."""
        if not isinstance(self._store, (S3Store, GCSStore, AzureStore)):
            raise NotFound("This storage signs no URLs of its own.")
        store: Any = self._store
        return str(obstore.sign(store, "GET", key, timedelta(seconds=seconds)))


async def _translated(work: Any) -> Any:
    try:
        return await work
    except FileNotFoundError:
        raise ObjectNotFound("The stored object is gone.") from None
    except (BaseError, OSError) as error:
        raise _fault(error) from error


def _fault(error: Exception) -> AionError:
    """What callers are told; the store's own words name places and accounts, and go to the log only."""
    log.error("storage_failed", error=str(error).splitlines()[0])
    if "No space left" in str(error) or "os error 28" in str(error):
        return OutOfStorage("The storage is full.", headers={"Retry-After": "60"})
    return Unavailable("The object storage did not do as asked; try again.", headers={"Retry-After": "1"})
