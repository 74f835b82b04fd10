"""Answers written to disk as they come: memory use is one block, and a file appears only when it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import BinaryIO, Union

Blocks = AbstractAsyncContextManager[AsyncIterator[bytes]]


async def save(content: Union[bytes, Blocks], path: Path) -> Path:
    """`path`, once `content` is there. Raises OSError when it cannot be written; nothing is left behind then."""
    part = path.with_name(path.name + ".part")
    file = await asyncio.to_thread(part.open, "wb")
    try:
        try:
            await _write(file, content)
        finally:
            await asyncio.to_thread(file.close)
        await asyncio.to_thread(part.replace, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


async def _write(file: BinaryIO, content: Union[bytes, Blocks]) -> None:
    if isinstance(content, bytes):
        await asyncio.to_thread(file.write, content)
        return
    async with content as blocks:
        async for block in blocks:
            await asyncio.to_thread(file.write, block)
