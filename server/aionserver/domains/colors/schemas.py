"""Colours on the wire."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from aionserver.infra.web.text import EchoedText
from aionserver.kit.colors import FEWEST_COLORS, MOST_COLORS

MostColors = Annotated[int, Field(ge=FEWEST_COLORS, le=MOST_COLORS)]


class ColorAnalysisResponse(BaseModel):
    """A picture's colours; `color_analysis` is null until `status` is completed."""

    image_id: str
    status: str
    color_analysis: dict[str, Any] | None = None
    extracted_at: str | None = None


class BatchColorExtractionRequest(BaseModel):
    """Pictures whose colours are to be counted; `n_colors` is the most that each may have."""

    image_ids: list[EchoedText]
    force: bool = False
    n_colors: MostColors = MOST_COLORS


class BatchColorExtractionResponse(BaseModel):
    """How many pictures wait for their colours to be counted."""

    queued_count: int
    message: str


class ColorFamily(BaseModel):
    """A family of colours, with some that are typical of it."""

    name: str
    display_name: str
    description: str
    example_colors: list[str]


class ColorSearchRequest(BaseModel):
    """What one and the same colour of a picture has to be: all that is given, and at least one."""

    hex_code: str | None = None
    color_name: EchoedText | None = None
    color_family: EchoedText | None = None
    delta_e_threshold: Annotated[float, Field(ge=0, le=100)] = 15.0
    min_percentage: Annotated[float, Field(ge=0, le=100)] = 5.0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    offset: Annotated[int, Field(ge=0)] = 0


class ColorSearchResult(BaseModel):
    """A picture and the colour it was found for. `match_score` runs from 0 to 1; `delta_e` is the CIEDE2000 behind it,
    null where only a family was asked for."""

    image_id: str
    thumbnail_url: str | None = None
    color_analysis: dict[str, Any] | None = None
    match_score: float = 1.0
    delta_e: float | None = None
    matched_hex: str | None = None
    matched_percentage: float | None = None


class ColorSearchResponse(BaseModel):
    """A page of pictures, the best match first; `total_count` are all of them."""

    results: list[ColorSearchResult]
    total_count: int
    limit: int
    offset: int
