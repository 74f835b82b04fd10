"""How far uploads have come: one file, or a whole session."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from aionserver.domains.files import service as files
from aionserver.domains.files.service import StoredFile
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.errors import SessionNotFound
from aionserver.domains.uploads.schemas import (
    ComponentStatusesResponse,
    FileErrorSummary,
    FileResultSummary,
    ItemStatus,
    SessionStatus,
    UnifiedImageStatusResponse,
    UploadSessionResultItem,
    UploadSessionResultsResponse,
    UploadSessionStatusResponse,
)
from aionserver.domains.uploads.tables import UploadSession, UploadSessionItem
from aionserver.infra.scope import Scope
from aionserver.kit.ids import parse_id
from aionserver.kit.pagination import has_more

STUCK_AFTER = timedelta(minutes=30)
SHOWN_RECENT = 10
LONGEST_SHOWN_DESCRIPTION = 100
Unified = Literal["queued", "processing", "completed", "failed", "partially_completed"]
FINISHED = ("completed", "failed", "partially_completed")


def unified_status(file: StoredFile) -> Unified:
    """One word for both parts of a file's processing."""
    parts = (file.variant_status, file.description_status)
    if any(part in ("pending", "queued", "processing") for part in parts):
        return "processing" if "processing" in parts or "completed" in parts else "queued"
    failed = parts.count("failed")
    if failed == 0:
        return "completed"
    return "failed" if failed == 2 or "skipped" in parts else "partially_completed"


async def file_status(scope: Scope, text: str) -> UnifiedImageStatusResponse:
    """How far a file has come."""
    file = await files.require_file(scope, text)
    status, touched = unified_status(file), file.updated_at or file.created_at
    ended = status in FINISHED
    problem = file.description_error or file.variant_error
    return UnifiedImageStatusResponse(
        image_id=str(file.id),
        tenant_id=str(file.tenant_id),
        batch_id=str(file.upload_session_id) if file.upload_session_id else None,
        unified_status=status,
        component_statuses=ComponentStatusesResponse(
            variant_status=file.variant_status,
            description_status=file.description_status,
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
        return "skipped" if item.outcome == "skipped" else "failed"
    if file is None:
        return "completed"
    status = unified_status(file)
    if status not in FINISHED:
        return None
    return "failed" if status == "failed" or file.description_status == "failed" else "completed"


Row = tuple[UploadSessionItem, StoredFile | None, ItemStatus | None]


async def _load(scope: Scope, text: str) -> tuple[UploadSession, list[Row]]:
    session_id = parse_id(text)
    session = await queries.find_session(scope, session_id) if session_id else None
    if session is None:
        raise SessionNotFound("There is no such upload session.")
    items = await queries.find_items(scope, session.id)
    found = await files.find_many(scope, [item.file_id for item in items if item.file_id])
    rows = [(item, found.get(item.file_id) if item.file_id else None) for item in items]
    return session, [(item, file, _item_status(item, file)) for item, file in rows]


def _session_status(session: UploadSession, rows: Sequence[Row]) -> SessionStatus:
    if session.cancelled_at is not None:
        return "cancelled"
    states = [state for _, _, state in rows]
    if None in states:
        return "processing"
    return "failed" if states and all(state == "failed" for state in states) else "completed"


async def session_status(scope: Scope, text: str) -> UploadSessionStatusResponse:
    """How far a session has come."""
    session, rows = await _load(scope, text)
    states = [state for _, _, state in rows]
    ended = len(rows) - states.count(None)
    status = _session_status(session, rows)
    finished = [file.updated_at or file.created_at for _, file, state in rows if file and state]
    return UploadSessionStatusResponse(
        session_id=session.id,
        status=status,
        total_files=session.total_files,
        completed_files=states.count("completed"),
        failed_files=states.count("failed"),
        skipped_files=states.count("skipped"),
        pending_files=states.count(None),
        progress_percentage=round(100 * ended / len(rows), 1) if rows else 100.0,
        created_at=session.created_at,
        started_at=session.created_at,
        completed_at=max(finished, default=session.created_at) if status != "processing" else None,
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
    return item.reason or (file and (file.description_error or file.variant_error)) or "Processing failed."


async def session_results(
    scope: Scope, text: str, *, include_failed: bool, offset: int, limit: int
) -> UploadSessionResultsResponse:
    """The finished files of a session; those that were rejected have no id and are in its status."""
    session, rows = await _load(scope, text)
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
