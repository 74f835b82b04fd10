"""What is asked of facts and descriptions."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, literal_column, select

from aionserver.domains.descriptions.tables import DescriptionRow, PictureFactsRow
from aionserver.infra.reading import Query, Rows, of_tenant
from aionserver.infra.scope import Reader, Scope

OF_FILE = Query(
    select(DescriptionRow)
    .where(of_tenant(DescriptionRow), DescriptionRow.file_id == bindparam("file_id"))
    .order_by(DescriptionRow.created_at.desc())
    .limit(literal_column("20")),
    kept=True,
)


async def find_facts(scope: Scope, file_id: UUID) -> PictureFactsRow | None:
    """What was seen in a picture."""
    return await scope.session.scalar(scope.rows(PictureFactsRow).where(PictureFactsRow.file_id == file_id))


async def save_facts(scope: Scope, file_id: UUID, values: Mapping[str, Any]) -> None:
    """Write what was seen, over what was seen earlier."""
    await scope.upsert(PictureFactsRow, ("file_id",), {"file_id": file_id, "created_at": scope.now(), **values})


async def add_description(scope: Scope, row: DescriptionRow) -> None:
    """Insert a description."""
    scope.session.add(row)
    await scope.session.flush()


async def find_descriptions(reader: Reader, file_id: UUID) -> Rows:
    """The descriptions of a file, newest first."""
    return (await reader.fetch([OF_FILE], file_id=file_id))[0]


async def newest_texts(scope: Scope, file_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The newest description of each of the files that has one."""
    query = scope.rows(DescriptionRow).where(DescriptionRow.file_id.in_(file_ids)).order_by(DescriptionRow.created_at)
    return {row.file_id: row.description for row in await scope.session.scalars(query)}


async def files_with_facts(scope: Scope, file_ids: Sequence[UUID]) -> set[UUID]:
    """Which of the files were looked at."""
    query = scope.rows(PictureFactsRow).where(PictureFactsRow.file_id.in_(file_ids))
    return set(await scope.session.scalars(query.with_only_columns(PictureFactsRow.file_id)))
