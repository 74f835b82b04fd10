"""Presigned uploads become files: what arrived is looked at first, and entered in one transaction then.

Whatever is killed in between leaves an upload that is waited for as before, and whose bytes are found by the next try.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import structlog

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.custom_storage.service import Store
from aionserver.domains.files import service as files
from aionserver.domains.folders.errors import FolderNotFound
from aionserver.domains.folders.service import require_folder
from aionserver.domains.uploads import accepting, queries
from aionserver.domains.uploads.arrivals import Claim, take_in
from aionserver.domains.uploads.errors import (
    ChecksumMismatch,
    FileTooLarge,
    SizeMismatch,
    UnsupportedFormat,
    UploadBeingConfirmed,
    UploadNotArrived,
    UploadNotFound,
)
from aionserver.domains.uploads.forms import StreamFields
from aionserver.domains.uploads.intake import Received
from aionserver.domains.uploads.presigned import incoming_key
from aionserver.domains.uploads.sweep import tenant_and_file
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import AionError, Conflict
from aionserver.infra.scope import Infra, Reader, Scope
from aionserver.infra.web.door import Caller

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
PATIENCE = 300
PAUSE_SECONDS = 0.1
# Of one file; others are of the store, the plan or the server, and may be over when it is tried again.
OF_THE_FILE = (UnsupportedFormat, FileTooLarge, SizeMismatch, ChecksumMismatch, UploadNotArrived)
FOR_GOOD = (UnsupportedFormat, FileTooLarge)
REASONS: dict[str, type[AionError]] = {kind.code: kind for kind in OF_THE_FILE}


@dataclass(frozen=True)
class Verdict:
    """What was found where an upload was expected: a file, or why there is none to be taken."""

    pending: Any
    received: Received | None = None
    error: AionError | None = None


def reader_of(caller: Caller) -> Reader:
    """The caller, as one who reads."""
    return Reader(caller.actor, caller.infra, caller.origin)


@asynccontextmanager
async def alone(infra: Infra, pending_ids: Sequence[UUID], patience: int = PATIENCE) -> AsyncGenerator[None]:
    """Hold uploads, which nobody else confirms or gives up meanwhile; waits for who does."""
    async with AsyncExitStack() as held:
        for pending_id in sorted(pending_ids):
            await _hold(held, infra, f"upload:{pending_id}", patience)
        yield


async def _hold(held: AsyncExitStack, infra: Infra, name: str, patience: int) -> None:
    for _ in range(patience):
        async with AsyncExitStack() as one:
            if await one.enter_async_context(infra.locks.hold(name)):
                await held.enter_async_context(one.pop_all())
                return
        await asyncio.sleep(PAUSE_SECONDS)
    raise UploadBeingConfirmed("Another request is confirming this upload.", headers={"Retry-After": "5"})


async def store_of(reader: Reader, pending: Any) -> Store:
    """Where an upload is expected."""
    return Store(await custom_storage.storage_of(reader, pending.bucket_id), pending.bucket_id)


async def judge(reader: Reader, pending: Any, claim: Claim) -> Verdict:
    """What arrived for an upload; errors of the store or the server are raised."""
    try:
        return Verdict(pending, await take_in(await store_of(reader, pending), pending, claim))
    except OF_THE_FILE as error:
        return Verdict(pending, error=error)


async def enter(scope: Scope, verdicts: Sequence[Verdict], *, auto_describe: bool = True) -> None:
    """Put what was found into the library, and write down what was not; of one request, with the same fields."""
    for lot in _lots(verdicts):
        await _enter(scope, lot, auto_describe=auto_describe)
    for one in verdicts:
        if one.error:
            await settle(scope, one.pending, "refused", None, one.error)
    await scope.publish(_audited(verdicts))


Arrived = tuple[Any, Received]


def _lots(verdicts: Sequence[Verdict]) -> list[list[Arrived]]:
    """What arrived, in lots to be entered one after the other: none has twins of which one is a duplicate then."""
    lots, seen = list[list[Arrived]](), Counter[str]()
    for pending, received in [(one.pending, one.received) for one in verdicts if one.received]:
        at = seen[received.stored.sha256] if pending.skip_duplicates else 0
        seen[received.stored.sha256] += 1
        lots += [[]] if at == len(lots) else []
        lots[at].append((pending, received))
    return lots


async def _enter(scope: Scope, lot: Sequence[Arrived], *, auto_describe: bool) -> None:
    first, received = lot[0][0], [found for _, found in lot]
    form = await _fields(scope, first, auto_describe=auto_describe)
    existing = await accepting.find_existing(scope, form, received)
    await accepting.store(
        scope,
        form,
        received,
        existing,
        queue="interactive",
        title=first.title,
        session_id=first.batch_id,
        upload_method=accepting.PRESIGNED,
    )
    for pending, found in lot:
        known = existing.get(found.stored.sha256)
        state, file_id = ("skipped", known.id) if known else ("stored", pending.id)
        await settle(scope, pending, state, file_id)


async def _fields(scope: Scope, pending: Any, *, auto_describe: bool) -> StreamFields:
    return StreamFields(
        tags=",".join(pending.tags) or None,
        auto_describe=pending.auto_describe and auto_describe,
        skip_duplicates=pending.skip_duplicates,
        folder_id=await _folder_of(scope, pending),
    )


async def _folder_of(scope: Scope, pending: Any) -> str | None:
    """The folder that was asked for; none, the root, where it was deleted meanwhile."""
    if pending.folder_id is None:
        return None
    try:
        return str(await require_folder(scope, str(pending.folder_id)))
    except FolderNotFound:
        return None


async def settle(
    scope: Scope, pending: Any, state: str, file_id: UUID | None = None, error: AionError | None = None
) -> None:
    """Write down what became of an upload, in its batch too."""
    code, reason = (error.code, error.message) if error else (None, None)
    values = {"state": state, "file_id": file_id, "reason_code": code, "reason": reason}
    if not await queries.settle_pending(scope, pending.id, values):
        raise Conflict("This upload was settled by another request meanwhile.")
    if pending.batch_id:
        item = {"outcome": "rejected" if state == "refused" else state, "file_id": file_id, "reason": reason}
        await queries.change_item(scope, pending.batch_id, pending.position, item)


def _audited(verdicts: Sequence[Verdict]) -> Audited:
    stored = [one.pending.id for one in verdicts if one.received]
    first = verdicts[0].pending
    kind, resource_id = ("upload_session", first.batch_id) if first.batch_id else ("file", first.id)
    details = {"count": len(stored), "rejected": len(verdicts) - len(stored), "file_ids": stored, "presigned": True}
    result = "success" if stored else "failure"
    event = "file.uploaded" if stored else "file.upload_refused"
    return Audited(event, "upload", kind, str(resource_id), result=result, details=details)


async def tidy(reader: Reader, pending: Any, *, keep_file: bool) -> None:
    """Remove bytes that are no file's, or are no more where they were put; the sweep does what fails here."""
    try:
        storage = (await store_of(reader, pending)).storage
        if storage.local is None or not keep_file:
            await storage.delete(incoming_key(pending))
        if not keep_file:
            await storage.delete(pending.object_key)
    except AionError as error:
        log.warning("incoming_not_removed", key=pending.object_key, reason=error.message)


