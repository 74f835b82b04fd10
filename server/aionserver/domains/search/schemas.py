"""What a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aionserver.domains.files.service import StoredFile
from aionserver.kit.search_queries import Period


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
