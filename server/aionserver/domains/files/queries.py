"""What is asked of the files' tables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    delete,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSQUERY, insert

from aionserver.domains.files.tables import File, FileStep, FileVariant, Moment, TextWords
from aionserver.infra.reading import Query, Rows, of_tenant
from aionserver.infra.scope import Reader, Scope
from aionserver.kit.search_text import RANK_BY_LENGTH, RANK_WEIGHTS, few_terms, tsquery_terms

SortBy = Literal["content_created_at", "created_at", "title", "size_bytes"]
WEIGHTS = {"all": "", "metadata": "ABC", "visible_text": "D"}
TAKEN = func.coalesce(File.content_created_at, File.created_at)
WORK_STATUS = func.coalesce(File.text_extraction_status, File.description_status)
# Of more words, the last ones have to stand in the same part of a long text: each word takes a look of its own.
MOST_APART = 8


def _asking(name: str) -> Any:
    return func.to_tsquery(text("'english'"), bindparam(name, type_=Text))


MATCH = _asking("terms")
RELEVANCE = func.ts_rank_cd(text(f"'{RANK_WEIGHTS}'"), File.words, MATCH, text(str(RANK_BY_LENGTH)))
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
    crawl_status: Sequence[str] | None = None
    folder_id: UUID | None = None
    deleted: bool = False


@dataclass(frozen=True)
class FilePage:
    """Order and part of a list. Without `sort_by`, a search is ordered by how well it matches."""

    sort_by: SortBy | None = None
    descending: bool = True
    limit: int = 20
    offset: int = 0


CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "search": File.words.op("@@")(MATCH),
    "tags": File.tags.contains(bindparam("tags", type_=ARRAY(Text))),
    "date_from": bindparam("date_from", type_=Moment) <= TAKEN,
    "date_to": bindparam("date_to", type_=Moment) >= TAKEN,
    "has_description": File.description.is_not(None) == bindparam("has_description", type_=Boolean),
    "ids": File.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
    "media_types": File.media_type == func.any(bindparam("media_types", type_=ARRAY(Text))),
    "crawl_status": File.crawl_status == func.any(bindparam("crawl_status", type_=ARRAY(Text))),
    "folder_id": File.folder_id == bindparam("folder_id"),
}


async def find_page(
    reader: Reader, wanted: FileFilter, page: FilePage, kept_since: datetime
) -> tuple[Sequence[File], int]:
    """One page of the files, and how many there are in all; of deleted ones, those deleted since that moment."""
    terms = None if wanted.search is None else tsquery_terms(wanted.search, WEIGHTS[wanted.search_mode])
    if terms == []:
        return [], 0
    apart = await _found_apart(reader, wanted, terms) if terms and wanted.search_mode != "metadata" else {}
    # No tags and no media types filter nothing; of no ids there is no file.
    used = frozenset(name for name in CONDITIONS if getattr(wanted, name) not in (None, [] if name != "ids" else None))
    sort_by = page.sort_by or ("relevance" if terms else "content_created_at")
    queries = _page_queries(used, wanted.deleted, sort_by, page.descending, len(apart))
    values = {name: getattr(wanted, name) for name in used}
    for place, (term, ids) in enumerate(apart.items()):
        values |= {f"term_{place}": term, f"further_{place}": ids}
    values |= {"terms": " & ".join(terms or ()), "kept_since": kept_since, "limit": page.limit, "offset": page.offset}
    rows, ((total,),) = await reader.fetch(queries, **values)
    return rows, total


async def _found_apart(reader: Reader, wanted: FileFilter, terms: list[str]) -> dict[str, str]:
    """For each term, the documents that have it beyond their beginning, as an array's text; empty when none has any.

    Known before files are asked for, the planner sees how many they are, and looks them up at once.
    """
    asked, plain = few_terms(terms, MOST_APART), few_terms(tsquery_terms(wanted.search or ""), MOST_APART)
    values = {f"term_{place}": term for place, term in enumerate(plain)} | {"mine": f"'@{reader.tenant_id}'"}
    _, *answers = await reader.fetch([BY_INDEX, *FURTHER[: len(plain)]], **values)
    found = {term: row.ids for term, (row,) in zip(asked, answers, strict=True) if row.ids is not None}
    return found if any(ids != "{}" for ids in found.values()) else {}


# The planner does not know that reading a long text's words takes longer than reading its row.
BY_INDEX = Query(text("select set_config('enable_seqscan', 'off', true)"))


def _further(place: int) -> Query:
    """The files that have a term in their further text; null of words that no index has, such as "the"."""
    asked = _asking(f"term_{place}")
    mine = cast(bindparam("mine", type_=Text), TSQUERY)
    having = of_tenant(TextWords), TextWords.words.op("@@")(mine.op("&&")(asked))
    ids = func.array(select(TextWords.file_id.distinct()).where(*having).scalar_subquery())
    return Query(select(case((func.numnode(asked) > text("0"), cast(ids, Text))).label("ids")))


FURTHER = [_further(place) for place in range(MOST_APART)]


def _anywhere(place: int) -> ColumnElement[bool]:
    """Whether a term is in the file's own words, or in its further text."""
    further = func.any(bindparam(f"further_{place}", type_=ARRAY(Uuid)))
    return or_(File.words.op("@@")(_asking(f"term_{place}")), File.id == further)


