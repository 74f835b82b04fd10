"""What is asked of the files' tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, select, text, update

from aionserver.domains.files.tables import File, FileStep, FileVariant
from aionserver.infra.scope import Scope
from aionserver.kit.search_text import RANK_BY_LENGTH, RANK_WEIGHTS, to_tsquery_text

SortBy = Literal["content_created_at", "created_at", "title", "size_bytes"]
WEIGHTS = {"all": "", "metadata": "ABC", "visible_text": "D"}
TAKEN = func.coalesce(File.content_created_at, File.created_at)
SORTS: dict[str, Any] = {
    "content_created_at": TAKEN,
    "created_at": File.created_at,
    "title": func.lower(func.coalesce(File.title, File.filename)),
    "size_bytes": File.size_bytes,
}


@dataclass(frozen=True)
class FileFilter:
    """Which files a list shows. None filters nothing."""

    search: str | None = None
    search_mode: str = "all"
    tags: Sequence[str] | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None
    has_description: bool | None = None
    ids: Sequence[UUID] | None = None
    media_types: Sequence[str] | None = None
    folder_id: UUID | None = None
    deleted: bool = False


@dataclass(frozen=True)
class FilePage:
    """Order and part of a list. Without `sort_by`, a search is ordered by how well it matches."""

    sort_by: SortBy | None = None
    descending: bool = True
    limit: int = 20
    offset: int = 0


async def find_page(scope: Scope, wanted: FileFilter, page: FilePage) -> tuple[Sequence[File], int]:
    """One page of the files, and how many there are in all."""
    if wanted.search is not None and not to_tsquery_text(wanted.search):
        return [], 0
    query = _filtered(scope, wanted)
    total = await scope.session.scalar(query.with_only_columns(func.count()))
    ordered = query.order_by(*_order(wanted, page)).limit(page.limit).offset(page.offset)
    return (await scope.session.scalars(ordered)).all(), total or 0


def _filtered(scope: Scope, wanted: FileFilter) -> Select[File]:
    query = scope.rows(File).where(File.deleted_at.is_not(None) if wanted.deleted else File.deleted_at.is_(None))
    conditions: Mapping[str, ColumnElement[bool] | None] = {
        "search": _matches(wanted) if wanted.search is not None else None,
        "tags": File.tags.contains(list(wanted.tags or ())) if wanted.tags else None,
        "from": wanted.date_from <= TAKEN if wanted.date_from else None,
        "to": wanted.date_to >= TAKEN if wanted.date_to else None,
        "described": File.description.is_not(None) == wanted.has_description
        if wanted.has_description is not None
        else None,
        "ids": File.id.in_(wanted.ids) if wanted.ids is not None else None,
        "media_types": File.media_type.in_(wanted.media_types) if wanted.media_types else None,
        "folder": File.folder_id == wanted.folder_id if wanted.folder_id else None,
    }
    return query.where(*[condition for condition in conditions.values() if condition is not None])


def _text_query(wanted: FileFilter) -> Any:
    terms = to_tsquery_text(wanted.search or "", WEIGHTS[wanted.search_mode])
    return func.to_tsquery(text("'english'"), terms)


def _matches(wanted: FileFilter) -> ColumnElement[bool]:
    return File.words.op("@@")(_text_query(wanted))


def _order(wanted: FileFilter, page: FilePage) -> list[Any]:
    if wanted.search is not None and page.sort_by is None:
        rank = func.ts_rank_cd(text(f"'{RANK_WEIGHTS}'"), File.words, _text_query(wanted), RANK_BY_LENGTH)
        return [rank.desc(), TAKEN.desc(), File.id.desc()]
    key = SORTS[page.sort_by or "content_created_at"]
    return [key.desc(), File.id.desc()] if page.descending else [key.asc(), File.id.asc()]


async def find_file(scope: Scope, file_id: UUID, *, deleted: bool = False) -> File | None:
    """A file by its id; `deleted` looks among the deleted ones instead."""
    gone = File.deleted_at.is_not(None) if deleted else File.deleted_at.is_(None)
    return await scope.session.scalar(scope.rows(File).where(File.id == file_id, gone))


async def find_in_range(scope: Scope, lowest: UUID, highest: UUID) -> Sequence[File]:
    """At most two files whose id lies in the range."""
    query = scope.rows(File).where(File.id.between(lowest, highest), File.deleted_at.is_(None)).limit(2)
    return (await scope.session.scalars(query)).all()


async def find_many(scope: Scope, ids: Sequence[UUID]) -> dict[UUID, File]:
    """The files with these ids that are there."""
    rows = await scope.session.scalars(scope.rows(File).where(File.id.in_(ids), File.deleted_at.is_(None)))
    return {row.id: row for row in rows}


async def find_by_hash(scope: Scope, hashes: Sequence[str]) -> dict[str, File]:
    """For each SHA-256 that a file of the tenant has, the oldest such file."""
    query = scope.rows(File).where(File.sha256.in_(hashes), File.deleted_at.is_(None)).order_by(File.id.desc())
    return {file.sha256: file for file in await scope.session.scalars(query)}


async def find_in_session(scope: Scope, session_id: UUID) -> Sequence[File]:
    """The files of an upload session, deleted ones too."""
    query = scope.rows(File).where(File.upload_session_id == session_id).order_by(File.id)
    return (await scope.session.scalars(query)).all()


async def add_file(scope: Scope, file: File) -> None:
    """Insert a file."""
    scope.session.add(file)
    await scope.session.flush()


async def change_file(scope: Scope, file_id: UUID, values: Mapping[str, Any]) -> None:
    """Set columns of a file."""
    await scope.session.execute(
        update(File).where(File.tenant_id == scope.tenant_id, File.id == file_id).values(**values)
    )


async def add_tags(scope: Scope, file_id: UUID, tags: Sequence[str]) -> None:
    """Set a file's tags unless a person has edited them meanwhile."""
    mine = (File.tenant_id == scope.tenant_id, File.id == file_id, File.tags_edited.is_(False))
    await scope.session.execute(update(File).where(*mine).values(tags=list(tags)))


