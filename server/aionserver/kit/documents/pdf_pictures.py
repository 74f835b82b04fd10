"""Pictures of text on PDF pages that have text of their own: screenshots, scanned tables, figures with labels."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any, Final, cast

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from aionserver.kit.documents.blocks import Scan
from aionserver.kit.documents.pdf_calls import kind_of, thing_at
from aionserver.kit.documents.pdf_scans import MOST_LETTERS, MOST_OBJECTS, SCAN_DPI, letters_in, share_of

# A page with more letters has no room for a picture worth reading.
MOST_LETTERS_BESIDE: Final = 1_500
# Shares of the page. Smaller ones are logos; one of the whole page is a background, or a scan whose text is there.
LEAST_SHARE, MOST_SHARE = 0.08, 0.85
MOST_PICTURES: Final = 8
# Larger ones are not unpacked; these take 400 MB of the gibibyte that a reader may have.
MOST_UNPACKED_PIXELS: Final = 24_000_000
# Text stands on a plain ground: that much of it is of about one shade.
LEAST_GROUND: Final = 0.4
_SHADES: Final = 32
_LOOK_SIDE: Final = 320
_GAP: Final = 40
_SCALE: Final = SCAN_DPI / 72
_OBJECT_AT: Final = cast("Callable[..., Any]", pdfium_c.FPDFPage_GetObject)

Box = Sequence[float]


def images_beside(page: Any, text: str) -> list[int]:
    """The numbers of the images that stand on the page itself, where there is room for them beside its text.

    It is quick right after PDFium has gone through the page for its text.
    """
    if not MOST_LETTERS <= letters_in(text, MOST_LETTERS_BESIDE) < MOST_LETTERS_BESIDE:
        return []
    # Without the library's objects, for most pages have no images.
    count = min(pdfium_c.FPDFPage_CountObjects(page), MOST_OBJECTS)
    kinds = list(map(kind_of, map(thing_at, repeat(page.raw), range(count))))
    return [at for at, kind in enumerate(kinds) if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE]


def pictures_of(page: Any, images: Sequence[int], most_pixels: int) -> Scan | None:
    """The images that are pictures of text, one below the other; None where there are none."""
    shown = (_unpacked(image, box) for image, box in _candidates(page, images))
    found = [picture for picture in shown if picture and _has_plain_ground(picture)]
    return _stacked(found, most_pixels) if found else None


def _candidates(page: Any, images: Sequence[int]) -> list[tuple[Any, Box]]:
    """Images of a size that is read with their places, from the top down; none where together they are the page."""
    width, height = page.get_size()
    placed = [(one, one.get_bounds()) for one in _images(page, images)]
    shares = [share_of(box, width * height) for _, box in placed]
    if sum(shares) > MOST_SHARE:
        return []
    chosen = [pair for pair, share in zip(placed, shares, strict=True) if share >= LEAST_SHARE]
    return sorted(chosen, key=lambda pair: -pair[1][3])[:MOST_PICTURES]


def _images(page: Any, numbers: Sequence[int]) -> list[Any]:
    things = (_OBJECT_AT(page, at) for at in numbers)
    return [pdfium.PdfImage(thing, page=page, pdf=page.pdf) for thing in things]


def _unpacked(image: Any, box: Box) -> Image.Image | None:
    """The picture as the page shows it, in the size of recognised pages; None where it is damaged or too large."""
    try:
        width, height = image.get_px_size()
        if not 0 < width * height <= MOST_UNPACKED_PIXELS:
            return None
        bitmap = image.get_bitmap(render=True, scale_to_original=True)
    except pdfium.PdfiumError:
        return None
    if bitmap.width * bitmap.height > MOST_UNPACKED_PIXELS:
        return None
    left, bottom, right, top = box
    size = (max(1, round((right - left) * _SCALE)), max(1, round((top - bottom) * _SCALE)))
    return _on_white(bitmap.to_pil()).resize(size, Image.Resampling.LANCZOS)


def _on_white(picture: Image.Image) -> Image.Image:
    shown = picture.convert("RGBA")
    white = Image.new("RGB", shown.size, "white")
    white.paste(shown, mask=shown.getchannel("A"))
    return white


def _has_plain_ground(picture: Image.Image) -> bool:
    """Whether much of it is of one shade, as of paper or a screen; of photos that is rare."""
    small = picture.convert("L")
    small.thumbnail((_LOOK_SIDE, _LOOK_SIDE), Image.Resampling.BOX)
    counts = small.histogram()
    width = len(counts) // _SHADES
    shades = [sum(counts[at : at + 2 * width]) for at in range(0, len(counts) - width, width)]
    return max(shades) >= LEAST_GROUND * sum(counts) and len(small.getcolors(256) or ()) > 1


def _stacked(pictures: list[Image.Image], most_pixels: int) -> Scan:
    width = max(picture.width for picture in pictures)
    height = sum(picture.height + _GAP for picture in pictures) + _GAP
    whole, top = Image.new("RGB", (width, height), "white"), _GAP
    for picture in pictures:
        whole.paste(picture, (0, top))
        top += picture.height + _GAP
    scale = (most_pixels / (width * height)) ** 0.5
    if scale < 1:
        whole = whole.resize((int(width * scale), int(height * scale)))
    return Scan(whole.width, whole.height, whole.tobytes(), is_part=True)
