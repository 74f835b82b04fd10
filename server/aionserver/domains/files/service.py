"""What can be done with stored files: find, read, change, delete, restore, process again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import structlog

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.custom_storage.service import Store
from aionserver.domains.files import presentation, queries
from aionserver.domains.files.checking import every_file, pages, standing_still, without_jobs
from aionserver.domains.files.document_rows import (
    DocumentShown,
    complete_document,
    document_type,
    end_words,
    keep_words,
    show_document,
)
from aionserver.domains.files.errors import AmbiguousId, FileNotFound, VariantNotReady
from aionserver.domains.files.events import FilesDeleted, FilesRestored
from aionserver.domains.files.items import as_item
from aionserver.domains.files.processing import PROCESS, UNFINISHED, Save, Step, Work, is_crawled, process
from aionserver.domains.files.queries import FileFilter, FilePage
from aionserver.domains.files.schemas import (
    BatchDeleteFileResult,
    BatchDeleteFilesResponse,
    DeleteFileResponse,
    FullDescription,
    ListUserFilesResponse,
    RestoreFileResponse,
    TriggerVariantsResponse,
    UpdateFileRequest,
    UpdateFileResponse,
    UserFileDetails,
)
from aionserver.domains.files.tables import File
from aionserver.domains.files.variants import save_variants, store_variants
from aionserver.infra.auditing import Audited, differences
from aionserver.infra.database import raw_connection
from aionserver.infra.errors import BadRequest
from aionserver.infra.job_queue import JobRequest, Queue
from aionserver.infra.reading import Query
from aionserver.infra.scope import Reader, Scope
from aionserver.infra.storage import StoredObject
from aionserver.kit.ids import id_range, parse_id, parse_ids
from aionserver.kit.media_types import MediaType
from aionserver.kit.pagination import has_more
from aionserver.kit.renditions import VARIANT_SIDES
from aionserver.kit.tags import clean_tags

__all__ = [
    "PROCESS",
    "DocumentShown",
    "Save",
    "Step",
    "StoredFile",
    "Work",
    "as_item",
    "complete_document",
    "document_type",
    "end_words",
    "every_file",
    "is_crawled",
    "keep_words",
    "pages",
    "process",
    "save_variants",
    "show_document",
    "store_variants",
]
log = structlog.get_logger(__name__)
StoredFile = File
MOST_RESUMED = 1000
# Of a tenant's documents in an hour, so that new ones do not wait for long.
MOST_RENEWED = 200
# As many as an entry of the audit log keeps.
NAMED_AT_ONCE = 100
ShowDescription = Callable[[Any], FullDescription]


@dataclass(frozen=True)
class NewFile:
    """A file whose bytes are stored, about to enter the library."""

    file_id: UUID
    media: MediaType
    filename: str
    stored: StoredObject
    title: str | None
    tags: list[str]
    folder_id: UUID | None
    store: Store
    upload_method: str
    upload_session_id: UUID | None
    auto_describe: bool


async def add_files(scope: Scope, files: Sequence[NewFile]) -> None:
    """Enter files into the library; their processing is deferred apart."""
    await queries.add_files(scope, [_row(scope, new) for new in files])


def _row(scope: Scope, new: NewFile) -> File:
    is_document = new.media.media_type == "document"
    is_described = new.auto_describe and not is_document
    return File(
        id=new.file_id,
        tenant_id=scope.tenant_id,
        uploaded_by=scope.actor.user_id,
        media_type=new.media.media_type,
        content_type=new.media.content_type,
        format=new.media.format,
        filename=new.filename,
        title=new.title,
        tags=new.tags,
        folder_id=new.folder_id,
        object_key=new.stored.key,
        storage_target=new.store.target,
        bucket_id=new.store.bucket_id,
        upload_method=new.upload_method,
        upload_session_id=new.upload_session_id,
        size_bytes=new.stored.size_bytes,
        sha256=new.stored.sha256,
        variant_status="queued",
        auto_describe=is_described,
        description_status="queued" if is_described else "skipped",
        text_extraction_status="pending" if is_document else None,
        particulars={"document_type": document_type(new.media.format)} if is_document else {},
        created_at=scope.now(),
    )


@dataclass(frozen=True)
class NewLink:
    """A page of the web that enters the library: a file without bytes. `mark` is what equal addresses share."""

    file_id: UUID
    name: str
    mark: str
    title: str | None
    tags: list[str]
    folder_id: UUID | None
    crawl_status: str
    particulars: dict[str, Any]


async def add_link(scope: Scope, new: NewLink) -> StoredFile:
    """Enter a link into the library; the fetching of its page is deferred apart."""
    file = File(
        id=new.file_id,
        tenant_id=scope.tenant_id,
        uploaded_by=scope.actor.user_id,
        media_type="link",
        content_type="text/html",
        format="html",
        filename=new.name,
        title=new.title,
        tags=new.tags,
        folder_id=new.folder_id,
        object_key="",
        storage_target=custom_storage.DEFAULT,
        upload_method="LINK",
        size_bytes=0,
        sha256=new.mark,
        variant_status="skipped",
        auto_describe=False,
        description_status="skipped",
        crawl_status=new.crawl_status,
        particulars=new.particulars,
        created_at=scope.now(),
    )
    await queries.add_files(scope, [file])
    return file


@dataclass(frozen=True)
class PageRead:
    """What the fetching of a page puts on its file."""

    title: str | None
    description: str | None
    text: str | None
    particulars: dict[str, Any]


async def set_page(scope: Scope, file_id: UUID, read: PageRead) -> None:
    """Show on a link what its page says."""
    values: dict[str, Any] = {
        "title": read.title,
        "description": read.description,
        "visible_text": read.text,
        "description_status": "completed" if read.description else "skipped",
        "described_at": scope.now() if read.description else None,
        "particulars": read.particulars,
        "crawl_status": "completed",
        "crawl_error": None,
        "updated_at": scope.now(),
    }
    await queries.change_file(scope, file_id, values)


async def crawl_again(scope: Scope, file_id: UUID) -> None:
    """Have a link's page fetched anew: the next processing does."""
    await queries.forget_steps(scope, file_id, ["crawl"])
    await queries.change_file(scope, file_id, {"crawl_status": "queued", "crawl_error": None})