@lru_cache(maxsize=512)
def _page_queries(
    used: frozenset[str], deleted: bool, sort_by: str, descending: bool, apart: int
) -> tuple[Query, Query]:
    """The page and the count of a list with these conditions; so many terms may be found apart from each other."""
    kept = File.deleted_at >= bindparam("kept_since", type_=Moment)
    conditions = [CONDITIONS[name] for name in sorted(used) if name != "search" or not apart]
    conditions += [_anywhere(place) for place in range(apart)]
    query = select(File).where(of_tenant(File), kept if deleted else File.deleted_at.is_(None), *conditions)
    if sort_by == "relevance":
        order = [RELEVANCE.desc(), TAKEN.desc(), File.id.desc()]
    else:
        order = [key.desc() if descending else key.asc() for key in (SORTS[sort_by], File.id)]
    page = query.order_by(*order).limit(bindparam("limit")).offset(bindparam("offset"))
    return Query(page), Query(query.with_only_columns(func.count()))


DOCUMENT = (of_tenant(File), File.deleted_at.is_(None), File.text_extraction_status.is_not(None))
OF_STATUS = (*DOCUMENT, File.text_extraction_status == bindparam("status"))


def _documents(conditions: Sequence[ColumnElement[bool]]) -> tuple[Query, Query]:
    query = select(File).where(*conditions)
    page = query.order_by(File.id.desc()).limit(bindparam("limit")).offset(bindparam("offset"))
    return Query(page), Query(query.with_only_columns(func.count()))


ALL_DOCUMENTS, DOCUMENTS_OF_STATUS = _documents(DOCUMENT), _documents(OF_STATUS)


async def find_documents(reader: Reader, status: str | None, limit: int, offset: int) -> tuple[Sequence[File], int]:
    """A page of the documents whose reading is that far (None: of all), the newest first; how many there are."""
    queries = ALL_DOCUMENTS if status is None else DOCUMENTS_OF_STATUS
    rows, ((total,),) = await reader.fetch(queries, status=status, limit=limit, offset=offset)
    return rows, total


DETAILS = Query(
    select(File).where(of_tenant(File), File.id == bindparam("file_id"), File.deleted_at.is_(None)), kept=True
)
STEPS = Query(
    select(FileStep).where(of_tenant(FileStep), FileStep.file_id == bindparam("file_id")).order_by(FileStep.started_at),
    kept=True,
)
ID_RANGE = Query(
    select(File.id)
    .where(of_tenant(File), File.id.between(bindparam("lowest"), bindparam("highest")), File.deleted_at.is_(None))
    .limit(literal_column("2"))
)


BY_IDS = Query(select(File).where(of_tenant(File), CONDITIONS["ids"], File.deleted_at.is_(None)))


async def read_many(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, File]:
    """The files with these ids that are there, to be read only."""
    (rows,) = await reader.fetch([BY_IDS], ids=list(ids))
    return {row.id: row for row in rows}


_IMAGES = select(File.id).where(of_tenant(File), File.media_type == text("'image'"), File.deleted_at.is_(None))
IMAGE_IDS = Query(
    _IMAGES.order_by(File.created_at.desc(), File.id.desc()).limit(bindparam("limit")).offset(bindparam("offset"))
)
IMAGE_COUNT = Query(_IMAGES.with_only_columns(func.count()))


async def image_ids(reader: Reader, limit: int, offset: int) -> tuple[list[UUID], int]:
    """A page of the ids of the images, the latest first, and how many there are in all."""
    rows, ((total,),) = await reader.fetch([IMAGE_IDS, IMAGE_COUNT], limit=limit, offset=offset)
    return [row.id for row in rows], total


