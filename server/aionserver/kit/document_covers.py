"""What documents are shown by among other files: their first page as a picture; made in the sandbox."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from aionserver.kit.blur_hashes import blur_hash
from aionserver.kit.renditions import VARIANT_SIDES, Variant, on_white, shrink, variants

LONGEST_SIDE: Final = max(VARIANT_SIDES.values())


@dataclass(frozen=True)
class Cover:
    """The renditions that pictures have, of a first page."""

    blur_hash: str
    variants: tuple[Variant, ...]


def cover(source: Path | bytes, file_format: str) -> Cover | None:
    """The first page's renditions; None of a format that has no pages to show. Raises DocumentError."""
    if file_format.upper() != "PDF":
        return None
    # Imported when the first such document comes, as readers are.
    covers: Any = import_module("aionserver.kit.documents.pdf_covers")
    picture = covers.first_page(source, LONGEST_SIDE)
    if picture is None:
        return None
    return Cover(blur_hash(on_white(shrink(picture, 32))), variants(picture))
