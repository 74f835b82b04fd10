"""PDF pages whose text has to be recognised: how they are told from others, and their pictures."""

import math
import re
from collections.abc import Sequence
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from aionserver.kit.documents.blocks import Scan

# Small print is about 14 pixels high then.
SCAN_DPI: Final = 170
LONGEST_SIDE: Final = 2400
# A page with more letters says itself what it shows, whatever pictures are on it.
MOST_LETTERS: Final = 250
# With so much of the page a picture, or so many lines drawn, the page may show text that it does not have.
LEAST_PICTURE_SHARE: Final = 0.35
LEAST_PATHS: Final = 150
MOST_OBJECTS: Final = 2_000
_DEEPEST_FORM: Final = 3
# Signs that stand for no letter anyone can read.
_UNREADABLE: Final = re.compile(r"[\ufffd\x00-\x08\x0e-\x1f\u0080-\u009f\ue000-\uefff\uf000-\uf01f\uf100-\uf8ff]")
MOST_UNREADABLE: Final = 0.25
_NO_LETTERS: Final = bytes(code for code in range(128) if not chr(code).isalnum())


def needs_scan(page: Any, text: str) -> bool:
    """Whether a page shows more than its text says, or says it in signs nobody can read."""
    letters = letters_in(text, MOST_LETTERS)
    if letters >= MOST_LETTERS:
        return is_unreadable(text)
    return is_unreadable(text) or _shows_more(page, letters)


def letters_in(text: str, most: int) -> int:
    """How many letters and digits a text has; no more than `most` are counted."""
    if len(text) >= 4 * most:
        return most
    return most if _plain_letters(text) >= most else min(most, sum(map(str.isalnum, text)))


def _plain_letters(text: str) -> int:
    """The letters and digits of ASCII: counted thirty times as fast as all, and enough to judge most texts by."""
    return len(text.encode("ascii", "ignore").translate(None, _NO_LETTERS))


def is_unreadable(text: str) -> bool:
    """Whether too many of the signs stand for no letter."""
    shown = len(text) - text.count(" ") - 2 * text.count("\r\n")
    if _plain_letters(text) >= (1 - MOST_UNREADABLE) * shown:
        return False
    return len(_UNREADABLE.findall(text)) > MOST_UNREADABLE * shown


def _shows_more(page: Any, letters: int) -> bool:
    width, height = page.get_size()
    share, paths = 0.0, 0
    for kind, box in _objects(page):
        if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            share += share_of(box, width * height)
        paths += kind in (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_SHADING)
    return share >= LEAST_PICTURE_SHARE or (paths >= LEAST_PATHS and letters < 20)


def _objects(page: Any) -> list[tuple[int, Sequence[float]]]:
    """The kinds and boxes of what is drawn, up to a bound."""
    found = list[tuple[int, Sequence[float]]]()
    for thing in page.get_objects(max_depth=_DEEPEST_FORM):
        box = thing.get_bounds() if thing.type == pdfium_c.FPDF_PAGEOBJ_IMAGE else ()
        found.append((thing.type, box))
        if len(found) >= MOST_OBJECTS:
            break
    return found


def share_of(box: Sequence[float], area: float) -> float:
    """What part of the page's area a box has, from 0; more than 1 where it goes beyond."""
    left, bottom, right, top = box
    return max(0.0, right - left) * max(0.0, top - bottom) / max(area, 1.0)


def scan_of(page: Any, most_pixels: int) -> Scan | None:
    """The upright page as a picture; None where it has no extent."""
    picture = rendered(page, LONGEST_SIDE, most_pixels, SCAN_DPI / 72)
    return None if picture is None else Scan(picture.width, picture.height, picture.tobytes())


def rendered(page: Any, longest_side: int, most_pixels: int, most_scale: float = math.inf) -> Any | None:
    """The page as a Pillow picture on white, as large as the bounds allow; None where it has no extent."""
    width, height = page.get_size()
    if not (0 < width < 1e5 and 0 < height < 1e5):
        return None
    scale = min(most_scale, longest_side / max(width, height), (most_pixels / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True, prefer_bgrx=False)
    try:
        return bitmap.to_pil().convert("RGB").copy()
    finally:
        bitmap.close()
