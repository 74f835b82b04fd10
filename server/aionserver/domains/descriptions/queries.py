"""What is asked of facts and descriptions."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.descriptions.tables import DescriptionRow, PictureFactsRow
from aionserver.infra.scope import Scope


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


async def find_descriptions(scope: Scope, file_id: UUID) -> Sequence[DescriptionRow]:
    """The descriptions of a file, newest first."""
    query = scope.rows(DescriptionRow).where(DescriptionRow.file_id == file_id)
    return (await scope.session.scalars(query.order_by(DescriptionRow.created_at.desc()).limit(20))).all()
