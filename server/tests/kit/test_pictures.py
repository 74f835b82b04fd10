"""A picture's bytes become facts, variants and pixels, whatever format, turn and colours they come in."""

import io
import pickle
import struct
import zlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import GPS, IFD, Base

from aionserver.kit.blur_hashes import blur_hash
from aionserver.kit.exif import Place
from aionserver.kit.picture_faults import CorruptPicture, PictureError, PictureTooLarge, UnsupportedPicture
from aionserver.kit.pictures import DerivedPicture, PictureOptions, derive

RED, GREEN, BLUE, WHITE = (230, 20, 20), (20, 160, 60), (30, 60, 220), (255, 255, 255)


def quarters(width: int = 320, height: int = 200) -> Image.Image:
    """Red and green above blue and white."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return picture


def noise(width: int, height: int) -> Image.Image:
    levels = np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(levels)


def encoded(picture: Image.Image, format_name: str, **options: Any) -> bytes:
    out = io.BytesIO()
    if format_name == "HEIF":
        pillow_heif.from_pillow(picture).save(out, **options)
    else:
        picture.save(out, format_name, **options)
    return out.getvalue()


def corners(derived: DerivedPicture) -> list[tuple[int, ...]]:
    """The colours near the corners: above left, above right, below left, below right."""
    height, width = derived.pixels.shape[:2]
    places = [(row, column) for row in (height // 5, height * 4 // 5) for column in (width // 5, width * 4 // 5)]
    return [tuple(int(level) for level in derived.pixels[place]) for place in places]


def assert_near(found: list[tuple[int, ...]], expected: list[tuple[int, ...]], most: int = 6) -> None:
    assert np.abs(np.array(found) - np.array(expected)).max() <= most


def fault_of(data: bytes, options: PictureOptions | None = None) -> PictureError:
    with pytest.raises(PictureError) as caught:
        derive(data, options)
    assert pickle.loads(pickle.dumps(caught.value)).sentence == caught.value.sentence
    return caught.value


@pytest.mark.parametrize(
    "format_name, shown, content_type",
    [
        ("JPEG", "JPEG", "image/jpeg"),
        ("PNG", "PNG", "image/png"),
        ("WEBP", "WebP", "image/webp"),
        ("GIF", "GIF", "image/gif"),
        ("AVIF", "AVIF", "image/avif"),
        ("HEIF", "HEIC", "image/heic"),
    ],
)
def test_every_format_gives_its_facts_and_colours(format_name: str, shown: str, content_type: str) -> None:
    derived = derive(encoded(quarters(), format_name, quality=95))
    assert (derived.format, derived.content_type) == (shown, content_type)
    assert (derived.width, derived.height, derived.frames, derived.orientation) == (320, 200, 1, 1)
    assert_near(corners(derived), [RED, GREEN, BLUE, WHITE], most=12)
    shares = [color["percentage"] for color in derived.colors["dominant_colors"]]
    assert shares[:4] == pytest.approx([25] * 4, abs=3)


def test_variants_are_bounded_webp_without_metadata() -> None:
    exif = Image.Exif()
    exif[Base.Make] = "Secret"
    data = encoded(quarters(1500, 900), "JPEG", exif=exif.tobytes(), comment=b"Secret")
    sizes: dict[str, tuple[int, int]] = {}
    for variant in derive(data).variants:
        with Image.open(io.BytesIO(variant.data)) as image:
            assert (image.format, image.size) == ("WEBP", (variant.width, variant.height))
            assert not {"exif", "xmp", "icc_profile"} & set(image.info)
        sizes[variant.name] = (variant.width, variant.height)
    expected = {
        "large_1024": (1024, 614),
        "medium_750": (750, 450),
        "small_256": (256, 154),
        "tiny_64": (64, 38),
    }
    assert sizes == {name: pytest.approx(size, abs=1) for name, size in expected.items()}


def test_a_small_picture_is_never_enlarged() -> None:
    sizes = [(variant.width, variant.height) for variant in derive(encoded(quarters(100, 40), "PNG")).variants]
    assert sizes == [(100, 40), (100, 40), (100, 40), (64, 26)]


def test_a_single_pixel_is_a_picture() -> None:
    derived = derive(encoded(Image.new("RGB", (1, 1), BLUE), "PNG"))
    assert (derived.width, derived.height, derived.pixels.shape) == (1, 1, (1, 1, 3))


def test_a_line_of_pixels_keeps_at_least_one_across() -> None:
    derived = derive(encoded(Image.new("RGB", (5000, 2), BLUE), "PNG"))
    assert [(variant.width, variant.height) for variant in derived.variants][-1] == (64, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_every_turn_comes_out_upright(orientation: int, format_name: str) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = quarters()
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    derived = derive(encoded(stored, format_name, exif=exif.tobytes(), quality=95))
    assert (derived.width, derived.height) == (320, 200)
    assert derived.pixels.shape == (200, 320, 3)
    assert_near(corners(derived), [RED, GREEN, BLUE, WHITE], most=12)


def test_camera_notes_are_read() -> None:
    exif = Image.Exif()
    exif.update({Base.Make: "Nikon", Base.Model: "Z 6"})
    exif.get_ifd(IFD.Exif).update({Base.DateTimeOriginal: "2024:02:29 12:00:00", Base.OffsetTimeOriginal: "-05:00"})
    exif.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (48.0, 30.0, 0.0),
            GPS.GPSLongitudeRef: "W",
            GPS.GPSLongitude: (2.0, 15.0, 0.0),
        }
    )
    derived = derive(encoded(quarters(), "JPEG", exif=exif.tobytes()))
    assert derived.captured_at == datetime(2024, 2, 29, 17, tzinfo=UTC)
    assert (derived.camera, derived.place) == ("Nikon Z 6", Place(48.5, -2.25))


def test_a_large_jpeg_is_decoded_small_but_measured_whole() -> None:
    derived = derive(encoded(quarters(4400, 3000), "JPEG"))
    assert (derived.width, derived.height) == (4400, 3000)
    assert max(derived.pixels.shape) <= PictureOptions().network_side
    assert_near(corners(derived), [RED, GREEN, BLUE, WHITE])


def test_a_jpeg_with_further_pictures_counts_as_one() -> None:
    data = encoded(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (90, 90))])
    derived = derive(data)
    assert (derived.format, derived.frames, derived.width) == ("JPEG", 1, 320)


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_gives_its_first_frame_and_their_number(format_name: str) -> None:
    further = [Image.new("RGB", (320, 200), color) for color in (GREEN, BLUE)]
    data = encoded(Image.new("RGB", (320, 200), RED), format_name, save_all=True, append_images=further)
    derived = derive(data)
    assert derived.frames == 3
    assert_near(corners(derived), [RED] * 4, most=12)


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "AVIF"])
def test_transparency_is_white_for_networks_and_kept_in_variants(format_name: str) -> None:
    picture = quarters().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 320, 100))
    derived = derive(encoded(picture, format_name, quality=95))
    assert derived.has_alpha
    assert_near(corners(derived), [WHITE, WHITE, BLUE, WHITE], most=12)
    with Image.open(io.BytesIO(derived.variants[0].data)) as image:
        assert image.convert("RGBA").getpixel((40, 20))[3] == 0
    assert [color["percentage"] for color in derived.colors["dominant_colors"]] == pytest.approx([50, 50], abs=2)


def test_a_fully_opaque_alpha_channel_is_dropped() -> None:
    assert not derive(encoded(quarters().convert("RGBA"), "PNG")).has_alpha


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_png_mode_is_understood(mode: str) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(quarters().convert("L")).astype(np.uint16) * 257)
    else:
        picture = quarters().convert(mode)
    derived = derive(encoded(picture, "PNG"))
    reference = np.asarray(quarters().convert("L" if mode in ("1", "L", "LA", "I;16") else "RGB").convert("RGB"))
    height, width = reference.shape[:2]
    assert abs(float(derived.pixels.mean()) - float(reference.mean())) < 8
    assert derived.pixels.shape == (height, width, 3)


def test_a_palette_with_a_transparent_entry_has_alpha() -> None:
    picture = quarters().quantize(4)
    clear = picture.getpixel((0, 0))
    assert derive(encoded(picture, "PNG", transparency=clear)).has_alpha


def test_cmyk_comes_out_as_rgb() -> None:
    derived = derive(encoded(quarters().convert("CMYK"), "JPEG", quality=95))
    assert_near(corners(derived), [RED, GREEN, BLUE, WHITE], most=12)


def test_an_embedded_profile_is_turned_into_srgb() -> None:
    lab_like = ImageCms.ImageCmsProfile(io.BytesIO(profile_with_swapped_primaries()))
    derived = derive(encoded(Image.new("RGB", (64, 64), (255, 0, 0)), "PNG", icc_profile=lab_like.tobytes()))
    red, green, blue = corners(derived)[0]
    assert blue > 200
    assert red < 60
    assert green < 60


def profile_with_swapped_primaries() -> bytes:
    """sRGB's profile with the red and blue primaries exchanged and another name: red means blue."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    entries = {bytes(profile[132 + 12 * at : 136 + 12 * at]): 132 + 12 * at for at in range(count)}
    red, blue, name = entries[b"rXYZ"], entries[b"bXYZ"], entries[b"desc"]
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    start, length = struct.unpack(">II", profile[name + 4 : name + 12])
    text = bytes(profile[start : start + length]).replace("sRGB".encode("utf-16-be"), "xRBG".encode("utf-16-be"))
    profile[start : start + length] = text
    return bytes(profile)


