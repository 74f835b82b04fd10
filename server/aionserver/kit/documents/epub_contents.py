"""What a book says of its parts: the titles of the pages that chapters begin on, and which picture is its cover."""

import posixpath
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote

from aionserver.kit.document_titles import is_title
from aionserver.kit.documents.archives import Archive
from aionserver.kit.documents.drafts import DEEPEST_HEADING
from aionserver.kit.documents.encodings import decoded
from aionserver.kit.documents.faults import CorruptDocument
from aionserver.kit.documents.trees import xhtml_root

MOST_ENTRIES: Final = 5_000
_NCX: Final = "application/x-dtbncx+xml"


def place_in(folder: str, href: str) -> str:
    """The name of a part that another one in this folder refers to."""
    return posixpath.normpath(posixpath.join("/", folder, unquote(href.partition("#")[0]))).lstrip("/")


def contents_of(book: Any, folder: str) -> str | None:
    """The name of the part with the table of contents: as a page, or as older books have it; None where none is."""
    items = [one for one in book.iter() if _name(one) == "item" and one.get("href")]
    for one in items:
        if "nav" in one.get("properties", "").split():
            return place_in(folder, one.get("href"))
    return next((place_in(folder, one.get("href")) for one in items if one.get("media-type") == _NCX), None)


def cover_in(book: Any, folder: str) -> str | None:
    """The name of the part with the picture on the cover, as books of either version say it; None where none is."""
    items = {one.get("id"): one for one in book.iter() if _name(one) == "item" and one.get("href")}
    older = [one.get("content") for one in book.iter() if _name(one) == "meta" and one.get("name") == "cover"]
    said = [one for one in items.values() if "cover-image" in one.get("properties", "").split()]
    said += [items[name] for name in older if name in items]
    pictures = (one for one in said if one.get("media-type", "").startswith("image/"))
    return next((place_in(folder, one.get("href")) for one in pictures), None)


def titles_in(archive: Archive, contents: str | None) -> dict[str, tuple[str, int]]:
    """By the names of pages in small letters: the first title that each has, and its level from 1."""
    titles = dict[str, tuple[str, int]]()
    if contents is None or contents not in archive:
        return titles
    try:
        root, folder = xhtml_root(decoded(archive.read(contents))), posixpath.dirname(contents)
    except CorruptDocument:
        return titles  # a book is readable without
    for href, title, level in islice(_entries(root), MOST_ENTRIES):
        if href and is_title(title):
            titles.setdefault(place_in(folder, href).lower(), (title, level))
    return titles


def _entries(root: Any) -> Iterator[tuple[str, str, int]]:
    """What is referred to, what it is called, and how deep it stands."""
    waiting = [(root, 0)]
    while waiting:
        one, depth = waiting.pop()
        name = _name(one)
        if name == "nav" and "toc" not in _kind(one):
            continue
        if name == "a":
            yield one.get("href", ""), _text(one), max(1, depth)
        elif name == "navpoint":
            yield _first(one, "content", "src"), _text(next(_direct(one, "navlabel"), None)), depth + 1
        deeper = depth + (name in ("ol", "navpoint"))
        waiting.extend((child, min(deeper, DEEPEST_HEADING)) for child in reversed(one))


def _kind(nav: Any) -> str:
    """What a list of references is for: the chapters unless it says otherwise, such as pages or pictures."""
    return next((value for key, value in nav.attrib.items() if str(key).endswith("type")), "toc")


def _direct(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if _name(child) == name)


def _first(element: Any, name: str, attribute: str) -> str:
    found = next(_direct(element, name), None)
    return "" if found is None else found.get(attribute, "")


def _text(element: Any) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()
