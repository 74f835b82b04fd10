"""What is asked of the colour analyses."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.colors.tables import ColorAnalysisRow
from aionserver.infra.scope import Scope


async def find_analysis(scope: Scope, file_id: UUID) -> ColorAnalysisRow | None:
    """The analysis of a file."""
    return await scope.session.scalar(scope.rows(ColorAnalysisRow).where(ColorAnalysisRow.file_id == file_id))


async def save_analysis(scope: Scope, file_id: UUID, analysis: dict[str, Any]) -> None:
    """Write an analysis, over an earlier one."""
    values = {"file_id": file_id, "analysis": analysis, "extracted_at": scope.now()}
    await scope.upsert(ColorAnalysisRow, ("file_id",), values)


async def files_with_analysis(scope: Scope, file_ids: Sequence[UUID]) -> set[UUID]:
    """Which of the files have an analysis."""
    query = scope.rows(ColorAnalysisRow).where(ColorAnalysisRow.file_id.in_(file_ids))
    return set(await scope.session.scalars(query.with_only_columns(ColorAnalysisRow.file_id)))
