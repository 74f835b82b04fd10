"""What a camera wrote beside its picture: turn, time, place and name, each None where absent or nonsense."""

import math
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from PIL.ExifTags import GPS, IFD, Base
from PIL.Image import Exif

MOST_TEXT: Final = 100
# The first photograph; what claims to be older comes from a clock that was never set.
FIRST_YEAR: Final = 1826

Tags = Mapping[int, Any]


@dataclass(frozen=True)
class Place:
    """Degrees: latitude -90..90, longitude -180..180."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class CameraNotes:
    """`captured_at` is UTC; where no offset was written it is the camera's local time, flagged."""

    orientation: int = 1
    captured_at: datetime | None = None
    captured_at_is_local: bool = False
    place: Place | None = None
    camera: str | None = None


def camera_notes(exif: Exif) -> CameraNotes:
    """The notes in a picture's EXIF; hostile values never raise."""
    root, sub, gps = _tags(exif), _tags(exif, IFD.Exif), _tags(exif, IFD.GPSInfo)
    moment, is_local = _captured_at(sub)
    return CameraNotes(_orientation(root), moment, is_local, _place(gps), _camera(root))


def _tags(exif: Exif, directory: IFD | None = None) -> Tags:
    """One directory's tags; none where Pillow stumbles over it."""
    with suppress(OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error):
        return dict(exif if directory is None else exif.get_ifd(directory))
    return {}


def _orientation(root: Tags) -> int:
    value = root.get(Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _captured_at(sub: Tags) -> tuple[datetime | None, bool]:
    moment = _moment(_text(sub.get(Base.DateTimeOriginal)))
    if moment is None:
        return None, False
    written = _text(sub.get(Base.OffsetTimeOriginal)) or _text(sub.get(Base.OffsetTime))
    offset = _offset(written)
    return moment.replace(tzinfo=UTC) - (offset or timedelta()), offset is None


def _moment(written: str) -> datetime | None:
    for form in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        with suppress(ValueError):
            moment = datetime.strptime(written[:19], form)  # noqa: DTZ007 - EXIF writes the offset elsewhere
            return moment if FIRST_YEAR <= moment.year < 9999 else None
    return None


def _offset(written: str) -> timedelta | None:
    with suppress(ValueError):
        return datetime.strptime(written, "%z").utcoffset()
    return None


def _place(gps: Tags) -> Place | None:
    latitude = _degrees(gps.get(GPS.GPSLatitude), _text(gps.get(GPS.GPSLatitudeRef)) == "S", 90)
    longitude = _degrees(gps.get(GPS.GPSLongitude), _text(gps.get(GPS.GPSLongitudeRef)) == "W", 180)
    # Exactly 0, 0 is what a receiver without a fix writes.
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return Place(latitude, longitude)


def _degrees(parts: Any, negative: bool, most: int) -> float | None:
    """Decimal degrees of EXIF's degrees, minutes and seconds."""
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ArithmeticError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    return round(-value if negative else value, 7)


def _camera(root: Tags) -> str | None:
    """Make and model as one name; the make is left out where the model repeats it."""
    make, model = _text(root.get(Base.Make)), _text(root.get(Base.Model))
    name = model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()
    return name or None


def _text(value: Any) -> str:
    """A bounded, printable string; empty for anything that is not text."""
    if isinstance(value, bytes):
        value = value[: MOST_TEXT * 4].decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    shown = value[: MOST_TEXT * 4].partition("\0")[0]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in shown).split())[:MOST_TEXT]
