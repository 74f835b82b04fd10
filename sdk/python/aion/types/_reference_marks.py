"""References in answers: `[[ref:KEY]]`, `[[img:ID|name]]`, `[[doc:ID|name|p:5]]`, `[[link:ID|title]]`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Optional, Union, cast

from .references import DocumentRef, ImageRef, LinkRef, ParsedReferences

# No nesting and no line break inside, so that the time is linear in the text.
_MARK = re.compile(r"\[\[(ref|img|doc|link):([^\[\]|\n]+)((?:\|[^\[\]|\n]*)*)\]\]")
_PAGE = re.compile(r"p:(\d{1,9})")
_PAGES = re.compile(r"pp:(\d{1,9})-(\d{1,9})")

Known = Mapping[str, Mapping[str, Any]]


def parse_references(content: str, metadata: Optional[dict[str, Any]] = None) -> ParsedReferences:
    """All that `content` refers to, each once; short ids are completed by what `metadata` knows."""
    known = _known(metadata or {})
    found: dict[Union[ImageRef, DocumentRef, LinkRef], None] = {}
    counts: dict[str, Any] = {}
    for mark in _MARK.finditer(content):
        kind, key, parts = _parts(mark)
        if kind == "ref":
            counts[key] = _count(key, metadata)
        else:
            found[_reference(kind, key, parts, known)] = None
    return ParsedReferences(
        images=[one for one in found if isinstance(one, ImageRef)],
        documents=[one for one in found if isinstance(one, DocumentRef)],
        links=[one for one in found if isinstance(one, LinkRef)],
        counts=counts,
    )


def resolve_content(content: str, metadata: Optional[dict[str, Any]] = None) -> str:
    """`content` in plain words: results by their number, files by their names, with pages where given."""

    def words(mark: re.Match[str]) -> str:
        kind, key, parts = _parts(mark)
        if kind == "ref":
            count = _count(key, metadata)
            return mark.group(0) if count is None else str(count)
        name = parts[0] if parts and parts[0] else key
        page, pages = _pages(parts)
        place = f" (pp.{pages[0]}-{pages[1]})" if pages else f" (p.{page})" if page is not None else ""
        return name + place if kind == "doc" else name

    return _MARK.sub(words, content)


def _parts(mark: re.Match[str]) -> tuple[str, str, list[str]]:
    kind, key, rest = mark.groups()
    return kind, key.strip(), [part.strip() for part in rest.split("|")[1:]]


def _reference(kind: str, key: str, parts: list[str], known: Known) -> Union[ImageRef, DocumentRef, LinkRef]:
    name = parts[0] if parts else ""
    full_id = _full_id(key, known)
    if kind == "img":
        return ImageRef(key, name, full_id)
    if kind == "doc":
        return DocumentRef(key, name, full_id, *_pages(parts))
    about = known.get(full_id or "", {})
    return LinkRef(key, name, full_id, _text(about, "source_url", "url"), _text(about, "domain"))


def _pages(parts: list[str]) -> tuple[Optional[int], Optional[tuple[int, int]]]:
    for part in parts[1:]:
        one, several = _PAGE.fullmatch(part), _PAGES.fullmatch(part)
        if one:
            return int(one.group(1)), None
        if several:
            return None, (int(several.group(1)), int(several.group(2)))
    return None, None


def _full_id(key: str, known: Known) -> Optional[str]:
    """The only known id that begins with `key`; a whole id is its own."""
    if key in known:
        return key
    fitting = [one for one in known if one.startswith(key)]
    return fitting[0] if len(fitting) == 1 else key if len(key) >= _WHOLE_ID else None


_WHOLE_ID = 32


def _known(metadata: Mapping[str, Any]) -> Known:
    known: dict[str, Mapping[str, Any]] = {}
    for name, id_names in _SOURCES.items():
        for item in _items(metadata.get(name)):
            for id_name in id_names:
                if isinstance(item.get(id_name), str):
                    known[item[id_name]] = item
                    break
    for result_set in _items(metadata.get("result_refs")):
        ids: Any = result_set.get("ids") or result_set.get("image_ids") or []
        for one in cast("list[Any]", ids) if isinstance(ids, list) else []:
            known.setdefault(str(one), {})
    return known


_SOURCES = {
    "image_context": ("image_id", "id"),
    "tool_document_data": ("document_id", "id"),
    "tool_link_data": ("link_id", "id"),
}


def _items(value: Any) -> Iterator[Mapping[str, Any]]:
    values: Any = cast("dict[str, Any]", value).values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list)):
        for item in values:
            if isinstance(item, dict):
                yield cast("dict[str, Any]", item)


def _count(key: str, metadata: Optional[Mapping[str, Any]]) -> Optional[int]:
    refs: Any = (metadata or {}).get("result_refs")
    about: Any = cast("dict[str, Any]", refs).get(key) if isinstance(refs, dict) else None
    count: Any = cast("dict[str, Any]", about).get("count") if isinstance(about, dict) else None
    return count if isinstance(count, int) else None


def _text(about: Mapping[str, Any], *names: str) -> Optional[str]:
    return next((about[name] for name in names if isinstance(about.get(name), str)), None)