async def mark_deleted(scope: Scope, ids: Sequence[UUID], at: datetime | None) -> None:
    """Set or clear the moment of deletion."""
    await scope.session.execute(
        update(File).where(File.tenant_id == scope.tenant_id, File.id.in_(ids)).values(deleted_at=at)
    )


async def find_purgeable(scope: Scope, before: datetime, limit: int) -> Sequence[File]:
    """Files deleted before a moment."""
    query = scope.rows(File).where(File.deleted_at < before).order_by(File.deleted_at).limit(limit)
    return (await scope.session.scalars(query)).all()


async def remove_files(scope: Scope, ids: Sequence[UUID]) -> None:
    """Delete rows for good, with all that hangs on them."""
    await scope.session.execute(delete(File).where(File.tenant_id == scope.tenant_id, File.id.in_(ids)))


async def find_steps(scope: Scope, file_id: UUID) -> dict[str, FileStep]:
    """The steps a file has gone through, by name."""
    query = scope.rows(FileStep).where(FileStep.file_id == file_id).order_by(FileStep.started_at)
    return {row.step: row for row in await scope.session.scalars(query)}


async def save_step(scope: Scope, values: Mapping[str, Any]) -> None:
    """Write a step's state, over an earlier one."""
    await scope.upsert(FileStep, ("file_id", "step"), values)


async def forget_steps(scope: Scope, file_id: UUID, steps: Sequence[str]) -> None:
    """Forget named steps, and those that failed, so that they run again."""
    await scope.session.execute(
        delete(FileStep).where(
            FileStep.tenant_id == scope.tenant_id,
            FileStep.file_id == file_id,
            FileStep.step.in_(steps) | (FileStep.status == "failed"),
        )
    )


async def save_variants(scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a picture's variants, over earlier ones."""
    for values in rows:
        await scope.upsert(FileVariant, ("file_id", "name"), values)


async def find_variant(scope: Scope, file_id: UUID, name: str) -> FileVariant | None:
    """One variant of a file."""
    query = scope.rows(FileVariant).where(FileVariant.file_id == file_id, FileVariant.name == name)
    return await scope.session.scalar(query)


async def variant_keys(scope: Scope, ids: Sequence[UUID]) -> Sequence[str]:
    """The object keys of all variants of files."""
    query = scope.rows(FileVariant).where(FileVariant.file_id.in_(ids)).with_only_columns(FileVariant.object_key)
    return (await scope.session.scalars(query)).all()


async def known_ids(scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """Which of the ids are files of the tenant, deleted ones too."""
    return set(await scope.session.scalars(select(File.id).where(File.tenant_id == scope.tenant_id, File.id.in_(ids))))
