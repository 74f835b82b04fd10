"""Camera notes come out right, and nonsense comes out as nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from aionserver.kit.exif import CameraNotes, Place, camera_notes


def exif_of(
    root: dict[int, Any] | None = None, sub: dict[int, Any] | None = None, gps: dict[int, Any] | None = None
) -> Image.Exif:
    """EXIF as a file would bring it: written out and read again."""
    written = Image.Exif()
    written.update(root or {})
    written.get_ifd(IFD.Exif).update(sub or {})
    written.get_ifd(IFD.GPSInfo).update(gps or {})
    read = Image.Exif()
    read.load(written.tobytes())
    return read


def test_a_time_with_its_offset_becomes_utc() -> None:
    notes = camera_notes(exif_of(sub={Base.DateTimeOriginal: "2023:07:14 18:30:05", Base.OffsetTimeOriginal: "+02:00"}))
    assert notes.captured_at == datetime(2023, 7, 14, 16, 30, 5, tzinfo=UTC)
    assert not notes.captured_at_is_local


def test_a_time_without_offset_is_kept_as_utc_and_flagged() -> None:
    notes = camera_notes(exif_of(sub={Base.DateTimeOriginal: "2023:07:14 18:30:05"}))
    assert notes.captured_at == datetime(2023, 7, 14, 18, 30, 5, tzinfo=UTC)
    assert notes.captured_at_is_local


@pytest.mark.parametrize(
    "written",
    ["0000:00:00 00:00:00", "2023:13:45 99:99:99", "    :  :     :  :  ", "", "soon", "0001:01:01 00:00:00"],
)
def test_an_impossible_time_is_no_time(written: str) -> None:
    notes = camera_notes(exif_of(sub={Base.DateTimeOriginal: written, Base.OffsetTimeOriginal: "+14:00"}))
    assert notes.captured_at is None


def test_a_place_has_its_hemispheres() -> None:
    gps = {
        GPS.GPSLatitudeRef: "S",
        GPS.GPSLatitude: (33.0, 51.0, 24.84),
        GPS.GPSLongitudeRef: "E",
        GPS.GPSLongitude: (151.0, 12.0, 55.08),
    }
    assert camera_notes(exif_of(gps=gps)).place == Place(-33.8569, 151.2153)


@pytest.mark.parametrize(
    "latitude, longitude",
    [((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), ((91.0, 0.0, 0.0), (1.0, 0.0, 0.0)), ((1.0,), (1.0, 0.0, 0.0))],
)
def test_an_impossible_place_is_no_place(latitude: Any, longitude: Any) -> None:
    gps = {GPS.GPSLatitude: latitude, GPS.GPSLongitude: longitude}
    assert camera_notes(exif_of(gps=gps)).place is None


def test_a_camera_is_named_once() -> None:
    notes = camera_notes(exif_of({Base.Make: "Canon", Base.Model: "Canon EOS R5"}))
    assert notes.camera == "Canon EOS R5"
    assert camera_notes(exif_of({Base.Make: "Apple", Base.Model: "iPhone 15"})).camera == "Apple iPhone 15"


def test_a_camera_name_is_bounded_and_printable() -> None:
    notes = camera_notes(exif_of({Base.Model: "A\x07B\n" + "x" * 5000}))
    assert notes.camera is not None
    assert notes.camera.startswith("A B x")
    assert len(notes.camera) == 100


@pytest.mark.parametrize("turn", [0, 9, 300])
def test_an_orientation_outside_one_to_eight_is_upright(turn: int) -> None:
    assert camera_notes(exif_of({Base.Orientation: turn})).orientation == 1


def test_no_exif_gives_empty_notes() -> None:
    assert camera_notes(Image.Exif()) == CameraNotes()
