"""Folders: the tree, what is in one, and what became of moved and deleted ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from ._decoding import ApiObject

__all__ = [
    "DeleteFolderResult",
    "Folder",
    "FolderBreadcrumb",
    "FolderBreadcrumbs",
    "FolderContents",
    "FolderTree",
    "MoveFilesResult",
]


@dataclass(frozen=True)
class Folder(ApiObject):
    """A folder; those without a `parent_id` are at the top, with depth 0."""

    id: str
    name: str
    depth: int = 0
    parent_id: Optional[str] = None
    file_count: int = 0
    subfolder_count: int = 0
    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None


@dataclass(frozen=True)
class FolderBreadcrumb(ApiObject):
    """A folder on the way down from the top."""

    id: str
    name: str
    depth: int = 0


@dataclass(frozen=True)
class FolderTree(ApiObject):
    """All folders as a flat list; `parent_id` makes it a tree."""

    folders: list[Folder]


@dataclass(frozen=True)
class FolderContents(ApiObject):
    """A folder, the way to it, and its direct subfolders; its files are listed by `files.list(folder_id=…)`."""

    breadcrumbs: list[FolderBreadcrumb]
    subfolders: list[Folder]
    total_files: int = 0
    has_more_files: bool = False
    folder: Optional[Folder] = None


@dataclass(frozen=True)
class FolderBreadcrumbs(ApiObject):
    """The way from the top to a folder, which is the last of them."""

    breadcrumbs: list[FolderBreadcrumb]


@dataclass(frozen=True)
class DeleteFolderResult(ApiObject):
    """A deleted folder, and how much was moved or deleted with it."""

    id: str
    mode: str
    files_affected: int = 0
    subfolders_affected: int = 0


@dataclass(frozen=True)
class MoveFilesResult(ApiObject):
    """How many of the files were moved."""

    moved: int
    total_requested: int
