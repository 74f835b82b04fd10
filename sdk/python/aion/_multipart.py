"""Multipart bodies that stream from disk: memory use is one block, whatever the files' size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Callable, Optional, Union
from uuid import uuid4

from .exceptions import UploadError

BLOCK_BYTES = 256 * 1024


@dataclass(frozen=True)
class FilePart:
    """A file to send: on disk, or bytes in memory. `size_bytes` is what will be sent, no more and no less."""

    filename: str
    content_type: str
    size_bytes: int
    source: Union[Path, bytes] = field(repr=False)
    # where in the source it begins, for a file that is sent in chunks
    start_byte: int = 0

    async def stream(self) -> AsyncIterator[bytes]:
        """The content in blocks. Raises UploadError when the file can no longer be read in full."""
        if isinstance(self.source, bytes):
            end = self.start_byte + self.size_bytes
            for start in range(self.start_byte, end, BLOCK_BYTES):
                yield self.source[start : min(start + BLOCK_BYTES, end)]
            return
        file = await asyncio.to_thread(_open, self.source, self.start_byte, self.filename)
        try:
            async for block in self._blocks(file):
                yield block
        finally:
            file.close()

    async def _blocks(self, file: BinaryIO) -> AsyncIterator[bytes]:
        left = self.size_bytes
        while left > 0:
            block = await asyncio.to_thread(_read, file, min(left, BLOCK_BYTES), self.filename)
            if not block:
                raise UploadError("The file became shorter while it was sent", filename=self.filename, stage="upload")
            left -= len(block)
            yield block


@dataclass(frozen=True)
class MultipartBody:
    """Form fields, then files. `on_file_read` hears the index of each file once, when its last byte is read."""

    fields: Mapping[str, str]
    file_field: str
    files: Sequence[FilePart]
    on_file_read: Optional[Callable[[int], None]] = None
    # fixed per body, so that a repeated request is the same byte for byte
    boundary: str = field(default_factory=lambda: uuid4().hex)

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def size_bytes(self) -> int:
        heads = sum(len(self._head(part)) for part in self.files)
        contents = sum(part.size_bytes + len(b"\r\n") for part in self.files)
        return len(self._field_block()) + heads + contents + len(self._end())

    async def stream(self) -> AsyncIterator[bytes]:
        """The whole body, from the beginning."""
        yield self._field_block()
        for index, part in enumerate(self.files):
            yield self._head(part)
            async for block in part.stream():
                yield block
            if self.on_file_read is not None:
                self.on_file_read(index)
            yield b"\r\n"
        yield self._end()

    def _field_block(self) -> bytes:
        return b"".join(
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode(
                "utf-8", "replace"
            )
            for name, value in self.fields.items()
        )

    def _head(self, part: FilePart) -> bytes:
        name = _quoted(part.filename)
        return (
            f"--{self.boundary}\r\n"
            f'Content-Disposition: form-data; name="{self.file_field}"; filename="{name}"\r\n'
            f"Content-Type: {part.content_type}\r\n\r\n"
        ).encode()

    def _end(self) -> bytes:
        return f"--{self.boundary}--\r\n".encode()


def _quoted(filename: str) -> str:
    # as browsers do (HTML standard, multipart/form-data encoding): only what would end the value is escaped
    name = filename.encode("utf-8", "replace").decode("utf-8")
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _open(path: Path, start_byte: int, filename: str) -> BinaryIO:
    try:
        file = path.open("rb")
        file.seek(start_byte)
        return file
    except OSError as error:
        raise UploadError(f"Cannot open {path}: {error.strerror}", filename=filename, stage="upload") from error


def _read(file: BinaryIO, size_bytes: int, filename: str) -> bytes:
    try:
        return file.read(size_bytes)
    except OSError as error:
        raise UploadError(f"Cannot read the file: {error.strerror}", filename=filename, stage="upload") from error
