"""How a file is processed: steps in order, each done once for a version, none computing inside a transaction."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar, cast
from uuid import UUID

import structlog

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.files import queries
from aionserver.domains.files.tables import File, FileStep
from aionserver.domains.usage import service as usage
from aionserver.domains.usage.schemas import Level
from aionserver.infra.database import is_away
from aionserver.infra.errors import AionError, OutOfStorage, Unavailable
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.job_worker import Attempt
from aionserver.infra.scope import Infra, Scope
from aionserver.infra.storage import Storage
from aionserver.kit.documents.faults import DocumentError
from aionserver.kit.picture_faults import PictureError
from aionserver.kit.pictures import DerivedPicture, PictureOptions, derive

log = structlog.get_logger(__name__)
PROCESS = "files.process"
UNFINISHED = ("pending", "queued", "processing")
# Workers that may die at one step of a file before it is taken for the cause; many, for others may have killed them.
MOST_DEATHS = 20
# The operation that failed when a status did, and its level; it was not charged.
CHARGED: Mapping[str, tuple[str, Level | None]] = {
    "description_status": (usage.DESCRIBE, usage.STANDARD),
    "text_extraction_status": (usage.DOCUMENT, None),
}
Save = Callable[[Scope], Awaitable[None]]
Note = TypeVar("Note")


class TurnOver(Exception):
    """A file was long enough in hand; it goes on where it stopped, behind those that wait."""


@dataclass
class Work:
    """A file in hand: its row, the picture decoded once for all steps, and what steps noted for later ones."""

    infra: Infra
    file: File
    done: dict[str, FileStep]
    tries: int = 1
    notes: dict[type, object] = field(default_factory=dict[type, object])
    begun: float = field(default_factory=time.monotonic)
    _picture: DerivedPicture | None = None

    @property
    def file_id(self) -> UUID:
        """The file's id."""
        return self.file.id

    async def storage(self) -> Storage:
        """Where the file's objects are."""
        reader = custom_storage.system_reader(self.infra, self.file.tenant_id)
        return await custom_storage.storage_of(reader, self.file.bucket_id)

    async def source(self) -> Path | bytes:
        """The original: where it lies on this machine, or its bytes."""
        storage = await self.storage()
        path = storage.path_of(self.file.object_key)
        if path is not None and path.exists():
            return path
        return await storage.get(self.file.object_key, self.file.size_bytes)

    async def picture(self) -> DerivedPicture:
        """The decoded picture with its variants; PictureError when it is damaged."""
        if self._picture is None:
            options = PictureOptions(max_pixels=self.infra.settings.max_image_pixels)
            self._picture = await self.infra.parse(derive, await self.source(), options)
        return self._picture

    def note(self, found: object) -> None:
        """Leave something for later steps of this run."""
        self.notes[type(found)] = found

    def noted(self, kind: type[Note]) -> Note | None:
        """What an earlier step of this run left; None when it ran in another one."""
        return cast("Note | None", self.notes.get(kind))

    def make_way(self) -> None:
        """Raise TurnOver where others had to wait for long; called where all that was done is kept."""
        if time.monotonic() - self.begun >= self.infra.settings.document_turn_seconds:
            raise TurnOver

    def completed(self, step: str) -> bool:
        """Whether a step has been done, in this run or before."""
        return step in self.done and self.done[step].status == "completed"


class Step(Protocol):
    """One step. `run` computes and returns what writes the result down, in a transaction of its own.

    `reports` is the status column that a failure shows in; without it the file is whole without this step.
    """

    name: str
    needs: Sequence[str]
    reports: str | None

    def version(self, infra: Infra) -> str:
        """The version of what does the step."""
        ...

    def wanted(self, file: File) -> bool:
        """Whether this file is to go through the step."""
        ...

    async def run(self, work: Work) -> Save:
        """The result, as a function that saves it."""
        ...


def is_crawled(file: File) -> bool:
    """Whether the file is a page to be fetched, or that was; one that nobody asked for yet waits without a job."""
    return file.crawl_status not in (None, "pending")


async def process(infra: Infra, attempt: Attempt, tenant_id: str, file_id: str) -> None:
    """Bring a file through all steps that it has not been through, unless another worker is at it."""
    async with infra.locks.hold(f"process:{file_id}") as free:
        if not free:
            raise Unavailable("Another worker is processing this file.")
        try:
            await _process(infra, attempt, tenant_id, file_id)
            return
        except TurnOver:
            log.info("file_made_way", file_id=file_id)
    # Only now, for whoever takes it up needs the lock.
    async with infra.open_system_scope(UUID(tenant_id)) as scope:
        await scope.defer([JobRequest(PROCESS, {"file_id": file_id}, "documents")])


