"""How an agent of yours gets at the bytes behind a reference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Optional, Protocol, runtime_checkable

from .file_collection import FileRef

__all__ = ["FileResolutionError", "FileResolver"]


class FileResolutionError(Exception):
    """A reference leads to nothing that can be read."""


@runtime_checkable
class FileResolver(Protocol):
    """Anything that reads and stores the files references stand for."""

    async def resolve(self, ref: FileRef, hints: Optional[dict[str, Any]] = None) -> bytes:
        """The bytes of a file. Raises FileResolutionError when there are none."""
        ...

    def resolve_batch(self, refs: list[FileRef], batch_size: int = 100) -> AsyncIterator[tuple[FileRef, bytes]]:
        """The bytes of many files, each with its reference, as they become ready."""
        ...

    async def resolve_metadata(self, ref: FileRef) -> FileRef:
        """The reference, with all that is known about the file."""
        ...

    async def store(self, content: bytes, media_type: str, metadata: Optional[dict[str, Any]] = None) -> FileRef:
        """A reference to `content`, once it is stored."""
        ...
