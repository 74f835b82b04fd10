"""The library in figures: which files a description of them covers, how many, and in which groups."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from aionserver.domains.search.queries import MADE_AT, SearchFilter, select
from aionserver.infra.reading import Rows
from aionserver.infra.scope import Scope

GroupBy = Literal["kind", "tag", "year", "month", "folder", "camera", "format"]
MOST_GROUPS = 50
# So much stands on a page of plain text.
CHARACTERS_A_PAGE = 2_000.0
GROUPS: dict[GroupBy, str] = {
    "kind": "f.media_type",
    "tag": "tag",
    "year": f"to_char({MADE_AT}, 'YYYY')",
    "month": f"to_char({MADE_AT}, 'YYYY-MM')",
    "folder": "coalesce((select d.name from folders d where d.tenant_id = :tenant_id and d.id = f.folder_id), 'root')",
    "camera": "f.camera",
    "format": "f.format",
}


@dataclass(frozen=True)
class Group:
    """Files that have something in common: what, and how many."""

    name: str
    count: int


async def count(scope: Scope, wanted: SearchFilter) -> int:
    """How many files there are."""
    statement = f"select count(*) as count from files f where {wanted.condition}"
    ((row,),) = await select(scope, statement, **wanted.values)
    return row.count


async def group(scope: Scope, wanted: SearchFilter, by: GroupBy) -> list[Group]:
    """The largest groups of the files; by tag, a file counts in each of its own."""
    source = "files f, unnest(f.tags) as tag" if by == "tag" else "files f"
    statement = f"""
        select {GROUPS[by]} as name, count(*) as count from {source} where {wanted.condition}
        group by 1 having {GROUPS[by]} is not null order by 2 desc, 1 limit {MOST_GROUPS}
    """
    (rows,) = await select(scope, statement, **wanted.values)
    return [Group(row.name, row.count) for row in rows]


async def listed(scope: Scope, wanted: SearchFilter, limit: int, *, newest_first: bool) -> list[UUID]:
    """The files, by when they were made."""
    way = "desc" if newest_first else "asc"
    statement = f"select f.id from files f where {wanted.condition} order by {MADE_AT} {way}, f.id {way} limit :limit"
    (rows,) = await select(scope, statement, limit=limit, **wanted.values)
    return [row.id for row in rows]


async def by_length(scope: Scope, wanted: SearchFilter, limit: int, *, longest_first: bool) -> list[UUID]:
    """The documents that were read, by their pages; of those without, by what their text would fill."""
    way = "desc" if longest_first else "asc"
    pages = f"case when l.has_pages then l.page_count else l.character_count / {CHARACTERS_A_PAGE} end"
    statement = f"""
        select f.id from files f join documents l on l.tenant_id = f.tenant_id and l.file_id = f.id
        where {wanted.condition} and l.character_count > 0
        order by {pages} {way} nulls last, l.character_count {way}, f.id limit :limit
    """
    (rows,) = await select(scope, statement, limit=limit, **wanted.values)
    return [row.id for row in rows]


async def overview(scope: Scope, wanted: SearchFilter) -> Any:
    """Files in all: `count`, `size_bytes`, `described`, `folders`; `dated`: how many have a time of their own.

    `first` and `last` are the moments of these, `added_first` and `added_last` those at which all were added.
    """
    statement = f"""
        select count(*) as count, coalesce(sum(f.size_bytes), 0)::bigint as size_bytes,
            count(*) filter (where f.description is not null or f.text_extraction_status = 'completed') as described,
            count(*) filter (where 'processing' in (f.description_status, f.text_extraction_status, f.crawl_status)
                or 'queued' in (f.description_status, f.text_extraction_status, f.crawl_status)
                or f.text_extraction_status = 'pending') as waiting,
            count(f.content_created_at) as dated, min(f.content_created_at) as first, max(f.content_created_at) as last,
            min(f.created_at) as added_first, max(f.created_at) as added_last,
            (select count(*) from folders where tenant_id = :tenant_id) as folders
        from files f where {wanted.condition}
    """
    rows: list[Rows] = await select(scope, statement, **wanted.values)
    return rows[0][0]
