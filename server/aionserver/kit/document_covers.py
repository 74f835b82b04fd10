"""What documents are shown by among other files: their first page or cover as a picture; made in the sandbox."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from aionserver.kit.blur_hashes import blur_hash
from aionserver.kit.picture_faults import PictureError
from aionserver.kit.pictures import derive
from aionserver.kit.renditions import VARIANT_SIDES, Variant, on_white, shrink, variants

LONGEST_SIDE: Final = max(VARIANT_SIDES.values())


@dataclass(frozen=True)
class Cover:
    """The renditions that pictures have, of a first page."""

    blur_hash: str
    variants: tuple[Variant, ...]


def cover(source: Path | bytes, file_format: str) -> Cover | None:
    """A first page's renditions, or a book's cover's; None where there is nothing to show. Raises DocumentError."""
    match file_format.upper():
        case "PDF":
            return _of_page(source)
        case "EPUB":
            return _of_book(source)
        case _:
            return None


def _of_page(source: Path | bytes) -> Cover | None:
    # Imported when the first such document comes, as readers are.
    covers: Any = import_module("aionserver.kit.documents.pdf_covers")
    picture = covers.first_page(source, LONGEST_SIDE)
    if picture is None:
        return None
    return Cover(blur_hash(on_white(shrink(picture, 32))), variants(picture))


def _of_book(source: Path | bytes) -> Cover | None:
    books: Any = import_module("aionserver.kit.documents.epub")
    picture: bytes | None = books.cover_of(source)
    if picture is None:
        return None
    try:
        derived = derive(picture)
    except PictureError:
        return None  # a book is whole without
    return Cover(derived.blur_hash, derived.variants)
