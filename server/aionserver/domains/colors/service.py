"""What is known of a picture's colours."""

from typing import Any
from uuid import UUID

from aionserver.domains.colors import queries
from aionserver.domains.colors.schemas import ColorAnalysisResponse
from aionserver.domains.files import service as files
from aionserver.infra.scope import Scope


async def read_colors(scope: Scope, text: str) -> ColorAnalysisResponse:
    """A picture's colours, or how far they are."""
    file = await files.require_file(scope, text)
    row = await queries.find_analysis(scope, file.id)
    if row is None:
        status = "failed" if file.variant_status == "failed" else "pending"
        return ColorAnalysisResponse(image_id=str(file.id), status=status)
    extracted_at = row.extracted_at.isoformat()
    return ColorAnalysisResponse(
        image_id=str(file.id),
        status="completed",
        color_analysis={**row.analysis, "extracted_at": extracted_at},
        extracted_at=extracted_at,
    )


async def find_colors(scope: Scope, file_id: UUID) -> dict[str, Any] | None:
    """The analysis of a file; None when there is none."""
    row = await queries.find_analysis(scope, file_id)
    return row.analysis if row else None
