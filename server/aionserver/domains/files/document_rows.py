"""What of a document stands on its file: so that lists show it, and find it by its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aionserver.domains.files import queries
from aionserver.infra.scope import Scope

# As the API calls them; other formats are called as they are, in small letters.
TYPES: Final[Mapping[str, str]] = {"text": "txt", "markdown": "md"}


def document_type(file_format: str) -> str:
    """The API's word for the format of a document: pdf, docx, txt, md …"""
    word = file_format.lower()
    return TYPES.get(word, word)


@dataclass(frozen=True)
class DocumentShown:
    """What the reading of a document puts on its file; `text` is as much as a list is searched by."""

    title: str | None
    text: str
    page_count: int | None


async def show_document(scope: Scope, file_id: UUID, shown: DocumentShown) -> None:
    """Show on a document what was read in it."""
    values: dict[str, Any] = {"title": shown.title, "visible_text": shown.text or None, "updated_at": scope.now()}
    await queries.add_particulars(scope, file_id, {"page_count": shown.page_count}, values)


async def complete_document(scope: Scope, file_id: UUID, chunk_count: int) -> None:
    """Show on a document that it can be searched."""
    values: dict[str, Any] = {
        "text_extraction_status": "completed",
        "text_extraction_error": None,
        "updated_at": scope.now(),
    }
    await queries.add_particulars(scope, file_id, {"chunk_count": chunk_count}, values)


async def keep_words(scope: Scope, file_id: UUID, first: int, parts: Sequence[str]) -> None:
    """Have a document be found by these parts of its text beyond its beginning; `first` is the number of the first."""
    await queries.keep_words(scope, file_id, first, parts)


async def end_words(scope: Scope, file_id: UUID, count: int) -> None:
    """Note that a document's text has so many parts beyond its beginning; what was known of others is forgotten."""
    await queries.remove_words(scope, file_id, count)