def test_a_broken_profile_is_ignored() -> None:
    derived = derive(encoded(quarters(), "PNG", icc_profile=b"not a profile" * 50))
    assert_near(corners(derived), [RED, GREEN, BLUE, WHITE])


def test_a_derived_picture_travels_between_processes() -> None:
    derived = derive(encoded(quarters(), "PNG"))
    again = pickle.loads(pickle.dumps(derived))
    assert (again.pixels == derived.pixels).all()
    assert (again.variants, again.colors, again.blur_hash) == (
        derived.variants,
        derived.colors,
        derived.blur_hash,
    )


def test_a_blur_hash_is_what_the_reference_implementation_makes() -> None:
    # The expected texts were made by the format's C implementation (blurhash-python 1.2.2).
    slope = np.zeros((20, 32, 3), dtype=np.uint8)
    slope[..., 0], slope[..., 1], slope[..., 2] = np.arange(32) * 8, np.arange(20)[:, None] * 12, 40
    assert blur_hash(slope) == "LxH23Y2rwxX7qjWWjtf7gJfjfQfj"
    speckles = np.random.default_rng(1).integers(0, 256, (20, 32, 3), dtype=np.uint8)
    assert blur_hash(speckles) == "L8G+m=}Hte+U]sb9tdP1VjNX#=t*"


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_a_cut_off_picture_is_told_how_much_is_missing(format_name: str) -> None:
    data = encoded(noise(640, 480), format_name, quality=90)
    error = fault_of(data[: len(data) // 5])
    assert isinstance(error, CorruptPicture)
    assert error.code == "corrupt_file"
    share = int(error.sentence.partition("early: ")[2].partition(" %")[0])
    assert 75 <= share <= 85


@pytest.mark.parametrize("options", [{"format_name": "GIF"}, {"format_name": "JPEG", "progressive": True}])
def test_a_cut_off_picture_of_unknown_length_says_that_its_end_is_missing(options: dict[str, Any]) -> None:
    data = encoded(noise(640, 480), **options)
    assert fault_of(data[: len(data) // 2]).sentence.endswith("its last part is missing.")


def test_damage_in_the_middle_is_named() -> None:
    data = bytearray(encoded(noise(200, 200), "PNG"))
    data[5000:5100] = bytes(100)
    assert fault_of(bytes(data)).sentence == "The PNG is damaged: its data can't be decoded."


@pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\4\0\0\0WEBP"])
def test_a_bare_beginning_is_a_corrupt_picture(head: bytes) -> None:
    assert fault_of(head).code == "corrupt_file"


def test_an_empty_file_is_called_empty() -> None:
    assert fault_of(b"").sentence == "The file is empty."


def test_another_kind_of_file_is_named() -> None:
    error = fault_of(b"%PDF-1.7\n")
    assert isinstance(error, UnsupportedPicture)
    assert error.code == "unsupported_format"
    assert "PDF document" in error.sentence
    assert "no format this server knows" in fault_of(b"\0\1\2\3").sentence


def bomb_png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_more_pixels_than_allowed_are_refused_before_decoding() -> None:
    error = fault_of(bomb_png(60_000, 60_000))
    assert isinstance(error, PictureTooLarge)
    assert error.code == "too_large"
    assert "100 megapixels" in error.sentence


def test_the_limit_is_the_callers() -> None:
    data = encoded(quarters(), "PNG")
    assert fault_of(data, PictureOptions(max_pixels=320 * 200 - 1)).code == "too_large"
    assert derive(data, PictureOptions(max_pixels=320 * 200)).width == 320


def test_a_webp_canvas_is_refused_by_its_header() -> None:
    canvas = (16_382).to_bytes(3, "little")
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4) + canvas + canvas
    data = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    assert "16,383 x 16,383" in fault_of(data).sentence


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_header_is_read_in_both_codings(lossless: bool) -> None:
    data = encoded(quarters(), "WEBP", lossless=lossless)
    error = fault_of(data, PictureOptions(max_pixels=1000))
    assert "320 x 200" in error.sentence


def test_pillows_own_limit_is_left_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS
    fault_of(bomb_png(60_000, 60_000))
    assert before == Image.MAX_IMAGE_PIXELS
