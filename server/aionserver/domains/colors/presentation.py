"""What is known of a picture's colours, as the wire shows it."""

from typing import Any

from aionserver.domains.colors.schemas import ColorAnalysisResponse
from aionserver.domains.colors.tables import ColorAnalysisRow
from aionserver.domains.files.service import StoredFile

STATUSES = {"failed": "failed", "pending": "pending", "queued": "pending"}


def as_response(file: StoredFile, row: ColorAnalysisRow | None) -> ColorAnalysisResponse:
    """What the wire says of a picture's colours."""
    if row is None:
        return ColorAnalysisResponse(image_id=str(file.id), status=STATUSES.get(file.variant_status, "processing"))
    return ColorAnalysisResponse(
        image_id=str(file.id),
        status="completed",
        color_analysis=as_analysis(row),
        extracted_at=row.extracted_at.isoformat(),
    )


def as_analysis(row: ColorAnalysisRow) -> dict[str, Any]:
    """The analysis as the wire has it."""
    return {**row.analysis, "extracted_at": row.extracted_at.isoformat()}
