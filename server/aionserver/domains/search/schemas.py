"""What a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator

from aionserver.domains.files.service import StoredFile
from aionserver.kit.media_types import DOCUMENTS
from aionserver.kit.search_queries import Period

# From here on it is more likely than not that a thing was meant; scores mean the same in every search.
LIKELY = 0.3
# What people call a format, where its files have another name.
NAMES = {"txt": "text", "md": "markdown", "htm": "html", "text/plain": "text"}
_FORMATS = frozenset(known.format.lower() for known in DOCUMENTS)


def format_of(document_type: str) -> str:
    """The format of files of a type that people name, in small letters."""
    name = document_type.strip().lower().removeprefix(".")
    return NAMES.get(name, name)


def known_type(document_type: str) -> str:
    """The type; ValueError for one that no document has."""
    if format_of(document_type) not in _FORMATS:
        raise ValueError(f"must be one of {', '.join(sorted({*_FORMATS, 'md', 'txt'} - {'text', 'markdown'}))}")
    return document_type


DocumentType = Annotated[str, AfterValidator(known_type)]


@dataclass(frozen=True)
class FoundImage:
    """A picture, its score 0-1 (which means the same in every search) and why it was found."""

    file: StoredFile
    score: float
    features: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class FoundLink:
    """A bookmarked page, its score 0-1 (which means the same in every search) and why it was found."""

    file: StoredFile
    score: float
    features: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class ImageQuery:
    """Words, and where to look. `ids` None looks everywhere; ids that are no file's find nothing.

    A picture is found that has all the tags, and was made in the period.
    """

    text: str
    folder_id: UUID | None = None
    ids: Sequence[UUID] | None = None
    tags: Sequence[str] = ()
    made: Period | None = None


@dataclass(frozen=True)
class ChunkQuery:
    """Words, and in which documents to look: directly in a folder, by ids, formats (in small letters), tags, languages.

    Ids that are no document's find nothing. What scores less than `threshold` is left out.
    """

    text: str
    limit: int = 20
    threshold: float = LIKELY
    document_ids: Sequence[UUID] | None = None
    folder_id: UUID | None = None
    formats: Sequence[str] | None = None
    tags: Sequence[str] = ()
    languages: Sequence[str] | None = None


@dataclass(frozen=True)
class FoundChunk:
    """A passage of a document, its score 0-1 (which means the same in every search), and why: words as they stand."""

    id: UUID
    document: StoredFile
    position: int
    content: str
    heading_path: tuple[str, ...]
    page_numbers: tuple[int, ...] | None
    token_count: int
    kind: str
    score: float
    snippet: str
    matched: tuple[str, ...]


@dataclass(frozen=True)
class FoundDocument:
    """A document, as good as the best of its passages that were found."""

    document: StoredFile
    score: float
    chunks: tuple[FoundChunk, ...]
