"""What is asked of the colour analyses, and of the single colours that searches look at."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from aionserver.domains.colors.tables import ColorAnalysisRow, ImageColor
from aionserver.infra.reading import Query, of_tenant
from aionserver.infra.scope import Reader, Scope
from aionserver.kit.color_matching import StoredColor, index_version
from aionserver.kit.colors import Look

# What the planner cannot know: that the index alone answers, and that others' searches wait for parallel workers.
PLAN = Query(
    text("""
        select set_config('enable_bitmapscan', 'off', true) as bitmaps,
            set_config('enable_seqscan', 'off', true) as scans,
            set_config('max_parallel_workers_per_gather', '0', true) as workers
    """)
)
_PACKED = """
    select string_agg(packed, cast('' as bytea)) as packed from image_colors
    where tenant_id = :tenant_id and percentage >= cast(:least as real) and
"""
IN_CELLS = Query(text(f"{_PACKED} cell = any(cast(:cells as integer[]))"))
CALLED = Query(text(f"{_PACKED} name = any(cast(:names as integer[]))"))
_OF_FAMILY = (
    "from image_colors where tenant_id = :tenant_id and family = :family and leads"
    " and percentage >= cast(:least as real)"
)
FAMILY_PAGE = Query(
    text(f"select packed {_OF_FAMILY} order by percentage desc, file_id desc limit :limit offset :offset")
)
FAMILY_COUNT = Query(text(f"select count(*) {_OF_FAMILY}"))
ANALYSES = Query(
    select(ColorAnalysisRow).where(
        of_tenant(ColorAnalysisRow), ColorAnalysisRow.file_id == func.any(bindparam("ids", type_=ARRAY(Uuid)))
    )
)


async def find_analysis(scope: Scope, file_id: UUID) -> ColorAnalysisRow | None:
    """The analysis of a file."""
    return await scope.session.scalar(scope.rows(ColorAnalysisRow).where(ColorAnalysisRow.file_id == file_id))


async def find_analyses(scope: Scope, file_ids: Sequence[UUID]) -> dict[UUID, ColorAnalysisRow]:
    """The analyses of files."""
    rows = await scope.session.scalars(scope.rows(ColorAnalysisRow).where(ColorAnalysisRow.file_id.in_(file_ids)))
    return {row.file_id: row for row in rows}


async def save_analysis(scope: Scope, file_id: UUID, analysis: dict[str, Any], n_colors: int, version: str) -> None:
    """Write an analysis, over an earlier one."""
    values = {"file_id": file_id, "analysis": analysis, "extracted_at": scope.now()}
    await scope.upsert(ColorAnalysisRow, ("file_id",), {**values, "n_colors": n_colors, "version": version})


async def ids_to_index(scope: Scope, last: UUID | None, limit: int) -> Sequence[UUID]:
    """Files after `last` whose analysis is not in the index, or by an older version."""
    query = scope.rows(ColorAnalysisRow).where(ColorAnalysisRow.index_version != index_version())
    query = query if last is None else query.where(ColorAnalysisRow.file_id > last)
    columns = query.with_only_columns(ColorAnalysisRow.file_id)
    return (await scope.session.scalars(columns.order_by(ColorAnalysisRow.file_id).limit(limit))).all()


async def replace_colors(scope: Scope, file_ids: Sequence[UUID], colors: Mapping[UUID, Sequence[StoredColor]]) -> None:
    """Let searches find the files by these colours; those that have none, not at all."""
    await scope.session.execute(
        delete(ImageColor).where(ImageColor.tenant_id == scope.tenant_id, ImageColor.file_id.in_(file_ids))
    )
    rows = [
        {"tenant_id": scope.tenant_id, "file_id": file_id, **asdict(color)}
        for file_id, of_file in colors.items()
        for color in of_file
    ]
    if rows:
        await scope.session.execute(insert(ImageColor), rows)
    for version, ids in ((index_version(), list(colors)), ("", [one for one in file_ids if one not in colors])):
        mine = (ColorAnalysisRow.tenant_id == scope.tenant_id, ColorAnalysisRow.file_id.in_(ids))
        await scope.session.execute(update(ColorAnalysisRow).where(*mine).values(index_version=version))


async def stored_of(scope: Scope, file_ids: Sequence[UUID]) -> dict[UUID, list[bytes]]:
    """What searches look at of files, by rank."""
    found: dict[UUID, list[bytes]] = {}
    query = scope.rows(ImageColor).where(ImageColor.file_id.in_(file_ids)).order_by(ImageColor.file_id, ImageColor.rank)
    for file_id, packed in await scope.session.execute(query.with_only_columns(ImageColor.file_id, ImageColor.packed)):
        found.setdefault(file_id, []).append(packed)
    return found


async def find_looks(scope: Scope, look: Look, among: Sequence[UUID] | None, limit: int) -> Sequence[UUID]:
    """The pictures of the library that look so, the most so first."""
    row = ColorAnalysisRow
    figure = getattr(row, look.figure)
    query = scope.rows(row).where(row.index_version != "", figure >= look.least, figure <= look.most)
    query = query if among is None else query.where(row.file_id.in_(among))
    order = (figure.desc() if look.largest_first else figure, row.file_id)
    return (await scope.session.scalars(query.with_only_columns(row.file_id).order_by(*order).limit(limit))).all()


async def packed_in_cells(reader: Reader, cells: Sequence[int], least: float) -> bytes:
    """The colours in the cells that have at least a share of their file, one after the other."""
    _, (row,) = await reader.fetch([PLAN, IN_CELLS], cells=list(cells), least=least)
    return row.packed or b""


async def packed_called(reader: Reader, names: Sequence[int], least: float) -> bytes:
    """The colours with one of the names that have at least a share of their file, one after the other."""
    _, (row,) = await reader.fetch([PLAN, CALLED], names=list(names), least=least)
    return row.packed or b""


async def find_family(reader: Reader, family: int, least: float, offset: int, limit: int) -> tuple[bytes, int]:
    """A part of the files that have a colour of the family, the largest share first, and how many there are."""
    values = {"family": family, "least": least, "offset": offset, "limit": limit}
    _, rows, ((total,),) = await reader.fetch([PLAN, FAMILY_PAGE, FAMILY_COUNT], **values)
    return b"".join(row.packed for row in rows), total


async def read_analyses(reader: Reader, file_ids: Sequence[UUID]) -> dict[UUID, ColorAnalysisRow]:
    """The analyses of files, to be shown."""
    (rows,) = await reader.fetch([ANALYSES], ids=list(file_ids))
    return {row.file_id: row for row in rows}
