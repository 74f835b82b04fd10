"""What a page says of itself: Open Graph, Twitter cards, JSON-LD, and what every page has had before those."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from lxml import html
from lxml.etree import ParserError  # pyright: ignore[reportUnknownVariableType]

from aionserver.kit.web_urls import LONGEST, WebUrl

LONGEST_TITLE: Final = 500
LONGEST_DESCRIPTION: Final = 2_000
LONGEST_WORD: Final = 200
MOST_IMAGES: Final = 20
MOST_META: Final = 2_000
MOST_LINKED_DATA: Final = 20
LONGEST_LINKED_DATA: Final = 500_000
DEEPEST_LINKED_DATA: Final = 6
# Names that pages call our crawler by, besides all of them.
ROBOTS: Final = ("robots", "aionvisionbot")
PAGE_TYPES: Final = re.compile(r"Article|Posting|Page|Report|Recipe|Product|Video|Event|Podcast|Course|Book|Review")
Node = Any


@dataclass(frozen=True)
class PageImage:
    """A picture that a page shows."""

    url: str
    alt: str | None = None


@dataclass(frozen=True)
class PageMetadata:
    """What a page says of itself; addresses are whole, and of http or https."""

    title: str | None = None
    description: str | None = None
    url: str | None = None
    image: str | None = None
    site_name: str | None = None
    kind: str | None = None
    language: str | None = None
    author: str | None = None
    published: str | None = None
    favicon: str | None = None
    images: tuple[PageImage, ...] = ()
    robots: frozenset[str] = field(default_factory=frozenset[str])


def page_tree(text: str) -> Node:
    """The elements of a page, however it is written; none of a page without any."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    read = cast("Callable[..., Node]", html.document_fromstring)  # pyright: ignore[reportUnknownMemberType]
    try:
        return read(text.encode("utf-8", "replace"), parser=parser)
    except (ParserError, ValueError):
        return read("<html></html>")


def read_metadata(tree: Node, base: WebUrl) -> PageMetadata:
    """What the page says of itself. Open Graph is asked first, for it is written for this."""
    page = _Page(tree, base)
    title = page.first("og:title", "twitter:title", "title", "dc.title", then=(page.data("headline", "name"),))
    summary = page.first("og:description", "twitter:description", "description", "dc.description")
    image = page.address("og:image:secure_url", "og:image:url", "og:image", "twitter:image:src", "twitter:image")
    return PageMetadata(
        title=_cut(title or page.title() or page.text("//h1"), LONGEST_TITLE),
        description=_cut(summary or page.data("description"), LONGEST_DESCRIPTION),
        url=page.address("og:url") or page.link("canonical") or page.address("twitter:url"),
        image=image or page.whole(page.data_image()) or page.link("image_src") or page.main_image(),
        site_name=_cut(page.first("og:site_name", "application-name") or page.data("publisher"), LONGEST_WORD),
        kind=_cut(page.first("og:type"), LONGEST_WORD),
        language=_cut(plain(tree.get("lang", "")) or page.first("og:locale", "content-language"), 35),
        author=_cut(page.first("author", "article:author", "dc.creator") or page.data("author"), LONGEST_WORD),
        published=_cut(page.first("article:published_time") or page.data("datePublished"), 40),
        favicon=page.favicon(),
        images=page.images(),
        robots=page.robots(),
    )


