"""Folders on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aionserver.infra.web.text import EchoedText, Text
from aionserver.kit.folder_names import LONGEST_NAME, clean_name

Name = Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(clean_name)]
# A mistyped field is told: left out, it would mean more rights, or the root.
STRICT = ConfigDict(extra="forbid")


class DeleteMode(StrEnum):
    """What becomes of a deleted folder's contents."""

    MOVE_TO_PARENT = "move_to_parent"
    DELETE_ALL = "delete_all"


class FolderResponse(BaseModel):
    """A folder. `depth` is 0 at the root; the counts are of what lies directly in it."""

    id: UUID
    name: str
    parent_id: UUID | None
    depth: int
    file_count: int
    subfolder_count: int
    created_at: datetime
    updated_at: datetime


class FolderTreeResponse(BaseModel):
    """Every folder, each after the one it lies in."""

    folders: list[FolderResponse]


class FolderBreadcrumbResponse(BaseModel):
    """A folder on the way from the root."""

    id: UUID
    name: str
    depth: int


class FolderBreadcrumbsResponse(BaseModel):
    """The way from the root to a folder, with the folder itself at the end."""

    breadcrumbs: list[FolderBreadcrumbResponse]


class FolderContentsResponse(BaseModel):
    """What lies directly in a folder. The files themselves are listed with the files."""

    folder: FolderResponse | None
    breadcrumbs: list[FolderBreadcrumbResponse]
    subfolders: list[FolderResponse]
    total_files: int
    has_more_files: bool


class CreateFolderRequest(BaseModel):
    """A new folder; without a parent it lies at the root."""

    model_config = STRICT

    name: Name
    parent_id: EchoedText | None = None


class RenameFolderRequest(BaseModel):
    """The name a folder is to have."""

    name: Name


class MoveFolderRequest(BaseModel):
    """Where a folder is to lie; null is the root."""

    model_config = STRICT

    new_parent_id: EchoedText | None = None


class DeleteFolderResponse(BaseModel):
    """What was moved up or deleted with a folder, which is not counted itself."""

    id: UUID
    files_affected: int
    subfolders_affected: int
    mode: str


class MoveFilesRequest(BaseModel):
    """Files, and the folder they are to lie in; null is the root."""

    model_config = STRICT

    file_ids: Annotated[list[EchoedText], Field(min_length=1, max_length=100)]
    folder_id: EchoedText | None = None


class MoveFilesResponse(BaseModel):
    """How many of the files lie there now; the others are not known."""

    moved: int
    total_requested: int
