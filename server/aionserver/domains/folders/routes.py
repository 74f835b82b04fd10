"""Folders over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from aionserver.domains.folders import service
from aionserver.domains.folders.schemas import (
    CreateFolderRequest,
    DeleteFolderResponse,
    DeleteMode,
    FolderBreadcrumbsResponse,
    FolderContentsResponse,
    FolderResponse,
    FolderTreeResponse,
    MoveFilesRequest,
    MoveFilesResponse,
    MoveFolderRequest,
    RenameFolderRequest,
)
from aionserver.infra.web.door import ReadAccess, WriteCaller, WriteScope
from aionserver.infra.web.idempotency import IdempotencyKey, answer_once
from aionserver.infra.web.queries import Offset

router = APIRouter(prefix="/api/v2/folders", tags=["Folders"])


@router.get("", response_model=FolderTreeResponse)
async def get_folder_tree(reader: ReadAccess) -> Response:
    """Every folder as a flat list, each after the one it lies in; `parent_id` makes the tree."""
    return Response(await service.read_tree(reader), media_type="application/json")


@router.post("", status_code=201)
async def create_folder(
    request: Request, caller: WriteCaller, body: CreateFolderRequest, key: IdempotencyKey = None
) -> FolderResponse:
    """Make a folder, at the root or in another one."""
    return await answer_once(
        caller, key, request, body, FolderResponse, lambda scope: service.create_folder(scope, body)
    )


@router.post("/move-files")
async def move_files_to_folder(scope: WriteScope, body: MoveFilesRequest) -> MoveFilesResponse:
    """Put up to 100 files into a folder, or to the root; ids that are not known are passed over."""
    return await service.move_files(scope, body)


@router.get("/{folder_id}")
async def get_folder_contents(
    reader: ReadAccess,
    folder_id: str,
    limit: Annotated[int, Query(ge=1, le=100, description="As in the list of files, for `has_more_files`.")] = 50,
    offset: Offset = 0,
) -> FolderContentsResponse:
    """A folder, the way to it, and what lies directly in it; the files are listed by `GET /user-files?folder_id=`."""
    return await service.read_contents(reader, folder_id, limit, offset)


@router.patch("/{folder_id}")
async def rename_folder(scope: WriteScope, folder_id: str, body: RenameFolderRequest) -> FolderResponse:
    """Give a folder another name."""
    return await service.rename_folder(scope, folder_id, body.name)


@router.delete("/{folder_id}")
async def delete_folder(
    scope: WriteScope, folder_id: str, mode: DeleteMode = DeleteMode.MOVE_TO_PARENT
) -> DeleteFolderResponse:
    """Remove a folder; what is in it moves up, or is deleted too with `delete_all` (files can be restored)."""
    return await service.delete_folder(scope, folder_id, mode)


@router.get("/{folder_id}/breadcrumbs")
async def get_folder_breadcrumbs(reader: ReadAccess, folder_id: str) -> FolderBreadcrumbsResponse:
    """The way from the root to a folder, which is the last."""
    return await service.read_breadcrumbs(reader, folder_id)


@router.post("/{folder_id}/move")
async def move_folder(scope: WriteScope, folder_id: str, body: MoveFolderRequest) -> FolderResponse:
    """Put a folder, with all that is in it, into another one or to the root."""
    return await service.move_folder(scope, folder_id, body.new_parent_id)
