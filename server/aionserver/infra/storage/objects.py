"""One store for all objects; the same calls for a local folder and for a bucket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, S3Store, from_url

from aionserver.infra.errors import NotFound
from aionserver.infra.storage.bucket import BucketObject
from aionserver.infra.storage.faults import ObjectNotFound, fault, translated
from aionserver.infra.storage.folder import FolderFile, move, remove_unfinished
from aionserver.infra.storage.presigning import KeyOfEnvironment, bound_to
from aionserver.infra.storage.remote import BucketAccess, open_bucket
from aionserver.infra.storage.writing import Memory, ObjectWriter

Result = TypeVar("Result")
FILE = "file://"
# Threads that hash and write: more than cores, for most of their time they wait for the disk or the bucket.
WRITERS = 16
BUCKET_WRITERS = 4
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
    modified_at: datetime


class Storage:
    """The object store. `local` is its folder, or None for a bucket, whose URLs it signs itself.

    Its place is a URL, of a bucket whose keys the environment has; or a bucket with all that belongs to it.
    """

    def __init__(self, place: str | BucketAccess) -> None:
        self.local: Path | None = None
        self._memory = Memory()
        if isinstance(place, BucketAccess):
            # Threads of its own: who writes to a bucket that does not answer keeps nobody else waiting.
            self._threads, self._fault = ThreadPoolExecutor(BUCKET_WRITERS, "bucket"), place.fault
            self._store: Any = open_bucket(place)
            self._signing_keys: Mapping[str, str] = {place.access_key_id: place.secret_access_key}
            return
        self._signing_keys = KeyOfEnvironment()
        self._threads, self._fault = ThreadPoolExecutor(WRITERS, "storage"), fault
        if place.startswith(FILE):
            self.local = Path(place.removeprefix(FILE))  # as it stands: a folder's name may have # and ? and %
            self._store = LocalStore(prefix=self.local, mkdir=True)
        else:
            self._store = from_url(place, retry_config={"max_retries": 5, "retry_timeout": LONGEST_RETRY})

    def open_writer(self, key: str, content_type: str) -> ObjectWriter:
        """A writer for a new object; close or abandon it."""
        if self.local is not None:
            return ObjectWriter(key, FolderFile(self.local, self.local / key), self._threads, self._memory)
        sink = BucketObject(self._store, key, content_type)
        return ObjectWriter(key, sink, self._threads, self._memory, self._fault)

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store a whole small object, atomically."""
        if self.local is None:
            await self._translated(obstore.put_async(self._store, key, data, attributes={"Content-Type": content_type}))
            return
        writer = self.open_writer(key, content_type)
        try:
            await writer.write(data)
            await writer.close()
        except BaseException:
            await writer.abandon()
            raise

    async def settle(self, source: str, target: str) -> None:
        """Bring an object to where it stays, unless an earlier try did; NotFound when it is at neither place.

        A bucket copies, without the bytes passing through here; what is left at the source is to be deleted.
        """
        try:
            if self.local is not None:
                await self._translated(asyncio.to_thread(move, self.local / source, self.local / target))
            else:
                await self._translated(obstore.copy_async(self._store, source, target))
        except NotFound:
            await self.head(target)

    async def get(self, key: str, most_bytes: int | None = None) -> bytes:
        """The whole object; NotFound when it is larger than it can be, and thus another one."""
        answer = await self._translated(obstore.get_async(self._store, key))
        if most_bytes is not None and int(answer.meta["size"]) > most_bytes:
            raise ObjectNotFound("The stored object was replaced by a larger one.")
        return bytes(await self._translated(answer.bytes_async()))

    async def head(self, key: str) -> ObjectInfo:
        """Size, entity tag and when it was written; NotFound when there is no such object."""
        meta = await self._translated(obstore.head_async(self._store, key))
        return ObjectInfo(int(meta["size"]), meta.get("e_tag"), meta["last_modified"])

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`, in pieces."""
        answer = await self._translated(obstore.get_async(self._store, key, options={"range": (start, end)}))
        try:
            async for piece in answer.stream(min_chunk_size=256 * 1024):
                yield bytes(piece)
        except (BaseError, OSError) as error:
            raise self._fault(error) from error

    async def delete(self, key: str) -> None:
        """Remove an object; no error when it is gone already."""
        try:
            await self._translated(obstore.delete_async(self._store, key))
        except NotFound:
            return

    async def remove_unfinished(self, before: datetime) -> None:
        """Remove local files last written before this moment and not finished; buckets have rules for such parts."""
        if self.local is not None:
            await self._translated(asyncio.to_thread(remove_unfinished, self.local, before))

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
            raise self._fault(error) from error

    async def list_objects(self, prefix: str) -> AsyncIterator[list[StoredSize]]:
        """What is stored under keys that begin with `prefix` (whole path segments), up to 1000 at a time."""
        try:
            async for page in obstore.list(self._store, prefix=prefix, chunk_size=1000):
                yield [StoredSize(meta["path"], int(meta["size"])) for meta in page]
        except (BaseError, OSError) as error:
            raise self._fault(error) from error

    def signed_url(self, key: str, seconds: int) -> str:
        """A bucket's own presigned URL to read an object; local storage has none (its URLs are the server's)."""
        if not isinstance(self._store, (S3Store, GCSStore, AzureStore)):
            raise NotFound("This storage signs no URLs of its own.")
        store: Any = self._store
        return str(obstore.sign(store, "GET", key, timedelta(seconds=seconds)))

    def signed_put(self, key: str, seconds: int, content_type: str, size_bytes: int) -> tuple[str, dict[str, str]]:
        """A bucket's own presigned URL to write an object by PUT, and the headers to send with it.

        It takes this type and this many bytes only, where the secret of its key is known here; of S3 that is.
        """
        headers = {"Content-Type": content_type}
        store: Any = self._store
        url = str(obstore.sign(store, "PUT", key, timedelta(seconds=seconds)))
        if isinstance(store, AzureStore):
            return url, {**headers, "x-ms-blob-type": "BlockBlob"}
        if isinstance(store, S3Store):
            url = bound_to(url, self._signing_keys, {**headers, "Content-Length": str(size_bytes)})
        return url, headers

    async def _translated(self, work: Awaitable[Result]) -> Result:
        return await translated(work, self._fault)
