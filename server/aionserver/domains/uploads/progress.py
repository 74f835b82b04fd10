"""How far uploads have come: one file, or a whole session."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from aionserver.domains.files import service as files
from aionserver.domains.files.errors import FileNotFound
from aionserver.domains.files.service import StoredFile
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.errors import SessionNotFound
from aionserver.domains.uploads.schemas import (
    ComponentStatusesResponse,
    FileErrorSummary,
    FileResultSummary,
    ItemStatus,
    UnifiedImageStatusResponse,
    UploadSessionResultItem,
    UploadSessionResultsResponse,
    UploadSessionStatusResponse,
)
from aionserver.domains.uploads.session_tallies import Tally
from aionserver.domains.uploads.tables import PendingUpload, UploadSession, UploadSessionItem
from aionserver.infra.scope import Scope
from aionserver.kit.ids import parse_id
from aionserver.kit.pagination import has_more

STUCK_AFTER = timedelta(minutes=30)
SHOWN_RECENT = 10
LONGEST_SHOWN_DESCRIPTION = 100
Unified = Literal["queued", "processing", "completed", "failed", "partially_completed"]
FINISHED = ("completed", "failed", "partially_completed")
OUTCOMES: Mapping[str, ItemStatus | None] = {
    "pending": None,
    "skipped": "skipped",
    "cancelled": "skipped",
    "rejected": "failed",
    "expired": "failed",
}


def unified_status(file: StoredFile) -> Unified:
    """One word for both parts of a file's processing."""
    return unified(file.variant_status, file.work_status)


def unified(*parts: str) -> Unified:
    """One word for the statuses of variants, and of what the processing is about."""
    if any(part in ("pending", "queued", "processing") for part in parts):
        return "processing" if "processing" in parts or "completed" in parts else "queued"
    failed = parts.count("failed")
    if failed == 0:
        return "completed"
    return "failed" if failed == 2 or "skipped" in parts else "partially_completed"


async def file_status(scope: Scope, text: str) -> UnifiedImageStatusResponse:
    """How far a file has come, also one that has yet to be put at its presigned URL."""
    try:
        return as_status(scope, await files.require_file(scope, text))
    except FileNotFound:
        pending_id = parse_id(text)
        pending = await queries.find_pending(scope, pending_id) if pending_id else None
        if pending is None or pending.state == "stored":
            raise
        return await _pending_status(scope, pending)


async def _pending_status(scope: Scope, pending: PendingUpload) -> UnifiedImageStatusResponse:
    """Of an upload that was offered. One that turned out to be a duplicate is as far as the file that it is one of."""
    if pending.state == "skipped":
        return as_status(scope, await files.require_file(scope, str(pending.file_id)))
    return as_waiting(scope, pending)


def as_waiting(scope: Scope, pending: PendingUpload) -> UnifiedImageStatusResponse:
    """An upload of which nothing was confirmed."""
    is_over, since = pending.state != "waiting", pending.created_at.isoformat()
    return UnifiedImageStatusResponse(
        image_id=str(pending.id),
        tenant_id=str(scope.tenant_id),
        batch_id=str(pending.batch_id) if pending.batch_id else None,
        unified_status="failed" if is_over else "uploading",
        component_statuses=ComponentStatusesResponse(upload_intent_status="failed" if is_over else "pending"),
        error_message=pending.reason,
        last_error_at=since if is_over else None,
        created_at=since,
        last_updated_at=since,
        completed_at=since if is_over else None,
        is_stuck=not is_over and scope.now() - pending.created_at > STUCK_AFTER,
        is_terminal=is_over,
    )


def as_status(scope: Scope, file: StoredFile) -> UnifiedImageStatusResponse:
    """A file of the library."""
    status, touched = unified_status(file), file.updated_at or file.created_at
    ended = status in FINISHED
    problem = file.work_error or file.variant_error
    return UnifiedImageStatusResponse(
        image_id=str(file.id),
        tenant_id=str(file.tenant_id),
        batch_id=str(file.upload_session_id) if file.upload_session_id else None,
        unified_status=status,
        component_statuses=ComponentStatusesResponse(
            variant_status=file.variant_status,
            description_status=file.description_status,
            text_extraction_status=file.text_extraction_status,
            upload_intent_status="confirmed",
        ),
        error_message=problem,
        last_error_at=touched.isoformat() if problem else None,
        created_at=file.created_at.isoformat(),
        last_updated_at=touched.isoformat(),
        completed_at=touched.isoformat() if ended else None,
        processing_duration_seconds=(touched - file.created_at).total_seconds() if ended else None,
        is_stuck=not ended and scope.now() - touched > STUCK_AFTER,
        is_terminal=ended,
    )


