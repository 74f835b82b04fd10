"""Many files as one zip archive, which is made while it is sent."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass

import structlog

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.files import queries
from aionserver.domains.files.errors import FileNotFound
from aionserver.domains.files.tables import File
from aionserver.infra.errors import AionError, Unavailable
from aionserver.infra.scope import Reader
from aionserver.kit.ids import parse_ids
from aionserver.kit.zip_archives import ZipWriter, entry_name, entry_names

log = structlog.get_logger(__name__)
LEFT_OUT = "left out.txt"
SUFFIX = ".zip"


@dataclass(frozen=True)
class Entry:
    """A file and the name that it has in the archive."""

    name: str
    file: File


@dataclass(frozen=True)
class Archive:
    """What an archive is to hold; `left_out` says in a line each what was asked for and can't be in it."""

    filename: str
    entries: Sequence[Entry]
    left_out: Sequence[str]


async def gather(reader: Reader, texts: Sequence[str], name: str) -> Archive:
    """The files with these ids, in their order; FileNotFound when none of them has bytes."""
    ids, malformed = parse_ids(texts)
    found = await queries.read_many(reader, ids)
    there = [found[file_id] for file_id in ids if file_id in found]
    held = [file for file in there if file.object_key]
    if not held:
        raise FileNotFound("None of these files is there to be downloaded.")
    left_out = [f"{text}: there is no such file" for text in malformed]
    left_out += [f"{file_id}: there is no such file" for file_id in ids if file_id not in found]
    left_out += [f"{file.id}: {file.filename} is a link, which has no bytes" for file in there if not file.object_key]
    names = entry_names([LEFT_OUT, *(file.filename for file in held)])[1:]
    entries = [Entry(name, file) for name, file in zip(names, held, strict=True)]
    return Archive(entry_name(f"{name.removesuffix(SUFFIX)}{SUFFIX}"), entries, left_out)


async def packed(reader: Reader, archive: Archive) -> AsyncGenerator[bytes]:
    """The archive's bytes. A file whose bytes can't be had at all is left out; one that breaks off, breaks it off."""
    with closing(ZipWriter()) as writer:
        async with aclosing(_written(reader, archive, writer)) as pieces:
            async for piece in pieces:
                yield piece


async def _written(reader: Reader, archive: Archive, writer: ZipWriter) -> AsyncGenerator[bytes]:
    left_out = list(archive.left_out)
    for entry in archive.entries:
        async with aclosing(_bytes_of(reader, entry.file)) as pieces:
            try:
                piece = await anext(pieces)
            except AionError as error:
                log.error("not_in_archive", file_id=str(entry.file.id), reason=error.message)
                left_out.append(f"{entry.file.id}: {entry.name} can't be read now")
                continue
            made_at = entry.file.content_created_at or entry.file.created_at
            yield writer.begin(entry.name, made_at, entry.file.size_bytes) + writer.write(piece)
            async for piece in pieces:
                yield writer.write(piece)
    if left_out:
        text = "".join(f"{line}\n" for line in left_out).encode()
        yield writer.begin(LEFT_OUT, reader.now(), len(text)) + writer.write(text)
    yield writer.finish()


async def _bytes_of(reader: Reader, file: File) -> AsyncGenerator[bytes]:
    """Exactly the bytes that the row tells of; Unavailable where there are fewer."""
    storage = await custom_storage.storage_of(reader, file.bucket_id)
    left = file.size_bytes
    async for piece in storage.stream(file.object_key, 0, file.size_bytes):
        left -= len(piece)
        yield piece
    if left:
        raise Unavailable("The stored object is shorter than it was.")
