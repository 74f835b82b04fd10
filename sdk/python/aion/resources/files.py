"""Files: list, read, change, delete and restore them, and get their bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Optional, Union

from .._requests import delete, fetch, get, patch, post, present
from .._transport import redirect_target
from ..exceptions import ServerError, ValidationError
from ..types.files import (
    BatchDeleteFilesResponse,
    DeleteFileResult,
    FileList,
    RestoreFileResult,
    UpdateFileResult,
    UserFile,
    UserFileDetails,
)
from ._base import Resource, require_choice, require_ids, require_within
from ._saving import save
from ._tags import tag_list

__all__ = ["FilesResource"]

VARIANTS = ("original", "tiny_64", "small_256", "medium_750", "large_1024")
SEARCH_MODES = ("all", "metadata", "visible_text")
DEFAULT_SORT = "content_created_at"
SORT_FIELDS = ("content_created_at", "created_at", "title", "size_bytes")
SORT_ORDERS = ("asc", "desc")
MAX_PAGE_SIZE = 100
MAX_LISTED_IDS = 500
MAX_DELETED_AT_ONCE = 100
MAX_ARCHIVED = 1000


class FilesResource(Resource):
    """The tenant's files of all kinds."""

    async def list(
        self,
        *,
        search: Optional[str] = None,
        search_mode: str = "all",
        tags: Optional[Sequence[str]] = None,
        date_from: Optional[datetime] = None,
        date_to: Optional[datetime] = None,
        has_description: Optional[bool] = None,
        ids: Optional[Sequence[str]] = None,
        media_types: Optional[Sequence[str]] = None,
        limit: int = 20,
        offset: int = 0,
        sort_by: str = "content_created_at",
        sort_order: str = "desc",
        folder_id: Optional[str] = None,
        deleted: Optional[bool] = None,
    ) -> FileList:
        """One page of files. `tags` (a list, or a string with commas) must all be present.

        `search` looks for all of its words, by their beginning, in names, tags, descriptions and all text of documents.

        `deleted=True` lists what can be restored.

        `search_mode` is all, metadata or visible_text; `media_types` are image, video, document, link.
        """
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        require_choice("search_mode", search_mode, SEARCH_MODES)
        require_choice("sort_by", sort_by, SORT_FIELDS)
        require_choice("sort_order", sort_order, SORT_ORDERS)
        if ids is not None and len(ids) > MAX_LISTED_IDS:
            raise ValidationError(f"ids must not be more than {MAX_LISTED_IDS}", details={"field": "ids"})
        if ids is not None and not ids:
            # a query without any id would list everything
            return FileList(files=[], total_count=0, has_more=False)
        query: dict[str, Any] = {
            "search": search,
            "search_mode": search_mode,
            "tags": None if tags is None else tag_list(tags),
            "date_from": date_from,
            "date_to": date_to,
            "has_description": has_description,
            "ids": ids,
            "media_types": media_types,
            "folder_id": folder_id,
            "deleted": deleted,
            "limit": limit,
            "offset": offset,
            # Left out, a search is ordered by relevance: the default must not ask for dates.
            "sort_by": None if search and sort_by == DEFAULT_SORT else sort_by,
            "sort_order": sort_order,
        }
        return FileList.from_api_response(await self._object(get("/user-files", query)))

    async def list_all(
        self,
        *,
        search: Optional[str] = None,
        search_mode: str = "all",
        tags: Optional[Sequence[str]] = None,
        date_from: Optional[datetime] = None,
        date_to: Optional[datetime] = None,
        has_description: Optional[bool] = None,
        media_types: Optional[Sequence[str]] = None,
        sort_by: str = "content_created_at",
        sort_order: str = "desc",
        page_size: int = 50,
        folder_id: Optional[str] = None,
        deleted: Optional[bool] = None,
    ) -> AsyncIterator[UserFile]:
        """All files that match, page after page."""
        offset = 0
        while True:
            page = await self.list(
                search=search,
                search_mode=search_mode,
                tags=tags,
                date_from=date_from,
                date_to=date_to,
                has_description=has_description,
                media_types=media_types,
                limit=page_size,
                offset=offset,
                sort_by=sort_by,
                sort_order=sort_order,
                folder_id=folder_id,
                deleted=deleted,
            )
            for file in page.files:
                yield file
            offset += len(page.files)
            if not page.has_more or not page.files:
                return

    async def get(self, file_id: str) -> UserFileDetails:
        """Everything known about a file; the first 8 or more characters of its id are enough."""
        return UserFileDetails.from_api_response(await self._object(get("/user-files/{file_id}", file_id=file_id)))

    async def update(
        self, file_id: str, *, title: Optional[str] = None, tags: Optional[Sequence[str]] = None
    ) -> UpdateFileResult:
        """The file after its title or tags (a list, or a string with commas) were replaced."""
        changes = present(title=title, tags=None if tags is None else tag_list(tags))
        if not changes:
            raise ValidationError("Give a title or tags to change")
        request = patch("/user-files/{file_id}", changes, file_id=file_id)
        return UpdateFileResult.from_api_response(await self._object(request))

    async def delete(self, file_id: str) -> DeleteFileResult:
        """Deletes a file; `restore` brings it back within 30 days."""
        request = delete("/user-files/{file_id}", file_id=file_id)
        return DeleteFileResult.from_api_response(await self._object(request))

    async def batch_delete(self, file_ids: Sequence[str]) -> BatchDeleteFilesResponse:
        """What became of each of up to 100 files to delete."""
        require_ids("file_ids", file_ids, MAX_DELETED_AT_ONCE)
        request = post("/user-files/batch-delete", {"file_ids": [*file_ids]})
        return BatchDeleteFilesResponse.from_api_response(await self._object(request))

    async def restore(self, file_id: str) -> RestoreFileResult:
        """Brings back a deleted file."""
        request = post("/user-files/{file_id}/restore", file_id=file_id)
        return RestoreFileResult.from_api_response(await self._object(request))

    async def get_variant(self, file_id: str, variant_type: str = "medium_750") -> str:
        """An address of the picture at another size, valid for an hour, that needs no key.

        `variant_type` is original, tiny_64, small_256, medium_750 or large_1024.
        """
        require_choice("variant_type", variant_type, VARIANTS)
        template = "/user-files/{file_id}/variant/{variant_type}"
        request = get(template, variant_type=variant_type, file_id=file_id)
        url = redirect_target(await self._http.send(request))
        if url is None:
            raise ServerError("The server named no address for the variant")
        return url

    async def download(self, file_id: str) -> bytes:
        """The bytes as they were uploaded."""
        answer = await self._http.send(get("/user-files/{file_id}/download", file_id=file_id))
        url = redirect_target(answer)
        return answer.content if url is None else (await self._http.send(fetch(url))).content

    async def download_to(self, file_id: str, path: Union[str, Path]) -> Path:
        """The path of a new file with the bytes as they were uploaded, written as they come."""
        answer = await self._http.send(get("/user-files/{file_id}/download", file_id=file_id))
        url = redirect_target(answer)
        return await save(answer.content if url is None else self._http.stream(fetch(url)), Path(path).expanduser())

    async def download_archive(self, file_ids: Sequence[str], path: Union[str, Path]) -> Path:
        """The path of a new zip archive with up to 1,000 files, written as it comes."""
        require_ids("file_ids", file_ids, MAX_ARCHIVED)
        request = post("/user-files/archive", {"file_ids": [*file_ids]})
        return await save(self._http.stream(request), Path(path).expanduser())

    async def trigger_variant_generation(self, file_id: str) -> dict[str, Any]:
        """The task that makes the file's variants anew, as the server describes it."""
        return await self._object(post("/user-files/{file_id}/trigger-variants", file_id=file_id))