async def set_no_preview(scope: Scope, file_id: UUID) -> None:
    """Note that a page or a document has no picture to show."""
    await queries.change_file(scope, file_id, {"variant_status": "skipped", "variant_error": None})


@dataclass(frozen=True)
class Described:
    """What a description puts on its file. `tags` are all that the file then has."""

    text: str
    visible_text: str | None
    confidence: float
    tags: list[str]


async def set_description(scope: Scope, file_id: UUID, described: Described) -> None:
    """Show a description on its file; tags that a person edited stay."""
    now = scope.now()
    values: dict[str, Any] = {
        "description": described.text,
        "visible_text": described.visible_text,
        "confidence_score": described.confidence,
        "description_status": "completed",
        "description_error": None,
        "described_at": now,
        "updated_at": now,
    }
    await queries.change_file(scope, file_id, values)
    await queries.add_tags(scope, file_id, described.tags)


async def find_by_hash(scope: Scope, hashes: Sequence[str]) -> dict[str, File]:
    """For each SHA-256 that a file of the tenant has, the oldest such file."""
    return await queries.find_by_hash(scope, hashes)


async def find_many(scope: Scope, ids: Sequence[UUID]) -> dict[UUID, File]:
    """The files with these ids that are in the library."""
    return await queries.find_many(scope, ids)


async def read_many(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, File]:
    """The files with these ids that are in the library, to be shown."""
    return await queries.read_many(reader, ids)