async def _process(infra: Infra, attempt: Attempt, tenant_id: str, file_id: str) -> None:
    async with infra.open_system_scope(UUID(tenant_id)) as scope:
        file = await queries.find_file(scope, UUID(file_id))
        if file is None:
            return
        work = Work(infra, file, await queries.find_steps(scope, file.id), attempt.number)
        if begun := _begun(file):
            await queries.change_file(scope, file.id, begun)
    for step in cast("Sequence[Step]", infra.steps):
        if step.wanted(file) and not _up_to_date(work, step):
            await _take(work, step, attempt)


def _begun(file: File) -> dict[str, str]:
    columns = ["variant_status", "description_status", "text_extraction_status"]
    columns += ["crawl_status"] if is_crawled(file) else []
    return {name: "processing" for name in columns if getattr(file, name) in ("pending", "queued")}


def _up_to_date(work: Work, step: Step) -> bool:
    """Whether the step was done by what does it now, and out of what its needs gave last."""
    found = work.done.get(step.name)
    if found is None or found.status != "completed" or found.version != step.version(work.infra):
        return False
    sources = (work.done[name] for name in step.needs if work.completed(name))
    return all(source.finished_at <= found.finished_at for source in sources)


async def _take(work: Work, step: Step, attempt: Attempt) -> None:
    started = work.infra.clock()
    missing = [name for name in step.needs if not work.completed(name)]
    if missing:
        earlier = work.done.get(missing[0])
        await _record_failure(work, step, started, "step_skipped", _reason(earlier))
        return
    if (deaths := attempt.deaths_after(_last_progress(work))) >= MOST_DEATHS:
        reason = f"Processing was given up: {deaths} workers died while they were at this step of it."
        await _record_failure(work, step, started, "worker_died", reason)
        return
    try:
        await _record(work, step, started, await step.run(work))
    except (OutOfStorage, custom_storage.BucketUnreachable, TurnOver):
        raise  # no failure of this file: it waits for room, for the bucket or for others, on the last try too
    except (PictureError, DocumentError, AionError) as error:
        if isinstance(error, AionError) and error.retryable and not attempt.is_last:
            raise
        await _record_failure(work, step, started, error.code, _sentence(error))
    except Exception as error:
        if not attempt.is_last or is_away(error):
            raise
        log.exception("step_failed", step=step.name, file_id=str(work.file_id))
        await _record_failure(
            work, step, started, "internal_error", "Processing failed on our side; it can be retried."
        )


def _last_progress(work: Work) -> datetime | None:
    return max((step.finished_at for step in work.done.values()), default=None)


def _reason(earlier: FileStep | None) -> str:
    return (earlier.error_message if earlier else None) or "An earlier step of processing failed."


def _sentence(error: PictureError | DocumentError | AionError) -> str:
    return error.message if isinstance(error, AionError) else error.sentence


async def _record(work: Work, step: Step, started: datetime, save: Save) -> None:
    """Write a step's result and its state down together, unless another worker did so since this one looked."""
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        if await _save_step(scope, work, step, started, "completed", None, None):
            await save(scope)


async def _record_failure(work: Work, step: Step, started: datetime, code: str, sentence: str) -> None:
    log.warning("step_not_done", step=step.name, file_id=str(work.file_id), code=code, reason=sentence)
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        if await _save_step(scope, work, step, started, "failed", code, sentence) and step.reports:
            subject = step.reports.removesuffix("_status")
            values = {step.reports: "failed", f"{subject}_error": sentence, "updated_at": scope.now()}
            await queries.change_file(scope, work.file_id, values)
            if step.reports in CHARGED:
                operation, level = CHARGED[step.reports]
                known = usage.Particulars(level=level, user_id=work.file.uploaded_by)
                await usage.record_failure(scope, operation, work.file_id, known)


async def _save_step(
    scope: Scope,
    work: Work,
    step: Step,
    started: datetime,
    status: str,
    code: str | None,
    message: str | None,
) -> bool:
    """Whether it was saved; False when another worker has saved the step meanwhile, which stands."""
    values = {
        "step": step.name,
        "version": step.version(work.infra),
        "status": status,
        "error_code": code,
        "error_message": message,
        "started_at": started,
        "finished_at": scope.now(),
    }
    known = work.done.get(step.name)
    saved = await queries.save_step(scope, {"file_id": work.file_id, **values}, known.finished_at if known else None)
    work.done[step.name] = (
        FileStep(file_id=work.file_id, tenant_id=scope.tenant_id, **values)
        if saved
        else (await queries.find_steps(scope, work.file_id))[step.name]
    )
    return saved