async def media_types(scope: Scope, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Of what type each of the files is."""
    query = scope.rows(File).where(File.id.in_(ids)).with_only_columns(File.id, File.media_type)
    return {row.id: row.media_type for row in await scope.session.execute(query)}


async def hold(scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """The ids of files that are there, which nobody changes before the transaction ends."""
    query = scope.rows(File).where(File.id.in_(ids), File.deleted_at.is_(None)).order_by(File.id)
    return set(await scope.session.scalars(query.with_only_columns(File.id).with_for_update(read=True)))


async def find_file(scope: Scope, file_id: UUID) -> File | None:
    """A file of the library by its id."""
    return await scope.session.scalar(scope.rows(File).where(File.id == file_id, File.deleted_at.is_(None)))


async def hold_file(scope: Scope, file_id: UUID) -> File | None:
    """A file, deleted or not, as it is now; nobody else changes it until the transaction ends."""
    query = scope.rows(File).where(File.id == file_id).with_for_update()
    return await scope.session.scalar(query.execution_options(populate_existing=True))


async def find_in_range(reader: Reader, lowest: UUID, highest: UUID) -> Sequence[UUID]:
    """At most two ids of files that lie in the range."""
    (rows,) = await reader.fetch([ID_RANGE], lowest=lowest, highest=highest)
    return [row.id for row in rows]


async def find_details(
    reader: Reader, file_id: UUID, more: Sequence[Query]
) -> tuple[File | None, Sequence[FileStep], Sequence[Rows]]:
    """A file by its id, its steps, and the rows of further queries by `file_id`."""
    files, steps, *others = await reader.fetch([DETAILS, STEPS, *more], file_id=file_id)
    return next(iter(files), None), steps, others


async def find_many(scope: Scope, ids: Sequence[UUID]) -> dict[UUID, File]:
    """The files with these ids that are there."""
    rows = await scope.session.scalars(scope.rows(File).where(File.id.in_(ids), File.deleted_at.is_(None)))
    return {row.id: row for row in rows}


async def find_by_hash(scope: Scope, hashes: Sequence[str]) -> dict[str, File]:
    """For each SHA-256 that a file of the tenant has, the oldest such file."""
    query = scope.rows(File).where(File.sha256.in_(hashes), File.deleted_at.is_(None)).order_by(File.id.desc())
    return {file.sha256: file for file in await scope.session.scalars(query)}


async def add_files(scope: Scope, files: Sequence[File]) -> None:
    """Insert files."""
    scope.session.add_all(files)
    await scope.session.flush()


async def change_file(scope: Scope, file_id: UUID, values: Mapping[str, Any]) -> None:
    """Set columns of a file."""
    await scope.session.execute(
        update(File).where(File.tenant_id == scope.tenant_id, File.id == file_id).values(**values)
    )


async def change_files(scope: Scope, ids: Sequence[UUID], values: Mapping[str, Any]) -> None:
    """Set columns of files."""
    await scope.session.execute(
        update(File).where(File.tenant_id == scope.tenant_id, File.id.in_(ids)).values(**values)
    )


async def add_particulars(
    scope: Scope, file_id: UUID, particulars: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Add to what only files of its kind have, over what had the same name; set columns with it."""
    added = File.particulars.op("||")(literal(dict(particulars), JSONB))
    await change_file(scope, file_id, {**values, "particulars": added})


async def move_out(scope: Scope, folder_id: UUID, values: Mapping[str, Any]) -> None:
    """Set columns of all files that lie directly in a folder, deleted ones too."""
    mine = (File.tenant_id == scope.tenant_id, File.folder_id == folder_id)
    await scope.session.execute(update(File).where(*mine).values(**values))


async def ids_in_folders(scope: Scope, folder_ids: Sequence[UUID]) -> Sequence[UUID]:
    """The files that lie directly in one of these folders, in the order of their ids, held until the scope ends."""
    mine = (
        File.tenant_id == scope.tenant_id,
        File.folder_id == func.any(literal(list(folder_ids), ARRAY(Uuid))),
        File.deleted_at.is_(None),
    )
    query = select(File.id).where(*mine).order_by(File.id)
    return (await scope.session.scalars(query.with_for_update())).all()


async def add_tags(scope: Scope, file_id: UUID, tags: Sequence[str]) -> None:
    """Set a file's tags unless a person has edited them meanwhile."""
    mine = (File.tenant_id == scope.tenant_id, File.id == file_id, File.tags_edited.is_(False))
    await scope.session.execute(update(File).where(*mine).values(tags=list(tags)))


KEEP_WORDS = text("""
    insert into text_words (tenant_id, file_id, part, words)
    select f.tenant_id, f.id, piece.part, further_words(f.tenant_id, piece.content)
    from files f, unnest(cast(:parts as integer[]), cast(:contents as text[])) as piece (part, content)
    where f.tenant_id = :tenant_id and f.id = :file_id
    on conflict (file_id, part) do update set words = excluded.words
""")


async def keep_words(scope: Scope, file_id: UUID, first: int, contents: Sequence[str]) -> None:
    """Have a file be found by the words of these parts of its text, from the part `first` on."""
    parts = list(range(first, first + len(contents)))
    values = {"tenant_id": scope.tenant_id, "file_id": file_id, "parts": parts, "contents": list(contents)}
    await scope.session.execute(KEEP_WORDS, values)


async def remove_words(scope: Scope, file_id: UUID, first: int) -> None:
    """Forget the words of a file's text from a part on."""
    mine = (TextWords.tenant_id == scope.tenant_id, TextWords.file_id == file_id, TextWords.part >= first)
    await scope.session.execute(delete(TextWords).where(*mine))


async def mark_deleted(scope: Scope, ids: Sequence[UUID], at: datetime | None) -> None:
    """Set or clear the moment of deletion."""
    await scope.session.execute(
        update(File).where(File.tenant_id == scope.tenant_id, File.id.in_(ids)).values(deleted_at=at)
    )


async def find_purgeable(scope: Scope, before: datetime, limit: int, but_in: Collection[UUID]) -> Sequence[File]:
    """Files deleted before a moment, but those in some buckets."""
    reachable = File.bucket_id.is_(None) | File.bucket_id.not_in(but_in)
    query = scope.rows(File).where(File.deleted_at < before, reachable).order_by(File.deleted_at).limit(limit)
    return (await scope.session.scalars(query)).all()


async def remove_files(scope: Scope, ids: Sequence[UUID]) -> None:
    """Delete rows of deleted files for good, with all that hangs on them."""
    mine = (File.tenant_id == scope.tenant_id, File.id.in_(ids), File.deleted_at.is_not(None))
    await scope.session.execute(delete(File).where(*mine))


async def find_steps(scope: Scope, file_id: UUID) -> dict[str, FileStep]:
    """The steps a file has gone through, by name."""
    query = scope.rows(FileStep).where(FileStep.file_id == file_id).order_by(FileStep.started_at)
    return {row.step: row for row in await scope.session.scalars(query)}


async def save_step(scope: Scope, values: Mapping[str, Any], known: datetime | None) -> bool:
    """Write a step's state, over the one that ended at the known moment; False when another stands there.

    Who writes the same step at the same time waits here for the first one's transaction to end.
    """
    row = insert(FileStep).values(tenant_id=scope.tenant_id, **values)
    changed = {name: row.excluded[name] for name in values if name not in ("file_id", "step")}
    same = false() if known is None else FileStep.finished_at == known
    saved = row.on_conflict_do_update(index_elements=["file_id", "step"], set_=changed, where=same)
    return await scope.session.scalar(saved.returning(FileStep.step)) is not None


async def fail_steps(scope: Scope, file_ids: Sequence[UUID], steps: Sequence[str], code: str, reason: str) -> None:
    """Write down that files have failed at steps that nobody has begun."""
    now, same = scope.now(), {"tenant_id": scope.tenant_id, "version": "", "status": "failed"}
    known = {**same, "error_code": code, "error_message": reason, "started_at": now, "finished_at": now}
    rows = [{**known, "file_id": file_id, "step": step} for file_id in file_ids for step in steps]
    if rows:
        await scope.session.execute(insert(FileStep).on_conflict_do_nothing(), rows)


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


async def known_ids(scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """Which of the ids are files of the tenant, deleted ones too."""
    return set(await scope.session.scalars(select(File.id).where(File.tenant_id == scope.tenant_id, File.id.in_(ids))))


async def find_after(scope: Scope, last: UUID | None, limit: int) -> Sequence[File]:
    """The files that follow an id in the order of ids, deleted ones too; from the first when it is None."""
    query = scope.rows(File).order_by(File.id).limit(limit)
    return (await scope.session.scalars(query if last is None else query.where(File.id > last))).all()


async def find_with_deleted(scope: Scope, ids: Sequence[UUID]) -> Sequence[File]:
    """The files with these ids, deleted ones too."""
    return (await scope.session.scalars(scope.rows(File).where(File.id.in_(ids)).order_by(File.id))).all()


async def steps_of(scope: Scope, ids: Sequence[UUID]) -> dict[UUID, dict[str, FileStep]]:
    """The steps that files have gone through, by name."""
    found: dict[UUID, dict[str, FileStep]] = {}
    for row in await scope.session.scalars(scope.rows(FileStep).where(FileStep.file_id.in_(ids))):
        found.setdefault(row.file_id, {})[row.step] = row
    return found


async def variants_of(scope: Scope, ids: Sequence[UUID]) -> dict[UUID, dict[str, FileVariant]]:
    """The variants of files, by name."""
    found: dict[UUID, dict[str, FileVariant]] = {}
    for row in await scope.session.scalars(scope.rows(FileVariant).where(FileVariant.file_id.in_(ids))):
        found.setdefault(row.file_id, {})[row.name] = row
    return found


async def count_objects(scope: Scope, bucket_id: UUID | None) -> int:
    """How many objects in a bucket, or in the server's storage, a tenant's rows name."""
    there = File.bucket_id.is_not_distinct_from(bucket_id)
    files = scope.rows(File).where(there, File.object_key != "")
    variants = scope.rows(FileVariant).join(File, File.id == FileVariant.file_id).where(there)
    counts = [query.with_only_columns(func.count()) for query in (files, variants)]
    return sum([await scope.session.scalar(count) or 0 for count in counts])


async def cancel_waiting(scope: Scope, ids: Sequence[UUID], statuses: Sequence[str], reason: str) -> Sequence[UUID]:
    """Have those files fail that nobody has begun to process; which these were. They leave their upload session."""
    fails, reads = File.auto_describe.is_(True), File.text_extraction_status.is_not(None)
    values = {
        "variant_status": "failed",
        "variant_error": reason,
        "description_status": case((fails, "failed"), else_=File.description_status),
        "description_error": case((fails, reason), else_=None),
        "text_extraction_status": case((reads, "failed"), else_=None),
        "text_extraction_error": case((reads, reason), else_=None),
        "upload_session_id": None,
        "updated_at": scope.now(),
    }
    unbegun = (
        File.variant_status.in_(statuses),
        File.description_status.in_((*statuses, "skipped")),
        func.coalesce(File.text_extraction_status, statuses[0]).in_(statuses),
        File.deleted_at.is_(None),
    )
    change = update(File).where(File.tenant_id == scope.tenant_id, File.id.in_(ids), *unbegun).values(**values)
    return (await scope.session.scalars(change.returning(File.id))).all()


async def count_states(scope: Scope, session_ids: Sequence[UUID]) -> Sequence[Any]:
    """How many files of each upload session have which statuses, and when one was touched last."""
    columns = (File.upload_session_id, File.variant_status, WORK_STATUS.label("work_status"))
    touched = func.max(func.coalesce(File.updated_at, File.created_at)).label("touched_at")
    query = scope.rows(File).with_only_columns(*columns, func.count().label("files"), touched)
    query = query.where(File.upload_session_id.in_(session_ids), File.deleted_at.is_(None))
    return (await scope.session.execute(query.group_by(File.upload_session_id, File.variant_status, WORK_STATUS))).all()


async def find_stuck(scope: Scope, statuses: Sequence[str], before: datetime, limit: int) -> Sequence[File]:
    """Files one of whose statuses is among those and that nothing has happened to since a moment, the oldest first."""
    waits = File.variant_status.in_(statuses) | WORK_STATUS.in_(statuses)
    quiet = func.coalesce(File.updated_at, File.created_at) < before
    query = scope.rows(File).where(waits, quiet, File.deleted_at.is_(None)).order_by(File.id).limit(limit)
    return (await scope.session.scalars(query)).all()


async def find_outdated(scope: Scope, versions: Mapping[str, str], limit: int) -> Sequence[File]:
    """Documents that completed one of these steps by another version than this, the oldest first."""
    step = FileStep
    by_others = [and_(step.step == name, step.version != version) for name, version in versions.items()]
    done = select(step.file_id).where(step.tenant_id == scope.tenant_id, step.status == "completed", or_(*by_others))
    query = scope.rows(File).where(File.media_type == "document", File.deleted_at.is_(None), File.id.in_(done))
    return (await scope.session.scalars(query.order_by(File.id).limit(limit))).all()


async def find_unfinished(scope: Scope, statuses: Sequence[str], limit: int) -> Sequence[File]:
    """Files one of whose statuses is among those, the oldest first."""
    crawl = File.crawl_status.in_(statuses) & (File.crawl_status != "pending")
    waits = or_(File.variant_status.in_(statuses), WORK_STATUS.in_(statuses), crawl)
    query = scope.rows(File).where(waits, File.deleted_at.is_(None)).order_by(File.id).limit(limit)
    return (await scope.session.scalars(query)).all()