async def require_pending(reader: Reader, object_key: str) -> Any:
    """The presigned upload whose key this is, whatever became of it; UploadNotFound when there is none."""
    owner = tenant_and_file(object_key)
    found = await queries.find_pending(reader, owner[1]) if owner and owner[0] == reader.tenant_id else None
    if found is None or found.object_key != object_key or found.state == "expired":
        raise UploadNotFound("There is no presigned upload with this object_key, or it has expired; ask for a new one.")
    return found


async def confirm(
    caller: Caller,
    object_key: str,
    claim: Claim,
    answer: Callable[[Scope, files.StoredFile], Awaitable[Result]],
    *,
    auto_describe: bool = True,
) -> Result:
    """What `answer` makes of the file, in the transaction in which it enters the library; at once where it is there."""
    reader = reader_of(caller)
    pending_id = (await require_pending(reader, object_key)).id
    async with alone(caller.infra, [pending_id]):
        pending = await require_pending(reader, object_key)
        verdict = await judge(reader, pending, claim) if pending.state == "waiting" else None
        if verdict and verdict.error:
            if isinstance(verdict.error, FOR_GOOD):
                await _refuse(caller, verdict)
            raise verdict.error
        async with caller.open_scope() as scope:
            if verdict:
                await enter(scope, [verdict], auto_describe=auto_describe)
            file = await _file_of(scope, pending_id)
            result = await answer(scope, file)
        if verdict:
            await tidy(reader, pending, keep_file=file.id == pending_id)
        return result


async def _refuse(caller: Caller, verdict: Verdict) -> None:
    async with caller.open_scope() as scope:
        await enter(scope, [verdict])
    await tidy(reader_of(caller), verdict.pending, keep_file=False)


async def _file_of(scope: Scope, pending_id: UUID) -> files.StoredFile:
    """The file that an upload became; the reason when it became none."""
    pending = await queries.find_pending(scope, pending_id)
    assert pending is not None
    if pending.state == "refused":
        raise REASONS.get(pending.reason_code or "", UnsupportedFormat)(pending.reason or "The upload was refused.")
    found = await files.find_many(scope, [pending.file_id] if pending.file_id else [])
    if not found:
        raise UploadNotFound("The file of this upload was deleted.")
    return next(iter(found.values()))
