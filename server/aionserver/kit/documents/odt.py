"""OpenDocument texts read as they stand: headings, lists, tables, notes, text boxes, heads and feet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from aionserver.kit.documents.archives import Archive, opened_zip
from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.drafts import Budget, Draft, one_line, one_part, properties_of
from aionserver.kit.documents.faults import CorruptDocument, PasswordProtected
from aionserver.kit.documents.odt_body import DC, META, OFFICE, STYLE, BodyWriter, list_styles, text_of
from aionserver.kit.documents.trees import xml_root

_MANIFEST: Final = "META-INF/manifest.xml"
_EDGES: Final = {
    "header": ("header", "header-left", "header-first"),
    "footer": ("footer", "footer-left", "footer-first"),
}


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """The document as one part; raises DocumentError."""
    with opened_zip(source) as archive:
        if _MANIFEST in archive and b"encryption-data" in archive.read(_MANIFEST):
            raise PasswordProtected("The file opens with a password only; upload a copy without one.")
        content = xml_root(archive.read("content.xml"))
        body = content.find(f"{OFFICE}body/{OFFICE}text")
        if body is None:
            raise CorruptDocument("The file is damaged, or no text document.")
        styles = xml_root(archive.read("styles.xml")) if "styles.xml" in archive else None
        draft = Draft(Budget(options))
        _put_edges(draft, styles, "header")
        BodyWriter(draft, list_styles(content, styles)).write(body)
        _put_edges(draft, styles, "footer")
        title, properties = _told(archive)
        return one_part(draft, title, properties)


def _put_edges(draft: Draft, styles: Any, kind: str) -> None:
    """Put down what stands in the heads or feet of pages, each text once."""
    for text in dict.fromkeys(_edge_texts(styles, kind)):
        draft.add_edge(text)


def _edge_texts(styles: Any, kind: str) -> Iterator[str]:
    for master in () if styles is None else styles.iterfind(f"{OFFICE}master-styles/{STYLE}master-page"):
        for name in _EDGES[kind]:
            for edge in master.iterfind(f"{STYLE}{name}"):
                yield from (text for one in edge if (text := " ".join(text_of(one).split())))


def _told(archive: Archive) -> tuple[str | None, dict[str, str]]:
    """The document's title, and what else it says of itself."""
    if "meta.xml" not in archive:
        return None, {}
    meta = xml_root(archive.read("meta.xml")).find(f"{OFFICE}meta")
    if meta is None:
        return None, {}
    said = properties_of(
        author=meta.findtext(f"{META}initial-creator") or meta.findtext(f"{DC}creator"),
        subject=meta.findtext(f"{DC}subject"),
        keywords=", ".join(one.text or "" for one in meta.iterfind(f"{META}keyword")),
        created=meta.findtext(f"{META}creation-date"),
        language=meta.findtext(f"{DC}language"),
    )
    return one_line(meta.findtext(f"{DC}title")) or None, said
