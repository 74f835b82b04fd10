"""The bytes of a document."""

from pathlib import Path
from typing import Final

from aionserver.kit.documents.faults import DocumentTooLarge

MOST_BYTES: Final = 256 << 20


def bytes_of(source: Path | bytes) -> bytes:
    """All of them; raises DocumentTooLarge."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > MOST_BYTES:
        raise DocumentTooLarge(f"The file has {size >> 20:,} MiB; {MOST_BYTES >> 20:,} are read at most.")
    return source if isinstance(source, bytes) else source.read_bytes()
