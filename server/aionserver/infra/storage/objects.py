"""One store for all objects; the same calls for a local folder and for a bucket."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, S3Store, from_url

from aionserver.infra.errors import NotFound
from aionserver.infra.storage.bucket import BucketObject
from aionserver.infra.storage.faults import fault, translated
from aionserver.infra.storage.folder import FolderFile, remove_unfinished
from aionserver.infra.storage.writing import Memory, ObjectWriter

FILE = "file://"
# Threads that hash and write: more than cores, for most of their time they wait for the disk or the bucket.
WRITERS = 16
# Seconds, not the minutes that are usual: a request waits for it, and jobs are tried again anyway.
LONGEST_RETRY = timedelta(seconds=20)


@dataclass(frozen=True)
class StoredSize:
    """A stored object in a list."""

    key: str
    size_bytes: int


@dataclass(frozen=True)
class ObjectInfo:
    """What is known of an object without reading it."""

    size_bytes: int
    etag: str | None


class Storage:
    """The object store. `local` is its folder, or None for a bucket, whose URLs it signs itself."""

    def __init__(self, url: str) -> None:
        self.local: Path | None = None
        self._threads, self._memory = ThreadPoolExecutor(WRITERS, "storage"), Memory()
        if url.startswith(FILE):
            self.local = Path(url.removeprefix(FILE))  # as it stands: a folder's name may have # and ? and %
            self._store: Any = LocalStore(prefix=self.local, mkdir=True)
        else:
            self._store = from_url(url, retry_config={"max_retries": 5, "retry_timeout": LONGEST_RETRY})

    def open_writer(self, key: str, content_type: str) -> ObjectWriter:
        """A writer for a new object; close or abandon it."""
        if self.local is not None:
            return ObjectWriter(key, FolderFile(self.local, self.local / key), self._threads, self._memory)
        return ObjectWriter(key, BucketObject(self._store, key, content_type), self._threads, self._memory)

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store a whole small object, atomically."""
        if self.local is None:
            await translated(obstore.put_async(self._store, key, data, attributes={"Content-Type": content_type}))
            return
        writer = self.open_writer(key, content_type)
        try:
            await writer.write(data)
            await writer.close()
        except BaseException:
            await writer.abandon()
            raise

    async def get(self, key: str) -> bytes:
        """The whole object."""
        answer = await translated(obstore.get_async(self._store, key))
        return bytes(await translated(answer.bytes_async()))

    async def head(self, key: str) -> ObjectInfo:
        """Size and entity tag; NotFound when there is no such object."""
        meta = await translated(obstore.head_async(self._store, key))
        return ObjectInfo(int(meta["size"]), meta.get("e_tag"))

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`, in pieces."""
        answer = await translated(obstore.get_async(self._store, key, options={"range": (start, end)}))
        async for piece in answer.stream(min_chunk_size=256 * 1024):
            yield bytes(piece)

    async def delete(self, key: str) -> None:
        """Remove an object; no error when it is gone already."""
        try:
            await translated(obstore.delete_async(self._store, key))
        except NotFound:
            return

    async def remove_unfinished(self, before: datetime) -> None:
        """Remove local files last written before this moment and not finished; buckets have rules for such parts."""
        if self.local is not None:
            await translated(asyncio.to_thread(remove_unfinished, self.local, before))

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
            raise fault(error) from error

    async def list_objects(self, prefix: str) -> AsyncIterator[list[StoredSize]]:
        """What is stored under keys that begin with `prefix` (whole path segments), up to 1000 at a time."""
        try:
            async for page in obstore.list(self._store, prefix=prefix, chunk_size=1000):
                yield [StoredSize(meta["path"], int(meta["size"])) for meta in page]
        except (BaseError, OSError) as error:
            raise fault(error) from error

    def signed_url(self, key: str, seconds: int) -> str:
        """A bucket's own presigned URL to read an object; local storage has none (its URLs are the server's)."""
        if not isinstance(self._store, (S3Store, GCSStore, AzureStore)):
            raise NotFound("This storage signs no URLs of its own.")
        store: Any = self._store
        return str(obstore.sign(store, "GET", key, timedelta(seconds=seconds)))