def _item_status(item: UploadSessionItem, file: StoredFile | None) -> ItemStatus | None:
    """None while it is under way. A file that was deleted meanwhile counts as completed."""
    if item.outcome != "stored":
        return OUTCOMES[item.outcome]
    if file is None:
        return "completed"
    status = unified_status(file)
    if status not in FINISHED:
        return None
    return "failed" if status == "failed" or file.work_status == "failed" else "completed"


Row = tuple[UploadSessionItem, StoredFile | None, ItemStatus | None]


async def load(scope: Scope, text: str) -> tuple[UploadSession, list[Row]]:
    session_id = parse_id(text)
    session = await queries.find_session(scope, session_id) if session_id else None
    if session is None:
        raise SessionNotFound("There is no such upload session.")
    items = await queries.find_items(scope, session.id)
    found = await files.find_many(scope, [item.file_id for item in items if item.file_id])
    rows = [(item, found.get(item.file_id) if item.file_id else None) for item in items]
    return session, [(item, file, _item_status(item, file)) for item, file in rows]


def tally_of(rows: Sequence[Row]) -> Tally:
    """How many of a session's files are how far."""
    states = [state for _, _, state in rows]
    outcomes = [item.outcome for item, _, _ in rows]
    awaited = outcomes.count("pending")
    return Tally(
        awaited=awaited,
        under_way=states.count(None) - awaited,
        completed=states.count("completed"),
        failed=states.count("failed"),
        skipped=states.count("skipped"),
        expired=outcomes.count("expired"),
        touched_at=max((file.updated_at or file.created_at for _, file, _ in rows if file), default=None),
    )


async def session_status(scope: Scope, text: str) -> UploadSessionStatusResponse:
    """How far a session has come."""
    session, rows = await load(scope, text)
    tally = tally_of(rows)
    status = tally.status(is_cancelled=session.cancelled_at is not None)
    return UploadSessionStatusResponse(
        session_id=session.id,
        status=status,
        total_files=session.total_files,
        completed_files=tally.completed,
        failed_files=tally.failed,
        skipped_files=tally.skipped,
        pending_files=tally.unfinished,
        progress_percentage=tally.percentage,
        created_at=session.created_at,
        started_at=None if status == "pending" else session.created_at,
        completed_at=tally.ended_at(session.created_at, session.cancelled_at),
        recent_completions=[_summary(row) for row in rows if row[2] in ("completed", "skipped") and row[0].file_id][
            -SHOWN_RECENT:
        ],
        recent_errors=[_error(row) for row in rows if row[2] == "failed"][-SHOWN_RECENT:],
        results_url=f"/api/v2/uploads/sessions/{session.id}/results",
        websocket_channel=f"batch.{session.id}",
    )


def _summary(row: Row) -> FileResultSummary:
    item, file, state = row
    assert item.file_id is not None
    assert state is not None
    text = file.description if file else None
    return FileResultSummary(
        filename=item.filename,
        image_id=item.file_id,
        status=state,
        description=text[:LONGEST_SHOWN_DESCRIPTION] if text else None,
    )


def _error(row: Row) -> FileErrorSummary:
    item, file, _ = row
    return FileErrorSummary(
        filename=item.filename,
        index=item.position,
        error=_problem(item, file),
        retryable=item.outcome == "stored",
    )


def _problem(item: UploadSessionItem, file: StoredFile | None) -> str:
    return item.reason or (file and (file.work_error or file.variant_error)) or "Processing failed."


async def session_results(
    scope: Scope, text: str, *, include_failed: bool, offset: int, limit: int
) -> UploadSessionResultsResponse:
    """The finished files of a session; those that were rejected have no id and are in its status."""
    session, rows = await load(scope, text)
    states = [state for _, _, state in rows]
    shown = [row for row in rows if row[1] and row[2] and (include_failed or row[2] != "failed")]
    page = shown[offset : offset + limit]
    return UploadSessionResultsResponse(
        session_id=session.id,
        results=[_result(scope, row) for row in page],
        total_count=len(shown),
        offset=offset,
        limit=limit,
        has_more=has_more(offset, len(page), len(shown)),
        summary={
            "total_files": session.total_files,
            **{name: states.count(name) for name in ("completed", "failed", "skipped")},
        },
    )


def _result(scope: Scope, row: Row) -> UploadSessionResultItem:
    item, file, state = row
    assert file is not None
    assert state is not None
    return UploadSessionResultItem(
        image_id=file.id,
        filename=item.filename,
        object_key=file.object_key,
        status=state,
        description=file.description,
        visible_text=file.visible_text,
        tags=file.tags,
        error_message=_problem(item, file) if state == "failed" else None,
        thumbnail_url=files.thumbnail_url(scope, file),
        created_at=file.created_at,
    )
