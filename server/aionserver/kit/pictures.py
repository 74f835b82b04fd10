"""Everything about a picture that is known before a neural network looks at it; run it in the sandbox."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image

from aionserver.kit.blur_hashes import blur_hash
from aionserver.kit.colors import MOST_COLORS, ColorAnalysis, analyse
from aionserver.kit.exif import CameraNotes, Place, camera_notes
from aionserver.kit.gif_frames import count_frames
from aionserver.kit.media_types import GIF, HEAD_BYTES, HEIC, JPEG, PICTURES, WEBP, MediaType, sniff
from aionserver.kit.picture_faults import DECODE_FAULTS, CorruptPicture, PictureTooLarge, UnsupportedPicture
from aionserver.kit.picture_sections import check_sections
from aionserver.kit.renditions import Variant, master, on_white, shrink, variants, visible

# A JPEG decodes at 1/2, 1/4 or 1/8 for a fraction of the time, as long as so much is left for the networks.
LEAST_DRAFT_SIDE: Final = 1500
MOST_FRAMES: Final = 10_000

# One decoder thread: memory is bounded, and as many pictures are decoded at once as there are sandboxes.
pillow_heif.options.DECODE_THREADS = 1
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


@dataclass(frozen=True)
class PictureOptions:
    max_pixels: int = 100_000_000
    # 2048 is half of a 12-megapixel photo's long side, which a JPEG gives without any resampling.
    network_side: int = 2048
    n_colors: int = MOST_COLORS


@dataclass(frozen=True)
class DerivedPicture:
    """`width` and `height` are the upright original's; `pixels` is (h, w, 3) sRGB, on white, bounded."""

    format: str
    content_type: str
    width: int
    height: int
    orientation: int
    frames: int
    captured_at: datetime | None
    captured_at_is_local: bool
    place: Place | None
    camera: str | None
    has_alpha: bool
    blur_hash: str
    variants: tuple[Variant, ...]
    colors: ColorAnalysis
    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class _Decoded:
    kind: MediaType
    size: tuple[int, int]
    frames: int
    notes: CameraNotes
    image: Image.Image


def derive(source: str | Path | bytes, options: PictureOptions | None = None) -> DerivedPicture:
    """All that a picture's bytes tell; raises PictureError for what can't be taken."""
    chosen = options or PictureOptions()
    with _opened(source) as file, _pixel_limit(chosen.max_pixels):
        decoded = _decode(file, chosen)
    upright = master(decoded.image, chosen.network_side, decoded.notes.orientation)
    return _derived(decoded, upright, chosen)


def count_colors(source: str | Path | bytes, options: PictureOptions) -> ColorAnalysis:
    """The colours alone, as `derive` counts them; raises PictureError for what can't be taken."""
    with _opened(source) as file, _pixel_limit(options.max_pixels):
        decoded = _decode(file, options)
    upright = master(decoded.image, options.network_side, decoded.notes.orientation)
    return analyse(on_white(upright), options.n_colors, visible(upright))


def _derived(decoded: _Decoded, upright: Image.Image, options: PictureOptions) -> DerivedPicture:
    pixels, notes = on_white(upright), decoded.notes
    width, height = decoded.size if notes.orientation < 5 else decoded.size[::-1]
    made = variants(upright)
    return DerivedPicture(
        format=decoded.kind.format,
        content_type=decoded.kind.content_type,
        width=width,
        height=height,
        orientation=notes.orientation,
        frames=decoded.frames,
        captured_at=notes.captured_at,
        captured_at_is_local=notes.captured_at_is_local,
        place=notes.place,
        camera=notes.camera,
        has_alpha=upright.mode == "RGBA",
        blur_hash=blur_hash(on_white(shrink(upright, 32))),
        variants=made,
        colors=analyse(pixels, options.n_colors, visible(upright)),
        pixels=pixels,
    )


@contextmanager
def _opened(source: str | Path | bytes) -> Generator[BinaryIO]:
    with BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb") as file:
        yield file


@contextmanager
def _pixel_limit(max_pixels: int) -> Generator[None]:
    """Makes Pillow refuse more pixels wherever it meets them, also in a frame larger than its picture."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise PictureTooLarge(
            f"The picture has more than {max_pixels / 1e6:,.0f} megapixels, the most that is taken."
        ) from fault
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _decode(file: BinaryIO, options: PictureOptions) -> _Decoded:
    head = file.read(HEAD_BYTES)
    kind = _picture_type(head)
    if kind == WEBP:
        _check_webp_canvas(head, options.max_pixels)
    check_sections(kind, file)
    try:
        image = _open(kind, file)
        size = image.size
        if size[0] * size[1] > options.max_pixels:
            raise PictureTooLarge.pixels(*size, options.max_pixels)
        _draft(image)
        image.load()
        return _Decoded(kind, size, _frames(kind, image, file), _notes(image), image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise
    except DECODE_FAULTS as fault:
        raise CorruptPicture.after(kind, file, fault) from fault


def _picture_type(head: bytes) -> MediaType:
    kind = sniff(head)
    if kind in PICTURES:
        return kind
    if not head:
        raise CorruptPicture("The file is empty.")
    known = f"a {kind.format} {kind.media_type}" if kind else "in no format this server knows"
    raise UnsupportedPicture(f"The file is {known}; pictures are JPEG, PNG, WebP, GIF, HEIC or AVIF.")


def _check_webp_canvas(head: bytes, max_pixels: int) -> None:
    """Refuses by the header alone: Pillow's WebP decoder takes memory for the canvas when it opens."""
    width, height = _webp_size(head)
    if width * height > max_pixels:
        raise PictureTooLarge.pixels(width, height, max_pixels)


def _webp_size(head: bytes) -> tuple[int, int]:
    def number(at: int, length: int) -> int:
        return int.from_bytes(head[at : at + length], "little")

    match head[12:16]:
        case b"VP8X":
            return number(24, 3) + 1, number(27, 3) + 1
        case b"VP8L":
            packed = number(21, 4)
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case _:
            return number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF


def _open(kind: MediaType, file: BinaryIO) -> Image.Image:
    file.seek(0)
    if kind == HEIC:
        return pillow_heif.HeifImageFile(file)
    return Image.open(file, formats=[kind.format.upper()])


def _draft(image: Image.Image) -> None:
    """Asks a JPEG for the smallest scale that leaves enough; other formats have none."""
    if image.format not in ("JPEG", "MPO"):
        return
    scale = max(1, max(image.size) // LEAST_DRAFT_SIDE)
    image.draft(image.mode, (max(1, image.width // scale), max(1, image.height // scale)))


def _frames(kind: MediaType, image: Image.Image, file: BinaryIO) -> int:
    if kind == GIF:
        return count_frames(file, MOST_FRAMES)
    # Several pictures in one JPEG or HEIC are views or bursts, not an animation.
    return 1 if kind in (JPEG, HEIC) else min(int(getattr(image, "n_frames", 1)), MOST_FRAMES)


def _notes(image: Image.Image) -> CameraNotes:
    """What the camera wrote; a picture is whole without it."""
    with suppress(MemoryError, *DECODE_FAULTS):
        return camera_notes(image.getexif())
    return CameraNotes()
