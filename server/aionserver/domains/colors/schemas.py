"""Colours on the wire."""

from typing import Any

from pydantic import BaseModel


class ColorAnalysisResponse(BaseModel):
    """A picture's colours; `color_analysis` is null until `status` is completed."""

    image_id: str
    status: str
    color_analysis: dict[str, Any] | None = None
    extracted_at: str | None = None
