"""Files as assistants come upon them."""

from typing import Any, cast

from aionserver.domains.files import presentation
from aionserver.domains.files.tables import File
from aionserver.infra.scope import Reader
from aionserver.infra.tools import Item, ItemKind

# Of a text that was read in a file; whoever needs all of it asks for it.
SHOWN_TEXT = 600


def as_item(reader: Reader, file: File, score: float | None = None) -> Item:
    """A file with what is known of it: its description, and in `details` tags, dates, place, folder, text in it."""
    details: dict[str, Any] = {
        "title": file.title,
        "filename": file.filename,
        "tags": file.tags,
        "made_at": (file.content_created_at or file.created_at).isoformat(),
        "is_dated": file.content_created_at is not None or None,
        "folder_id": str(file.folder_id) if file.folder_id else None,
        "visible_text": (file.visible_text or "")[:SHOWN_TEXT],
        "content_type": file.content_type,
        "format": file.format,
        "size_bytes": file.size_bytes,
        "width": file.width,
        "height": file.height,
        "camera": file.camera,
        "latitude": file.latitude,
        "longitude": file.longitude,
        "confidence": file.confidence_score,
        "status": file.text_extraction_status or file.description_status,  # rows that are read have no properties
        "problem": file.text_extraction_error or file.description_error,
        "thumbnail_url": presentation.variant_url(reader, file, "small_256"),
        "source_url": file.particulars.get("source_url"),
        "page_count": file.particulars.get("page_count"),
    }
    known = {name: value for name, value in details.items() if value not in (None, "", [])}
    kind = cast("ItemKind", file.media_type)
    return Item(kind, file.id, file.title or file.filename, file.description or "", score, details=known)
