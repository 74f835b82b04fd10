"""Trees of XML and HTML from bytes nobody vouches for: no entities, no files, no network, bounded depth."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from aionserver.kit.documents.faults import CorruptDocument

# It is written in C and tells no types.
etree: Any = import_module("lxml.etree")
# Where these are, an attacker wants something read or multiplied; no office program writes them.
_DECLARATIONS: Final = (b"<!ENTITY", b"<!\x00E\x00N\x00T\x00I\x00T\x00Y", b"\x00<\x00!\x00E\x00N\x00T\x00I\x00T\x00Y")


def xml_root(data: bytes) -> Any:
    """The root of an XML part; raises CorruptDocument where it is not whole, too deep or declares entities."""
    if any(word in data for word in _DECLARATIONS):
        raise CorruptDocument("The file declares XML entities, which documents have no use for.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError, LookupError) as fault:
        raise CorruptDocument("A part of the file is damaged: it is no XML that can be read.") from fault
    return root


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


def walked(root: Any) -> Iterator[tuple[str, Any]]:
    """Starts and ends of a tree's elements, without recursion."""
    yield from etree.iterwalk(root, events=("start", "end"))
