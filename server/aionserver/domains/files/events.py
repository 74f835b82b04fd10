"""What files tell the nouns above them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class FilesDeleted:
    """Files left the library; they can be restored for a while."""

    file_ids: Sequence[UUID]


@dataclass(frozen=True)
class FilesRestored:
    """Deleted files are in the library again."""

    file_ids: Sequence[UUID]


@dataclass(frozen=True)
class FilesPurged:
    """Deleted files are gone for good: nothing may refer to them from now on."""

    file_ids: Sequence[UUID]
