"""Files over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BeforeValidator

from aionserver.domains.files import archiving, service
from aionserver.domains.files.queries import FileFilter, FilePage
from aionserver.domains.files.schemas import (
    ArchiveRequest,
    BatchDeleteFilesRequest,
    BatchDeleteFilesResponse,
    DeleteFileResponse,
    ListUserFilesResponse,
    RestoreFileResponse,
    SearchMode,
    TriggerVariantsResponse,
    UpdateFileRequest,
    UpdateFileResponse,
)
from aionserver.infra.errors import InvalidInput
from aionserver.infra.web.door import ReadAccess, ReadScope, WriteScope
from aionserver.infra.web.objects import disposition, redirect_to
from aionserver.infra.web.queries import Offset, QueryList, split_commas
from aionserver.kit.dates import end_of_day
from aionserver.kit.ids import parse_id, parse_ids

router = APIRouter(prefix="/api/v2/user-files", tags=["User Files"])
REDIRECT: dict[int | str, dict[str, Any]] = {302: {"description": "The signed URL of the bytes, valid for an hour."}}
Until = Annotated[
    datetime | None, BeforeValidator(end_of_day), Query(description="A date without a time means until its end.")
]
ZIP = "application/zip"
ZIPPED: dict[int | str, dict[str, Any]] = {
    200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}, "description": "The archive."}
}
CrawlStatuses = Annotated[
    list[Literal["pending", "queued", "processing", "completed", "failed"]] | None, BeforeValidator(split_commas)
]
SORTS = ("content_created_at", "created_at", "title", "size_bytes")
MOST_IDS = 500


@router.get("")
async def list_files(
    reader: ReadAccess,
    search: Annotated[
        str | None,
        Query(description="Words, of documents anywhere in the text; by their beginning, quoted as a phrase."),
    ] = None,
    search_mode: SearchMode = SearchMode.ALL,
    tags: QueryList = None,
    date_from: datetime | None = None,
    date_to: Until = None,
    has_description: bool | None = None,
    ids: QueryList = None,
    media_types: QueryList = None,
    crawl_status: Annotated[CrawlStatuses, Query(description="Of links: how far the fetching of the page is.")] = None,
    folder_id: str | None = None,
    deleted: Annotated[bool, Query(description="The files that can be restored instead.")] = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Offset = 0,
    sort_by: Annotated[str | None, Query(description="Without it, a search is sorted by relevance.")] = None,
    sort_order: str | None = "desc",
) -> ListUserFilesResponse:
    """The tenant's files, newest first unless told otherwise."""
    folder = parse_id(folder_id) if folder_id else None
    if folder_id and folder is None:
        return ListUserFilesResponse(files=[], total_count=0, has_more=False)
    wanted = FileFilter(
        search=search if search and search.strip() else None,
        search_mode=search_mode,
        tags=tags,
        date_from=date_from,
        date_to=date_to,
        has_description=has_description,
        ids=_ids(ids),
        media_types=media_types,
        crawl_status=crawl_status,
        folder_id=folder,
        deleted=deleted,
    )
    return await service.list_files(reader, wanted, _page(sort_by, sort_order, limit, offset))


def _ids(texts: list[str] | None) -> list[UUID] | None:
    if texts is None:
        return None
    if len(texts) > MOST_IDS:
        raise InvalidInput.field("ids", f"at most {MOST_IDS} ids")
    return list(parse_ids(texts)[0])


def _page(sort_by: str | None, sort_order: str | None, limit: int, offset: int) -> FilePage:
    if sort_by is not None and sort_by not in SORTS:
        raise InvalidInput.field("sort_by", f"must be one of {', '.join(SORTS)}")
    if sort_order not in (None, "asc", "desc"):
        raise InvalidInput.field("sort_order", "must be asc or desc")
    return FilePage(sort_by=sort_by, descending=sort_order != "asc", limit=limit, offset=offset)


@router.post("/batch-delete")
async def batch_delete(scope: WriteScope, body: BatchDeleteFilesRequest) -> BatchDeleteFilesResponse:
    """Delete up to 100 files at once."""
    return await service.delete_files(scope, body.file_ids)


@router.post("/archive", response_class=StreamingResponse, responses=ZIPPED)
async def download_archive(reader: ReadAccess, body: ArchiveRequest) -> StreamingResponse:
    """The uploaded bytes of up to 1,000 files as one zip archive; `left out.txt` in it says what is missing, if any."""
    archive = await archiving.gather(reader, body.file_ids, body.name)
    headers = {
        "Content-Disposition": disposition(ZIP, archive.filename),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Archive-Files": str(len(archive.entries)),
        "X-Archive-Left-Out": str(len(archive.left_out)),
    }
    return StreamingResponse(archiving.packed(reader, archive), media_type=ZIP, headers=headers)


@router.patch("/{image_id}")
async def update_file(scope: WriteScope, image_id: str, body: UpdateFileRequest) -> UpdateFileResponse:
    """Change a file's title or tags."""
    return await service.update_file(scope, image_id, body)


@router.delete("/{image_id}")
async def delete_file(scope: WriteScope, image_id: str) -> DeleteFileResponse:
    """Delete a file; it can be restored for 30 days."""
    return await service.delete_file(scope, image_id)


@router.post("/{image_id}/restore")
async def restore_file(scope: WriteScope, image_id: str) -> RestoreFileResponse:
    """Bring a deleted file back."""
    return await service.restore_file(scope, image_id)


@router.get("/{image_id}/variant/{variant_type}", responses=REDIRECT)
async def read_variant(scope: ReadScope, image_id: str, variant_type: str) -> Response:
    """A smaller rendition (`tiny_64`, `small_256`, `medium_750`, `large_1024`) or the `original`, by redirect."""
    return redirect_to(await service.variant_address(scope, image_id, variant_type))


@router.get("/{image_id}/download", responses=REDIRECT)
async def download(scope: ReadScope, image_id: str) -> Response:
    """The uploaded bytes, by redirect."""
    return redirect_to(await service.original_address(scope, image_id))


@router.post("/{image_id}/trigger-variants")
async def trigger_variants(scope: WriteScope, image_id: str) -> TriggerVariantsResponse:
    """Process the file again: variants anew, and every step that failed."""
    return await service.trigger_variants(scope, image_id)
