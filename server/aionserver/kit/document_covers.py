"""What documents are shown by among other files: their first page as a picture; made in the sandbox."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from aionserver.kit.blur_hashes import blur_hash
from aionserver.kit.documents import pdf
from aionserver.kit.documents.pdf_scans import rendered
from aionserver.kit.renditions import VARIANT_SIDES, Variant, on_white, shrink, variants

LONGEST_SIDE: Final = max(VARIANT_SIDES.values())
MOST_PIXELS: Final = LONGEST_SIDE * LONGEST_SIDE


@dataclass(frozen=True)
class Cover:
    """The renditions that pictures have, of a first page."""

    blur_hash: str
    variants: tuple[Variant, ...]


def cover(source: Path | bytes, file_format: str) -> Cover | None:
    """The first page's renditions; None of a format that has no pages to show. Raises DocumentError."""
    if file_format.upper() != "PDF":
        return None
    with pdf.opened(source) as document:
        picture = _first_page(document)
    if picture is None:
        return None
    return Cover(blur_hash(on_white(shrink(picture, 32))), variants(picture))


def _first_page(document: Any) -> Image.Image | None:
    page = document[0] if len(document) else None
    if page is None:
        return None
    try:
        width, height = page.get_size()
        if not (0 < width < 1e5 and 0 < height < 1e5):
            return None
        return rendered(page, LONGEST_SIDE / max(width, height), MOST_PIXELS)
    finally:
        page.close()
