"""Pages of the web, read from their bytes: what they say of themselves, and their main text. Run it in the sandbox."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from aionserver.kit.documents.encodings import NO_CHARSETS, guessed
from aionserver.kit.page_metadata import PageMetadata, page_tree, plain, read_metadata, robots_words
from aionserver.kit.web_urls import WebUrl

LONGEST_TEXT: Final = 200_000
LONGEST_SUMMARY: Final = 300
SNIFFED_BYTES: Final = 4096
BYTE_ORDER_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DECLARED = re.compile(
    rb"""<(?:meta\b[^>]{0,200}?charset|\?xml\b[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_ENDED = re.compile(r"[.!?。！？][\"'”’»)]*\s*$")
# As browsers read what calls itself so.
READ_AS: Final[Mapping[str, str]] = dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"), "cp1252")
# What a page asks of whoever shows parts of it.
WITHOUT_WORDS: Final = {"nosnippet", "max-snippet:0"}
WITHOUT_TEXT: Final = {"noindex", "none"} | WITHOUT_WORDS
WITHOUT_IMAGE: Final = {"noimageindex", "none", "max-image-preview:none"}


@dataclass(frozen=True)
class Page:
    """A page as it is kept; `wants_text_kept` unless it asks to be left out of searches."""

    metadata: PageMetadata
    wants_text_kept: bool = True


def read_page(data: bytes, content_type: str, charset: str | None, address: str, robots: str = "") -> Page:
    """What a page says; nothing of what it asks crawlers to leave out."""
    url = WebUrl.parse(address)
    text = decoded(data, charset)
    if content_type == "text/plain":
        return Page(PageMetadata(title=url.path.rsplit("/", 1)[-1] or url.host))
    metadata = read_metadata(page_tree(text), url)
    asked = {*metadata.robots, *robots_words(robots)}
    if asked & WITHOUT_IMAGE:
        metadata = replace(metadata, image=None, images=())
    if asked & WITHOUT_WORDS:
        metadata = replace(metadata, description=None)
    return Page(metadata, wants_text_kept=not asked & WITHOUT_TEXT)


def main_text(data: bytes, content_type: str, charset: str | None, address: str) -> str:
    """What the page is about, without what stands around it; all its words where no such part is found."""
    if content_type == "text/plain":
        return decoded(data, charset).replace("\0", "")[:LONGEST_TEXT]
    # Loaded where it is needed: it takes a third of a second and 40 MB.
    import trafilatura

    text = decoded(data, charset)
    found = trafilatura.extract(
        text, url=address, include_comments=False, include_tables=True, favor_recall=True, deduplicate=False
    )
    return (found or _all_words(text)).replace("\0", "")[:LONGEST_TEXT]


def _all_words(text: str) -> str:
    tree = page_tree(text)
    for one in tree.xpath("//script | //style | //noscript | //template | //head"):
        one.drop_tree()
    return plain(tree.text_content()) or ""


def summary_of(text: str) -> str | None:
    """The first sentences of a text, as many as a description has; headings are none."""
    lines = text[: LONGEST_SUMMARY * 8].splitlines()
    words = plain(" ".join(line for line in lines if _ENDED.search(line))) or plain(" ".join(lines))
    if words is None or len(words) <= LONGEST_SUMMARY:
        return words
    chosen = ""
    for sentence in _SENTENCE.split(words):
        longer = f"{chosen} {sentence}".strip()
        if len(longer) > LONGEST_SUMMARY:
            break
        chosen = longer
    return chosen or words[: LONGEST_SUMMARY - 1].rsplit(" ", 1)[0] + "…"


def decoded(data: bytes, charset: str | None) -> str:
    """The text of bytes: by their mark, by what was sent with them, by what they say, by what they look like."""
    for mark, name in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(name, "replace")
    declared = _DECLARED.search(data[:SNIFFED_BYTES])
    for name in (charset, declared and declared[1].decode("ascii", "replace"), "utf-8"):
        text = _decoded_as(data, name)
        if text is not None:
            return text
    return guessed(data)


def _decoded_as(data: bytes, name: str | None) -> str | None:
    """The text where the bytes are of this charset, but for a stray one; None where they are not."""
    if not name:
        return None
    try:
        codec = codecs.lookup(READ_AS.get(name.strip().lower(), name.strip()))
        text = data.decode(codec.name, "replace") if codec.name.replace("-", "_") not in NO_CHARSETS else None
    except (LookupError, UnicodeError, ValueError):
        return None
    return text if text is not None and text.count("\ufffd") <= len(text) // 1000 else None
