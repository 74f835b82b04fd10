"""Books of web pages read chapter by chapter, in the order in which they are turned."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from aionserver.kit.documents.archives import Archive, opened_zip
from aionserver.kit.documents.blocks import Block, Page, Reading, ReadingOptions
from aionserver.kit.documents.drafts import Budget, Draft, one_line, properties_of
from aionserver.kit.documents.encodings import decoded
from aionserver.kit.documents.epub_contents import contents_of, cover_in, place_in, titles_in
from aionserver.kit.documents.faults import CorruptDocument, DocumentTooLarge, PasswordProtected
from aionserver.kit.documents.trees import xhtml_root, xml_root
from aionserver.kit.documents.web_page import put

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
# Fonts are often scrambled; that does not lock a book.
_FONT_ENDS: Final = (".ttf", ".otf", ".woff", ".woff2")
_PAGES: Final = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_DC: Final = "{http://purl.org/dc/elements/1.1/}"


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """All chapters as parts; raises DocumentError."""
    with opened_zip(source) as archive:
        _require_unlocked(archive)
        place = _place_of_package(archive)
        book = xml_root(archive.read(place))
        folder = posixpath.dirname(place)
        chapters = list(_chapters(book, folder))
        if len(chapters) > options.most_pages:
            raise DocumentTooLarge(f"The book has {len(chapters):,} parts; {options.most_pages:,} are read at most.")
        pages = list(_pages(archive, chapters, titles_in(archive, contents_of(book, folder)), Budget(options)))
        title, properties = _told(book)
        return Reading(tuple(pages), len(pages), has_pages=False, title=title, properties=properties)


def cover_of(source: Path | bytes) -> bytes | None:
    """The picture on a book's cover; None where it has none. Raises DocumentError."""
    with opened_zip(source) as archive:
        _require_unlocked(archive)
        place = _place_of_package(archive)
        name = cover_in(xml_root(archive.read(place)), posixpath.dirname(place))
        return archive.read(name) if name and name in archive else None


def _titled(blocks: tuple[Block, ...], title: tuple[str, int] | None, budget: Budget) -> tuple[Block, ...]:
    """The blocks of a chapter under its title, which may stand there as a mere paragraph."""
    if title is None or not blocks or blocks[0].kind == "heading":
        return blocks
    head = Draft(budget)
    head.add("heading", *title)
    is_there = blocks[0].text.casefold() == title[0].casefold()
    return head.blocks() + blocks[is_there:]


def _require_unlocked(archive: Archive) -> None:
    if _ENCRYPTION in archive:
        locked = (
            str(one.get("URI", "")) for one in xml_root(archive.read(_ENCRYPTION)).iter() if _is(one, "CipherReference")
        )
        if any(not name.lower().endswith(_FONT_ENDS) for name in locked):
            raise PasswordProtected("The book is locked by its publisher; upload a copy that is not.")


def _place_of_package(archive: Archive) -> str:
    if _CONTAINER in archive:
        for one in xml_root(archive.read(_CONTAINER)).iter():
            if _is(one, "rootfile") and one.get("full-path"):
                return posixpath.normpath(one.get("full-path")).lstrip("/")
    raise CorruptDocument("The file is damaged: it is no book.")


def _chapters(book: Any, folder: str) -> Iterator[str]:
    """The names of the pages in reading order, without the table of contents."""
    items = {one.get("id"): one for one in book.iter() if _is(one, "item")}
    for one in (one for one in book.iter() if _is(one, "itemref")):
        item = items.get(one.get("idref"))
        if (
            item is None
            or item.get("media-type", _PAGES[0]) not in _PAGES
            or "nav" in item.get("properties", "").split()
        ):
            continue
        yield place_in(folder, item.get("href", ""))


def _pages(
    archive: Archive, chapters: Sequence[str], titles: Mapping[str, tuple[str, int]], budget: Budget
) -> Iterator[Page]:
    """The chapters; one that does not begin with its title has the one that the table of contents gives it."""
    for number, name in enumerate((name for name in chapters if name in archive), 1):
        draft = Draft(budget)
        put(draft, xhtml_root(decoded(archive.read(name))))
        yield Page(number, _titled(draft.blocks(), titles.get(name.lower()), budget))


def _told(book: Any) -> tuple[str | None, dict[str, str]]:
    """The book's title, and what else it says of itself."""
    said = dict[str, str]()
    for one in book.iter():
        if str(one.tag).startswith(_DC):
            said.setdefault(one.tag[len(_DC) :], one_line(one.text))
    properties = properties_of(
        author=said.get("creator"), subject=said.get("subject"), created=said.get("date"), language=said.get("language")
    )
    return said.get("title") or None, properties


def _is(element: Any, name: str) -> bool:
    return str(element.tag).rpartition("}")[2] == name
