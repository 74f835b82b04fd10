"""Passages as assistants come upon them."""

from aionserver.domains.search.schemas import FoundChunk
from aionserver.infra.tools import Item


def as_item(one: FoundChunk) -> Item:
    """A passage with the document it stands in, and in `details` its headings, its place and why it was found."""
    details = {
        "filename": one.document.filename,
        "headings": list(one.heading_path),
        "position": one.position,
        "snippet": one.snippet,
        "matched": list(one.matched),
        "kind": one.kind,
        "format": one.document.format,
    }
    return Item(
        "chunk",
        one.id,
        one.document.title or one.document.filename,
        one.content,
        one.score,
        one.document.id,
        one.page_numbers or (),
        {name: value for name, value in details.items() if value not in ("", [])},
    )
