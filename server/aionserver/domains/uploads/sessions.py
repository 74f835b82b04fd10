"""Upload sessions: listed, cancelled, and summed up."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from aionserver.domains.files import service as files
from aionserver.domains.files.events import FilesPurged
from aionserver.domains.files.service import StoredFile
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.errors import SessionNotFound, SessionOver, UploadNotArrived
from aionserver.domains.uploads.progress import (
    FINISHED,
    OUTCOMES,
    Row,
    as_status,
    as_waiting,
    load,
    session_status,
    tally_of,
    unified,
    unified_status,
)
from aionserver.domains.uploads.schemas import (
    BatchDescriptionCountsResponse,
    BatchErrorSummaryResponse,
    BatchStatusCountsResponse,
    BatchStatusSummaryResponse,
    SessionStatus,
    StuckUploadsResponse,
    UploadSessionListItem,
    UploadSessionListResponse,
    UploadSessionStatusResponse,
)
from aionserver.domains.uploads.session_tallies import Tally
from aionserver.domains.uploads.tables import UploadSession
from aionserver.infra.auditing import Audited
from aionserver.infra.scope import Scope
from aionserver.kit.ids import parse_id
from aionserver.kit.pagination import has_more

CANCELLABLE: Sequence[SessionStatus] = ("pending", "processing")
CANCELLED = "The upload session was cancelled before this file was processed; trigger-variants processes it."
MOST_MESSAGES = 10
LOOKED_AT_ONCE = 1000
Tallies = dict[UUID, Tally]


async def list_sessions(
    scope: Scope, status: str | None, upload_method: str | None, limit: int, offset: int
) -> UploadSessionListResponse:
    """A page of the tenant's sessions, newest first."""
    if status is None:
        page, total = await queries.find_sessions(scope, upload_method, limit, offset)
    else:
        ids = await _of_status(scope, await queries.session_ids(scope, upload_method), status)
        page, total = await queries.read_sessions(scope, ids[offset : offset + limit]), len(ids)
    tallies = await _tallies(scope, [session.id for session in page])
    return UploadSessionListResponse(
        sessions=[_listed(session, tallies) for session in page],
        total_count=total,
        offset=offset,
        limit=limit,
        has_more=has_more(offset, len(page), total),
    )


async def _of_status(scope: Scope, ids: Sequence[UUID], status: str) -> list[UUID]:
    """Those of the sessions that have the status, in order; looked at in parts, for they may be many."""
    found: list[UUID] = []
    for start in range(0, len(ids), LOOKED_AT_ONCE):
        part = ids[start : start + LOOKED_AT_ONCE]
        tallies = await _tallies(scope, part)
        found += [one.id for one in await queries.read_sessions(scope, part) if _status(one, tallies) == status]
    return found


async def _tallies(scope: Scope, session_ids: Sequence[UUID]) -> Tallies:
    outcomes = await queries.count_outcomes(scope, session_ids)
    states: dict[UUID, Counter[str]] = {}
    touched: dict[UUID, datetime] = {}
    for row in await files.count_states(scope, session_ids):
        status = unified(row.variant_status, row.work_status)
        failed = status == "failed" or row.work_status == "failed"
        word = "under_way" if status not in FINISHED else "failed" if failed else "completed"
        states.setdefault(row.upload_session_id, Counter())[word] += row.files
        touched[row.upload_session_id] = max(touched.get(row.upload_session_id, row.touched_at), row.touched_at)
    return {key: _tally(found, states.get(key, Counter()), touched.get(key)) for key, found in outcomes.items()}


def _tally(outcomes: dict[str, int], states: Counter[str], touched_at: datetime | None) -> Tally:
    """Files that were deleted meanwhile count as completed."""
    ended = Counter[str | None]()
    for outcome, count in outcomes.items():
        if outcome != "stored":
            ended[OUTCOMES[outcome]] += count
    stored = outcomes.get("stored", 0)
    return Tally(
        awaited=ended[None],
        under_way=states["under_way"],
        completed=stored - states["under_way"] - states["failed"],
        failed=ended["failed"] + states["failed"],
        skipped=ended["skipped"],
        expired=outcomes.get("expired", 0),
        touched_at=touched_at,
    )


def _status(session: UploadSession, tallies: Tallies) -> SessionStatus:
    return tallies.get(session.id, Tally()).status(is_cancelled=session.cancelled_at is not None)


def _listed(session: UploadSession, tallies: Tallies) -> UploadSessionListItem:
    tally = tallies.get(session.id, Tally())
    return UploadSessionListItem(
        session_id=session.id,
        status=_status(session, tallies),
        upload_method=session.upload_method,
        total_files=session.total_files,
        completed_files=tally.completed,
        failed_files=tally.failed,
        skipped_files=tally.skipped,
        progress_percentage=tally.percentage,
        created_at=session.created_at,
        completed_at=tally.ended_at(session.created_at, session.cancelled_at),
    )


