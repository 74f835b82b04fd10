"""From answers about uploads to results. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Optional, cast

from .._multipart import FilePart
from .._requests import objects_in
from ..types._decoding import member_of
from ..types.common import DescriptionStatus
from ..types.describe import DescriptionErrorType, DescriptionFailure
from ..types.describe import DescriptionStatus as DescriptionState
from ..types.files import UserFile, UserFileDetails
from ..types.upload import UploadResult

Entry = Mapping[str, Any]


def stored_result(filename: str, entry: Entry) -> UploadResult:
    """The result for one file the server answered about; a skipped duplicate gets the id of the file it repeats."""
    error = entry.get("error") or entry.get("error_message")
    is_skipped = bool(entry.get("skipped")) or entry.get("status") == "skipped"
    result = UploadResult.from_api_response({**entry, "filename": filename, "skipped": is_skipped})
    if not result.is_stored:
        return failed_result(filename, str(error or "The file was not stored"))
    if error or entry.get("status") == "failed":
        return failed_description(result, str(error or "The processing failed"))
    existing = entry.get("skipped_existing_image_id")
    if result.skipped and isinstance(existing, str):
        result = replace(result, image_id=existing)
    has_description = result.description is not None
    return replace(result, description_status=DescriptionStatus.COMPLETED) if has_description else result


def failed_result(filename: str, reason: str, is_retryable: Optional[bool] = None) -> UploadResult:
    """The result for a file that was not stored."""
    kind, guess = DescriptionFailure.classify_error(reason)
    if kind is DescriptionErrorType.UNKNOWN and is_retryable is False:
        # what the server refuses for good is wrong with the file itself
        kind = DescriptionErrorType.VALIDATION_ERROR
    return UploadResult(
        image_id="",
        filename=filename,
        object_key="",
        description_status=DescriptionStatus.FAILED,
        description_error=reason,
        description_error_type=kind.value,
        description_is_retryable=guess if is_retryable is None else is_retryable,
    )


def batch_results(parts: Sequence[FilePart], answer: Entry) -> Optional[list[UploadResult]]:
    """One result per part, in order; None when the server says nothing yet about the files it took."""
    refused = _rejections(answer)
    taken = [index for index in range(len(parts)) if index not in refused]
    entries = objects_in(answer, "immediate_results") or objects_in(answer, "files")
    if taken and not entries:
        return None
    found = dict(zip(taken, entries)) if len(taken) == len(entries) else _by_name(parts, taken, entries)
    return [_one(part, refused.get(index), found.get(index)) for index, part in enumerate(parts)]


def session_results(parts: Sequence[FilePart], answer: Entry, entries: Sequence[Entry]) -> list[UploadResult]:
    """One result per part; `entries` of the session that `answer` started come in any order."""
    refused = _rejections(answer)
    found = _by_name(parts, [index for index in range(len(parts)) if index not in refused], entries)
    return [_one(part, refused.get(index), found.get(index)) for index, part in enumerate(parts)]


def described_result(result: UploadResult, file: UserFile) -> UploadResult:
    """`result` with what a list of files says about its description."""
    status = member_of(DescriptionStatus, file.description_status) or DescriptionStatus.PENDING
    if status is DescriptionStatus.FAILED:
        return failed_description(result, file.description_error or "The description failed")
    return replace(
        result,
        description=file.upload_description,
        tags=file.tags,
        visible_text=file.visible_text,
        confidence_score=file.confidence_score,
        thumbnail_url=file.thumbnail_url,
        created_at=file.created_at,
        description_status=status,
    )


def failed_description(result: UploadResult, reason: str) -> UploadResult:
    """`result`, its description failed for `reason`."""
    kind, is_retryable = DescriptionFailure.classify_error(reason)
    return replace(
        result,
        description_status=DescriptionStatus.FAILED,
        description_error=reason,
        description_error_type=kind.value,
        description_is_retryable=is_retryable,
    )


def description_status(answer: Entry) -> DescriptionState:
    """How far a description is, from the status of a whole picture."""
    components = answer.get("component_statuses")
    described = cast("Entry", components).get("description_status") if isinstance(components, Mapping) else None
    unified = answer.get("unified_status")
    status = DescriptionState.from_api_response({**answer, "status": described or unified})
    if answer.get("is_terminal") is True and not status.is_complete:
        return replace(status, status="failed" if unified == "failed" else "skipped")
    return status


def with_description(status: DescriptionState, file: UserFileDetails) -> DescriptionState:
    """`status` with the description that the file's details hold."""
    latest = (file.full_descriptions or [None])[0]
    return replace(
        status,
        description=file.upload_description or (latest and latest.description),
        tags=file.tags,
        visible_text=file.visible_text,
        confidence_score=file.confidence_score or (latest and latest.confidence_score),
        completed_at=file.description_generated_at or status.completed_at,
    )


def _one(part: FilePart, rejection: Optional[Entry], entry: Optional[Entry]) -> UploadResult:
    if rejection is not None:
        reason = str(rejection.get("reason") or "The file was refused")
        return failed_result(part.filename, reason, bool(rejection.get("retryable")))
    if entry is None:
        return failed_result(part.filename, "The server gave no result for this file")
    return stored_result(part.filename, entry)


def _rejections(answer: Entry) -> dict[int, Entry]:
    rejections = objects_in(answer, "rejections")
    return {one["index"]: one for one in rejections if isinstance(one.get("index"), int)}


def _by_name(parts: Sequence[FilePart], taken: Sequence[int], entries: Sequence[Entry]) -> dict[int, Entry]:
    waiting: dict[str, deque[Entry]] = defaultdict(deque)
    for entry in entries:
        waiting[str(entry.get("filename"))].append(entry)
    queues = [(index, waiting[parts[index].filename]) for index in taken]
    found = {index: queue.popleft() for index, queue in queues if queue}
    # a server may store a file under a cleaned name
    nameless = [entry for queue in waiting.values() for entry in queue]
    return {**found, **dict(zip([index for index in taken if index not in found], nameless))}