class _Page:
    """A page's elements, asked for what they say."""

    def __init__(self, tree: Node, address: WebUrl) -> None:
        self._tree = tree
        self._base = _base(tree, address)
        self._meta = _meta(tree)
        self._data = list(_linked_data(tree))

    def first(self, *names: str, then: Iterable[str | None] = ()) -> str | None:
        """The content of the first of these that says anything."""
        said = (plain(text) for name in names for text in self._meta.get(name, ()))
        return next((one for one in [*said, *then] if one), None)

    def address(self, *names: str) -> str | None:
        """The first of these that is an address."""
        return next((url for name in names for text in self._meta.get(name, ()) if (url := self.whole(text))), None)

    def whole(self, reference: str | None) -> str | None:
        """A reference as a whole address; None for one that is none, or of another scheme."""
        if not reference or len(reference) > LONGEST:
            return None
        try:
            return str(self._base.join(reference.strip().replace(" ", "%20")))
        except ValueError:
            return None

    def text(self, path: str) -> str | None:
        """The words of the first such element that has any."""
        return next((text for one in self._tree.xpath(path) if (text := plain(one.text_content()))), None)

    def title(self) -> str | None:
        """The title by which browsers call it, not one of a drawing in it."""
        return self.text("//head//title[not(ancestor::svg)]") or self.text("//title[not(ancestor::svg)]")

    def link(self, relation: str) -> str | None:
        """The first address that the page is related to so."""
        return next((url for one in self._links(relation) if (url := self.whole(one.get("href")))), None)

    def _links(self, relation: str) -> Iterator[Node]:
        for one in self._tree.xpath("//link[@rel][@href]"):
            if relation in one.get("rel", "").lower().split():
                yield one

    def favicon(self) -> str | None:
        """Its icon: the one for tabs, else the one for telephones, else where browsers look."""
        return self.link("icon") or self.link("apple-touch-icon") or self.whole("/favicon.ico")

    def data(self, *names: str) -> str | None:
        """What its linked data says under the first of these names."""
        found = (plain(_word(one.get(name))) for name in names for one in self._data)
        return next((text for text in found if text), None)

    def data_image(self) -> str | None:
        """The picture that its linked data names."""
        return next((text for one in self._data if (text := _word(one.get("image"), "url", "contentUrl"))), None)

    def images(self) -> tuple[PageImage, ...]:
        """Pictures in the page, each once; not those that are written into it."""
        found: dict[str, PageImage] = {}
        for one in self._tree.xpath("//img[@src or @data-src]"):
            url = self.whole(one.get("data-src")) or self.whole(one.get("src"))
            if url:
                found.setdefault(url, PageImage(url, _cut(plain(one.get("alt") or ""), LONGEST_WORD)))
            if len(found) == MOST_IMAGES:
                break
        return tuple(found.values())

    def main_image(self) -> str | None:
        """The first picture of what the page is about, where it says what that is."""
        places = self._tree.xpath("//article//img[@src] | //main//img[@src]")
        return next((url for one in places if (url := self.whole(one.get("src")))), None)

    def robots(self) -> frozenset[str]:
        """What crawlers are asked not to do."""
        said = [text for name in ROBOTS for text in self._meta.get(name, ())]
        return frozenset(robots_words(",".join(said)))


def robots_words(text: str) -> set[str]:
    """The directives of a robots meta element or header."""
    return {part.strip().lower() for part in text.split(",") if part.strip()}


def plain(text: str) -> str | None:
    """The text with single spaces, and without what no database takes; None when nothing is left."""
    return " ".join(text.replace("\0", "").encode("utf-8", "replace").decode().split()) or None


def _cut(text: str | None, longest: int) -> str | None:
    if text is None or len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip() + "…"


def _base(tree: Node, address: WebUrl) -> WebUrl:
    for one in tree.xpath("//head/base[@href]")[:1]:
        try:
            return address.join(one.get("href"))
        except ValueError:
            break
    return address


def _meta(tree: Node) -> Mapping[str, list[str]]:
    """Contents of `meta` elements by name or property, in small letters."""
    found: dict[str, list[str]] = {}
    for one in tree.xpath("//meta[@content]")[:MOST_META]:
        for name in {one.get(key) for key in ("property", "name", "itemprop", "http-equiv")} - {None}:
            found.setdefault(name.strip().lower(), []).append(one.get("content"))
    return found


def _linked_data(tree: Node) -> Iterator[Mapping[str, Any]]:
    """The things that a page's JSON-LD tells of, those of pages first."""
    found: list[Mapping[str, Any]] = []
    for script in tree.xpath("//script[@type='application/ld+json']")[:MOST_LINKED_DATA]:
        text = script.text or ""
        if len(text) <= LONGEST_LINKED_DATA:
            found += _things(_json(text), 0)
    yield from sorted(found, key=_is_page, reverse=True)


def _is_page(thing: Mapping[str, Any]) -> bool:
    return PAGE_TYPES.search(str(thing.get("@type"))) is not None


def _json(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _things(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > DEEPEST_LINKED_DATA:
        return
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _things(one, depth + 1)
    elif isinstance(value, dict):
        thing = cast("dict[str, Any]", value)
        if "@type" in thing:
            yield thing
        yield from _things(thing.get("@graph"), depth + 1)
        yield from _things(thing.get("mainEntity"), depth + 1)


def _word(value: Any, *names: str) -> str:
    """The text of a value of linked data, which may be a text, a thing with a name, or a list of these."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return _word(cast("list[Any]", value)[0], *names)
    if isinstance(value, dict):
        thing = cast("dict[str, Any]", value)
        return next((text for name in (names or ("name",)) if isinstance(text := thing.get(name), str)), "")
    return ""
