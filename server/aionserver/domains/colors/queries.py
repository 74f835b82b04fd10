"""What is asked of the colour analyses."""

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
