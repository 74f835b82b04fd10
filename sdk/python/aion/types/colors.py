"""Colours of pictures: the palette, what it is like as a whole, and pictures found by colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Optional

from ._decoding import ApiObject, member_of

__all__ = [
    "HSL",
    "LAB",
    "RGB",
    "BatchColorExtractionResult",
    "ColorAnalysis",
    "ColorAnalytics",
    "ColorBrightness",
    "ColorExtractionResult",
    "ColorExtractionStatus",
    "ColorFamily",
    "ColorFamilyInfo",
    "ColorSaturation",
    "ColorSearchResponse",
    "ColorSearchResult",
    "ColorTemperature",
    "DominantColor",
]


class ColorFamily(str, Enum):
    """A group of colours that go together."""

    NEUTRAL = "neutral"
    EARTH_TONE = "earth_tone"
    WARM = "warm"
    COOL = "cool"
    METALLIC = "metallic"
    PASTEL = "pastel"
    VIBRANT = "vibrant"


class ColorExtractionStatus(str, Enum):
    """How far the colours of a picture are."""

    PENDING = "pending"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class RGB(ApiObject):
    """Red, green and blue, each from 0 to 255."""

    r: int
    g: int
    b: int


@dataclass(frozen=True)
class HSL(ApiObject):
    """Hue from 0 to 360, saturation and lightness from 0 to 100."""

    h: float
    s: float
    l: float  # noqa: E741 (its name in every colour model)


@dataclass(frozen=True)
class LAB(ApiObject):
    """CIE L*a*b*: lightness from 0 to 100, green to red, blue to yellow."""

    l: float  # noqa: E741 (its name in every colour model)
    a: float
    b: float


@dataclass(frozen=True)
class DominantColor(ApiObject):
    """One colour of a picture; rank 1 covers most, `percentage` is from 0 to 100."""

    rank: int
    percentage: float
    rgb: RGB
    hsl: HSL
    lab: LAB
    hex: str
    name: str
    family: str

    @property
    def family_enum(self) -> Optional[ColorFamily]:
        """The family as a member of the enum; None for one that this version does not know."""
        return member_of(ColorFamily, self.family)


@dataclass(frozen=True)
class ColorTemperature(ApiObject):
    """Whether a picture is warm, cool or neutral, and how much."""

    value: str
    score: float


@dataclass(frozen=True)
class ColorBrightness(ApiObject):
    """How bright a picture is."""

    average: float
    category: str


@dataclass(frozen=True)
class ColorSaturation(ApiObject):
    """How saturated a picture is."""

    average: float
    category: str


@dataclass(frozen=True)
class ColorAnalytics(ApiObject):
    """What the colours of a picture are like as a whole."""

    temperature: ColorTemperature
    brightness: ColorBrightness
    saturation: ColorSaturation


@dataclass(frozen=True)
class ColorAnalysis(ApiObject):
    """The palette of a picture."""

    version: str
    dominant_colors: list[DominantColor]
    analytics: ColorAnalytics
    extracted_at: Optional[datetime] = None


@dataclass(frozen=True)
class ColorExtractionResult(ApiObject):
    """The palette of a picture, or how far it is."""

    image_id: str
    status: str
    color_analysis: Optional[ColorAnalysis] = None
    extracted_at: Optional[datetime] = None

    @property
    def status_enum(self) -> Optional[ColorExtractionStatus]:
        """The status as a member of the enum; None for one that this version does not know."""
        return member_of(ColorExtractionStatus, self.status)

    @property
    def is_completed(self) -> bool:
        """Whether the palette is there."""
        return self.status_enum is ColorExtractionStatus.COMPLETED

    @property
    def is_pending(self) -> bool:
        """Whether the palette is still to come."""
        return self.status_enum in _PENDING


_PENDING = frozenset({ColorExtractionStatus.PENDING, ColorExtractionStatus.QUEUED, ColorExtractionStatus.PROCESSING})


@dataclass(frozen=True)
class ColorSearchResult(ApiObject):
    """A picture found by colour; `match_score` is from 0 to 1, `delta_e` the distance of its colour (CIEDE2000)."""

    image_id: str
    match_score: float
    thumbnail_url: Optional[str] = None
    color_analysis: Optional[ColorAnalysis] = None
    matched_hex: Optional[str] = None
    matched_percentage: Optional[float] = None
    delta_e: Optional[float] = None


@dataclass(frozen=True)
class ColorSearchResponse(ApiObject):
    """One page of pictures found by colour, best first."""

    results: list[ColorSearchResult]
    total_count: int
    limit: int
    offset: int

    @property
    def has_more(self) -> bool:
        """Whether there is a page after this one."""
        return self.offset + len(self.results) < self.total_count


@dataclass(frozen=True)
class ColorFamilyInfo(ApiObject):
    """A family of colours, described."""

    name: str
    display_name: str
    description: str
    example_colors: list[str]

    @property
    def family_enum(self) -> Optional[ColorFamily]:
        """The family as a member of the enum; None for one that this version does not know."""
        return member_of(ColorFamily, self.name)


@dataclass(frozen=True)
class BatchColorExtractionResult(ApiObject):
    """How many pictures will get their palettes."""

    queued_count: int
    message: str
