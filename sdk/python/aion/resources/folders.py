"""Folders: read the tree, create, rename, move and delete them, and move files between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from .._requests import delete, get, patch, post, present
from ..exceptions import ValidationError
from ..types.folders import (
    DeleteFolderResult,
    Folder,
    FolderBreadcrumbs,
    FolderContents,
    FolderTree,
    MoveFilesResult,
)
from ._base import Resource, require_choice, require_ids, require_text, require_within

__all__ = ["FoldersResource"]

MAX_FOLDER_NAME_LENGTH = 255
FORBIDDEN_NAME_CHARS = frozenset("/\\\x00")
VALID_DELETE_MODES = {"move_to_parent", "delete_all"}
MAX_MOVE_FILES_BATCH = 100
MAX_PAGE_SIZE = 100


class FoldersResource(Resource):
    """The folders of the tenant."""

    async def tree(self) -> FolderTree:
        """All folders."""
        return FolderTree.from_api_response(await self._object(get("/folders")))

    async def get(self, folder_id: str, *, limit: int = 50, offset: int = 0) -> FolderContents:
        """A folder, the way to it and its direct subfolders; `limit` and `offset` page through its files."""
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        request = get("/folders/{folder_id}", {"limit": limit, "offset": offset}, folder_id=folder_id)
        return FolderContents.from_api_response(await self._object(request))

    async def get_breadcrumbs(self, folder_id: str) -> FolderBreadcrumbs:
        """The way from the top to a folder."""
        request = get("/folders/{folder_id}/breadcrumbs", folder_id=folder_id)
        return FolderBreadcrumbs.from_api_response(await self._object(request))

    async def create(self, name: str, *, parent_id: Optional[str] = None) -> Folder:
        """A new folder, at the top or in `parent_id`; the name must be free there."""
        payload = {"name": _name(name), **present(parent_id=parent_id)}
        return Folder.from_api_response(await self._object(post("/folders", payload)))

    async def rename(self, folder_id: str, name: str) -> Folder:
        """The folder under its new name."""
        request = patch("/folders/{folder_id}", {"name": _name(name)}, folder_id=folder_id)
        return Folder.from_api_response(await self._object(request))

    async def move(self, folder_id: str, *, new_parent_id: Optional[str] = None) -> Folder:
        """The folder in its new place: in `new_parent_id`, or at the top."""
        # null means the top, so it must be sent
        request = post("/folders/{folder_id}/move", {"new_parent_id": new_parent_id}, folder_id=folder_id)
        return Folder.from_api_response(await self._object(request))

    async def delete(self, folder_id: str, *, mode: str = "move_to_parent") -> DeleteFolderResult:
        """Deletes a folder; what is in it moves up, or with the mode `delete_all` is deleted too."""
        require_choice("mode", mode, sorted(VALID_DELETE_MODES))
        request = delete("/folders/{folder_id}", {"mode": mode}, folder_id=folder_id)
        return DeleteFolderResult.from_api_response(await self._object(request))

    async def move_files(self, file_ids: Sequence[str], *, folder_id: Optional[str] = None) -> MoveFilesResult:
        """Moves up to 100 files of any kind into a folder, or to the top."""
        require_ids("file_ids", file_ids, MAX_MOVE_FILES_BATCH)
        request = post("/folders/move-files", {"file_ids": [*file_ids], "folder_id": folder_id})
        return MoveFilesResult.from_api_response(await self._object(request))


def _name(name: str) -> str:
    require_text("name", name, MAX_FOLDER_NAME_LENGTH)
    if FORBIDDEN_NAME_CHARS & set(name):
        raise ValidationError("A folder's name must not contain /, \\ or NUL", details={"field": "name"})
    return name
