"""Trees of XML and HTML from bytes nobody vouches for: no entities, no files, no network, bounded depth."""

import re
from collections.abc import Iterator
from html.entities import html5
from importlib import import_module
from typing import Any, Final

from aionserver.kit.documents.faults import CorruptDocument

# It is written in C and tells no types.
etree: Any = import_module("lxml.etree")
# Where these are, an attacker wants something read or multiplied; no office program writes them.
_DECLARATIONS: Final = (b"<!ENTITY", b"<!\x00E\x00N\x00T\x00I\x00T\x00Y", b"\x00<\x00!\x00E\x00N\x00T\x00I\x00T\x00Y")
_DOCTYPE: Final = re.compile(r"<!DOCTYPE[^<>\[]{0,1000}>", re.IGNORECASE)
_NAMED: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")


def xml_root(data: bytes) -> Any:
    """The root of an XML part; raises CorruptDocument where it is not whole, too deep or declares entities."""
    require_no_entities(data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError, LookupError) as fault:
        raise CorruptDocument("A part of the file is damaged: it is no XML that can be read.") from fault
    return root


def require_no_entities(data: bytes) -> None:
    """Raises CorruptDocument where XML declares any."""
    if any(word in data for word in _DECLARATIONS):
        raise CorruptDocument("The file declares XML entities, which documents have no use for.")


def html_root(text: str) -> Any:
    """The root of a page, an empty one where nothing is in it; raises CorruptDocument."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    root: Any = None
    try:
        if text.strip():
            root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError as fault:
        raise CorruptDocument("The file is no HTML that can be read.") from fault
    return etree.Element("html") if root is None else root


def xhtml_root(text: str) -> Any:
    """The root of a page that is XML, its names without spaces; that of HTML where it is not whole."""
    bare = _DOCTYPE.sub("", _NAMED.sub(_letter, text), count=1)
    try:
        root = xml_root(bare.encode("utf-8", "replace"))
    except CorruptDocument:
        return html_root(text)
    for element in root.iter(etree.Element):
        element.tag = element.tag.rpartition("}")[2].lower()
    return root


def _letter(entity: re.Match[str]) -> str:
    """A named sign of HTML, which XML does not know."""
    return entity[0] if entity[1] in ("amp", "lt", "gt", "quot", "apos") else html5.get(f"{entity[1]};", "\ufffd")


def walked(root: Any) -> Iterator[tuple[str, Any]]:
    """Starts and ends of a tree's elements, without recursion."""
    yield from etree.iterwalk(root, events=("start", "end"))