async def cancel(scope: Scope, text: str) -> UploadSessionStatusResponse:
    """Take back what nobody has begun to process, and wait for nothing more; SessionOver when there is no such thing.

    What was not described was not charged, so there is nothing to give back.
    """
    session_id = parse_id(text)
    if session_id is None or await queries.hold_session(scope, session_id) is None:
        raise SessionNotFound("There is no such upload session.")
    session, rows = await load(scope, text)
    status = tally_of(rows).status(is_cancelled=session.cancelled_at is not None)
    if status not in CANCELLABLE:
        raise SessionOver(f"The upload session is {status}; only pending and processing ones can be cancelled.")
    stored = [item.file_id for item, _, state in rows if state is None and item.outcome == "stored" and item.file_id]
    awaited = [item.file_id for item, _, _ in rows if item.outcome == "pending" and item.file_id]
    cancelled = [*await files.cancel_waiting(scope, stored, CANCELLED), *await _call_off(scope, awaited)]
    await queries.cancel_session(scope, session_id, cancelled)
    details = {"cancelled": len(cancelled), "file_ids": cancelled}
    await scope.publish(Audited("upload.cancelled", "cancel", "upload_session", str(session_id), details=details))
    return await session_status(scope, text)


async def _call_off(scope: Scope, pending_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the awaited uploads that nobody has confirmed meanwhile. Bytes that came are left to the sweep."""
    values = {"state": "refused", "reason_code": UploadNotArrived.code, "reason": "The upload session was cancelled."}
    return [one for one in pending_ids if await queries.settle_pending(scope, one, values)]


async def forget_purged(scope: Scope, event: FilesPurged) -> None:
    """Sessions count purged files as before, and name them no more."""
    await queries.forget_files(scope, event.file_ids)


async def batch_status(scope: Scope, text: str) -> BatchStatusSummaryResponse:
    """How far a batch has come, in numbers."""
    session, rows = await load(scope, text)
    tally = tally_of(rows)
    problems = [problem for row in rows if (problem := _problem(row))]
    touched = [file.updated_at or file.created_at for _, file, _ in rows if file]
    return BatchStatusSummaryResponse(
        batch_id=str(session.id),
        tenant_id=str(scope.tenant_id),
        overall_status=_overall(tally, is_cancelled=session.cancelled_at is not None),
        completion_percentage=tally.percentage,
        counts=_counts(scope, rows),
        description_counts=_description_counts(rows),
        error_summary=BatchErrorSummaryResponse(
            count=len(problems), messages=list(dict.fromkeys(problems))[:MOST_MESSAGES]
        ),
        created_at=session.created_at.isoformat(),
        last_activity_at=max(touched, default=session.created_at).isoformat(),
    )


def _overall(tally: Tally, *, is_cancelled: bool) -> str:
    status = tally.status(is_cancelled=is_cancelled)
    return "partially_completed" if status == "completed" and tally.failed else status


def _word(row: Row) -> str:
    item, file, state = row
    if item.outcome == "pending":
        return "uploading"
    if item.outcome == "stored" and file:
        return unified_status(file)
    return "failed" if state == "failed" else "completed"


def _is_stuck(scope: Scope, file: StoredFile | None) -> bool:
    return file is not None and as_status(scope, file).is_stuck


def _counts(scope: Scope, rows: Sequence[Row]) -> BatchStatusCountsResponse:
    words = Counter(_word(row) for row in rows)
    return BatchStatusCountsResponse(
        total=len(rows),
        uploading=words["uploading"],
        queued=words["queued"],
        processing=words["processing"],
        completed=words["completed"],
        failed=words["failed"],
        partially_completed=words["partially_completed"],
        stuck=sum(_is_stuck(scope, file) for _, file, _ in rows),
    )


def _description_counts(rows: Sequence[Row]) -> BatchDescriptionCountsResponse:
    words = Counter(file.description_status for _, file, _ in rows if file)
    return BatchDescriptionCountsResponse(
        pending=words["pending"] + words["queued"] + sum(item.outcome == "pending" for item, _, _ in rows),
        processing=words["processing"],
        completed=words["completed"],
        failed=words["failed"],
        skipped=words["skipped"],
    )


def _problem(row: Row) -> str | None:
    item, file, _ = row
    if item.outcome in ("rejected", "expired"):
        return item.reason
    return (file.work_error or file.variant_error) if file and item.outcome == "stored" else None


async def stuck_uploads(scope: Scope, minutes: int, limit: int) -> StuckUploadsResponse:
    """Files that nothing has happened to for so long, and presigned uploads that were not confirmed in it."""
    before = scope.now() - timedelta(minutes=minutes)
    found = [as_status(scope, file) for file in await files.find_stuck(scope, before, limit)]
    found += [as_waiting(scope, row) for row in await queries.find_waiting(scope, before=before, limit=limit)]
    images = [one.model_copy(update={"is_stuck": True}) for one in found[:limit]]
    return StuckUploadsResponse(stuck_count=len(images), images=images)