async def image_ids(reader: Reader, limit: int, offset: int) -> tuple[list[UUID], int]:
    """A page of the ids of all images, the latest first, and how many there are."""
    return await queries.image_ids(reader, limit, offset)


async def hold(scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """Which of the ids are in the library; until the transaction ends, none of them leaves it."""
    return await queries.hold(scope, ids)


async def known_ids(scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """Which of the ids are files of the tenant, deleted ones too."""
    return await queries.known_ids(scope, ids)


@dataclass(frozen=True)
class Objects:
    """What rows say of stored objects: sizes in bytes by key, SHA-256 of originals, files that may get more of them."""

    sizes: dict[str, int]
    digests: dict[str, str]
    busy: set[UUID]


async def objects_of(scope: Scope, ids: Sequence[UUID], bucket_id: UUID | None) -> Objects:
    """What rows say of the objects of files, deleted ones too, that are in a bucket or in the server's storage."""
    files = await queries.find_with_deleted(scope, ids)
    found = [file for file in files if file.bucket_id == bucket_id]
    variants = await queries.variants_of(scope, [file.id for file in found])
    stored = [file for file in found if file.object_key]
    sizes = {file.object_key: file.size_bytes for file in stored}
    sizes |= {one.object_key: one.size_bytes for of_file in variants.values() for one in of_file.values()}
    digests = {file.object_key: file.sha256 for file in stored}
    return Objects(sizes, digests, {file.id for file in found if file.variant_status in UNFINISHED})


async def step_versions(scope: Scope, step: str, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The version by which a step was completed, of those files for which it was."""
    found = {file_id: steps.get(step) for file_id, steps in (await queries.steps_of(scope, ids)).items()}
    return {file_id: row.version for file_id, row in found.items() if row and row.status == "completed"}


async def count_objects(scope: Scope, bucket_id: UUID | None) -> int:
    """How many objects in a bucket, or in the server's storage, the rows of a tenant name."""
    return await queries.count_objects(scope, bucket_id)


def variant_url(scope: Scope, file: File, name: str) -> str | None:
    """A signed URL of a variant; None until it is made."""
    return presentation.variant_url(scope, file, name)


def thumbnail_url(reader: Reader, file: File) -> str | None:
    """A signed URL of the small variant; None until it is made."""
    return presentation.variant_url(reader, file, "small_256")


async def require_file(scope: Scope, text: str) -> File:
    """The file with this id, or whose id alone begins with these 8 or more characters; FileNotFound otherwise."""
    found = await queries.find_file(scope, await _full_id(scope, text))
    if found is None:
        raise FileNotFound("There is no such file.")
    return found


async def held_file(scope: Scope, file_id: UUID) -> File | None:
    """A file, deleted or not, as it is now; nobody else changes it until the transaction ends."""
    return await queries.hold_file(scope, file_id)


async def _full_id(reader: Reader, text: str) -> UUID:
    full = parse_id(text)
    if full is not None:
        return full
    bounds = id_range(text)
    matches: Sequence[UUID] = await queries.find_in_range(reader, *bounds) if bounds else ()
    if len(matches) > 1:
        raise AmbiguousId("Several files' ids begin like this; give more characters.")
    if not matches:
        raise FileNotFound("There is no such file.")
    return matches[0]


async def list_files(reader: Reader, wanted: FileFilter, page: FilePage) -> ListUserFilesResponse:
    """A page of the tenant's files."""
    files, total = await queries.find_page(reader, wanted, page, kept_since(reader))
    return ListUserFilesResponse(
        files=[presentation.as_list_item(reader, file) for file in files],
        total_count=total,
        has_more=has_more(page.offset, len(files), total),
    )


async def find_documents(
    reader: Reader, status: str | None, limit: int, offset: int
) -> tuple[Sequence[StoredFile], int]:
    """A page of the documents whose reading is that far (None: of all), the newest first; how many there are."""
    return await queries.find_documents(reader, status, limit, offset)


@dataclass(frozen=True)
class Failure:
    """Why a step of processing failed: a code of the API and a sentence."""

    code: str | None
    message: str | None


async def failure_of(scope: Scope, file_id: UUID, steps: Sequence[str]) -> Failure | None:
    """Why the first of these steps of a file failed; None where none did."""
    found = await queries.find_steps(scope, file_id)
    failed = [found[name] for name in steps if name in found and found[name].status == "failed"]
    return Failure(failed[0].error_code, failed[0].error_message) if failed else None


async def read_details(reader: Reader, text: str, written: Query, show: ShowDescription) -> UserFileDetails:
    """All of a file: its row, the steps of processing it has been through, and what was written about it.

    `written` finds the descriptions by `file_id`, in the same round trip; `show` makes one of a row.
    """
    file, steps, (rows,) = await queries.find_details(reader, await _full_id(reader, text), [written])
    if file is None:
        raise FileNotFound("There is no such file.")
    return presentation.as_details(reader, file, steps, [show(row) for row in rows])


async def update_file(scope: Scope, text: str, change: UpdateFileRequest) -> UpdateFileResponse:
    """Set title or tags; what was not sent stays, an explicit null clears."""
    file = await require_file(scope, text)
    now = scope.now()
    title = change.title if "title" in change.model_fields_set else file.title
    edited = "tags" in change.model_fields_set
    tags = clean_tags(change.tags or []) if edited else file.tags
    values = {"title": title, "tags": tags, "tags_edited": edited or file.tags_edited, "updated_at": now}
    changes = differences({"title": file.title, "tags": file.tags}, {"title": title, "tags": tags})
    await queries.change_file(scope, file.id, values)
    await scope.publish(Audited("file.updated", "update", "file", str(file.id), changes=changes))
    return UpdateFileResponse(id=file.id, title=title, tags=tags, updated_at=now)


async def delete_file(scope: Scope, text: str) -> DeleteFileResponse:
    """Take a file out of the library; it can be restored for a while."""
    file = await require_file(scope, text)
    await _delete(scope, [file.id])
    days = scope.infra.settings.deleted_retention_days
    return DeleteFileResponse(
        id=file.id,
        deleted_at=scope.now(),
        message=f"The file is deleted; it can be restored for {days} days.",
    )


async def _delete(scope: Scope, ids: Sequence[UUID]) -> None:
    await queries.mark_deleted(scope, ids, scope.now())
    await scope.publish(FilesDeleted(ids))
    for file_id in ids:  # one each: who deleted a file is what is asked most
        await scope.publish(Audited("file.deleted", "delete", "file", str(file_id)))


async def delete_files(scope: Scope, texts: Sequence[str]) -> BatchDeleteFilesResponse:
    """Delete many; files still being processed are skipped, unknown ids fail."""
    ids, malformed = parse_ids(texts)
    found = await queries.find_many(scope, ids)
    busy = {file_id for file_id, file in found.items() if file.is_in_hand}
    doomed = [file_id for file_id in ids if file_id in found and file_id not in busy]
    unknown = malformed + [str(file_id) for file_id in ids if file_id not in found]
    await _delete(scope, doomed)
    if not doomed:
        details = {"skipped": len(busy), "unknown": len(unknown)}
        await scope.publish(Audited("file.deleted", "delete", "file", result="failure", details=details))
    result = BatchDeleteFilesResponse(
        deleted=[_outcome(str(i), "deleted", None).model_copy(update={"deleted_at": scope.now()}) for i in doomed],
        skipped=[_outcome(str(i), "skipped", "The file is still being processed.") for i in ids if i in busy],
        failed=[_outcome(text, "failed", "There is no such file.") for text in unknown],
        summary={},
    )
    counts = {name: len(getattr(result, name)) for name in ("deleted", "skipped", "failed")}
    return result.model_copy(update={"summary": {"total": len(ids) + len(malformed), **counts}})


async def move_to_folder(scope: Scope, ids: Sequence[UUID], folder_id: UUID | None) -> int:
    """Put files into a folder, or to the root; how many of them there are."""
    found = await queries.find_many(scope, ids)
    moved = {file.id: file.folder_id for file in found.values() if file.folder_id != folder_id}
    await queries.change_files(scope, list(moved), {"folder_id": folder_id, "updated_at": scope.now()})
    for file_id, before in moved.items():
        changes = {"folder_id": (before, folder_id)}
        await scope.publish(Audited("file.moved", "move", "file", str(file_id), changes=changes))
    return len(found)


async def move_out(scope: Scope, folder_id: UUID, to: UUID | None) -> None:
    """Put all that lies directly in a folder into another, or to the root; deleted files too, which may come back."""
    await queries.move_out(scope, folder_id, {"folder_id": to, "updated_at": scope.now()})


async def delete_in_folders(scope: Scope, folder_ids: Sequence[UUID]) -> int:
    """Delete all that lies directly in one of these folders; how many files that was."""
    ids = await queries.ids_in_folders(scope, folder_ids)
    for some in (ids[start : start + NAMED_AT_ONCE] for start in range(0, len(ids), NAMED_AT_ONCE)):
        await queries.mark_deleted(scope, some, scope.now())
        await scope.publish(FilesDeleted(some))
        details = {"count": len(some), "file_ids": some}
        await scope.publish(Audited("file.deleted", "delete", "file", details=details))
    return len(ids)


def _outcome(text: str, status: str, message: str | None) -> BatchDeleteFileResult:
    return BatchDeleteFileResult(id=text, status=status, message=message)


async def restore_file(scope: Scope, text: str) -> RestoreFileResponse:
    """Bring a deleted file back, as long as it is kept."""
    file_id = parse_id(text)
    file = await queries.hold_file(scope, file_id) if file_id else None
    if file is None or file.deleted_at is None or file.deleted_at < kept_since(scope):
        raise FileNotFound("There is no deleted file with this id.")
    await queries.mark_deleted(scope, [file.id], None)
    await queries.forget_steps(scope, file.id, ["index"])
    await defer_processing(scope, {file.id: file.media_type}, "interactive")
    await scope.publish(FilesRestored([file.id]))
    await scope.publish(Audited("file.restored", "restore", "file", str(file.id)))
    return RestoreFileResponse(id=file.id, message="The file is restored.")


def kept_since(reader: Reader) -> datetime:
    """What was deleted before this moment can't be restored any more, and is removed for good."""
    return reader.now() - timedelta(days=reader.infra.settings.deleted_retention_days)


async def variant_address(scope: Scope, text: str, name: str) -> str:
    """A signed URL of a variant, or of the original; VariantNotReady while there is none."""
    file = await require_file(scope, text)
    if name == "original":
        return _original(scope, file)
    if name not in VARIANT_SIDES:
        raise VariantNotReady(f"There is no such variant: it is original, {', '.join(VARIANT_SIDES)}.")
    if file.variant_status == "failed":
        raise VariantNotReady(f"This file has no variants: {file.variant_error}")
    found = presentation.variant_url(scope, file, name)
    if found is None or await queries.find_variant(scope, file.id, name) is None:
        raise VariantNotReady("The variants of this file are not made yet.")
    return found


async def original_address(scope: Scope, text: str) -> str:
    """A signed URL of the uploaded bytes."""
    return _original(scope, await require_file(scope, text))


def _original(scope: Scope, file: File) -> str:
    found = presentation.original_url(scope, file)
    if found is None:
        raise VariantNotReady("A link has no bytes of its own; its page is at its source_url.")
    return found


async def trigger_variants(scope: Scope, text: str) -> TriggerVariantsResponse:
    """Make the variants again, and do every step that failed once more; nothing when it is under way already."""
    file = await require_file(scope, text)
    if not file.object_key:
        raise BadRequest("A link has no bytes to process: recrawl it.")
    busy = file.variant_status in UNFINISHED or file.text_extraction_status in UNFINISHED
    if not busy:
        await queries.forget_steps(scope, file.id, ["variants"])
        values: dict[str, Any] = {"variant_status": "queued", "variant_error": None}
        if file.description_status == "failed":
            values |= {"description_status": "queued", "description_error": None}
        if file.text_extraction_status == "failed":
            values |= {"text_extraction_status": "pending", "text_extraction_error": None}
        await queries.change_file(scope, file.id, values)
        await defer_processing(scope, {file.id: file.media_type}, "interactive")
    details = {"was_under_way": busy}
    await scope.publish(Audited("file.processing_started", "process", "file", str(file.id), details=details))
    return TriggerVariantsResponse(
        success=True,
        message="Processing is under way already." if busy else "Processing was started.",
        task_id=f"{PROCESS}:{file.id}",
        current_status=_standing(file) if busy else "queued",
        image_id=file.id,
        skipped_duplicate=busy,
    )


def _standing(file: File) -> str:
    return file.variant_status if file.variant_status in UNFINISHED else file.work_status


async def defer_processing(scope: Scope, media_types: Mapping[UUID, str], queue: Queue) -> None:
    """Write the jobs that process files of these types, in this transaction; documents have a queue of their own."""
    requests = [
        JobRequest(PROCESS, {"file_id": str(file_id)}, "documents" if media_type == "document" else queue)
        for file_id, media_type in media_types.items()
    ]
    await scope.defer(sorted(requests, key=lambda request: request.queue))


async def cancel_waiting(scope: Scope, ids: Sequence[UUID], reason: str) -> Sequence[UUID]:
    """Take back the processing of those files that nobody has begun to process; which these were."""
    cancelled = await queries.cancel_waiting(scope, ids, ("pending", "queued"), reason)
    await queries.fail_steps(scope, cancelled, [step.name for step in scope.infra.steps], "cancelled", reason)
    connection = await raw_connection(scope.session)
    await scope.infra.jobs.cancel(connection, PROCESS, "file_id", [str(file_id) for file_id in cancelled])
    return cancelled


async def count_states(scope: Scope, session_ids: Sequence[UUID]) -> Sequence[Any]:
    """How many files of each session are how far, and when one was touched last.

    Rows with `upload_session_id`, `variant_status`, `work_status`, `files`, `touched_at`.
    """
    return await queries.count_states(scope, session_ids)


async def find_stuck(scope: Scope, before: datetime, limit: int) -> Sequence[File]:
    """Unfinished files that nothing has happened to since a moment, the oldest first."""
    return await queries.find_stuck(scope, UNFINISHED, before, limit)


async def resume_standing_still(scope: Scope) -> int:
    """Write a job for files that are not finished and have none, as after one that failed before it could say so."""
    unfinished = await queries.find_unfinished(scope, UNFINISHED, MOST_RESUMED)
    still = await standing_still(scope, unfinished)
    await defer_processing(scope, {one.id: one.media_type for one in unfinished if one.id in still}, "bulk")
    return len(still)


async def renew_outdated(scope: Scope) -> int:
    """Write jobs for documents that were read, split or embedded by another version than is here now; how many.

    Pictures stay as they were described, which costs credits or a network's time.
    """
    steps = [step for step in cast("Sequence[Step]", scope.infra.steps) if step.reports == "text_extraction_status"]
    versions = {step.name: step.version(scope.infra) for step in steps}
    outdated = [file.id for file in await queries.find_outdated(scope, versions, MOST_RENEWED)]
    idle = await without_jobs(scope, outdated)
    await defer_processing(scope, dict.fromkeys(idle, "document"), "bulk")
    return len(idle)
