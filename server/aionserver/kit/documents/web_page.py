"""HTML read as headings, paragraphs, lists, tables and code; what browsers do not show is left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.drafts import Budget, Draft, one_line, one_part, properties_of
from aionserver.kit.documents.encodings import decoded
from aionserver.kit.documents.html_tables import grid_of, is_layout
from aionserver.kit.documents.sources import bytes_of
from aionserver.kit.documents.trees import html_root, walked, xhtml_root

# Elements whose content is no text of the page, and its menus.
_NO_TEXT: Final = """
    audio button canvas datalist dialog head iframe map math nav noscript object rp rt script select style svg template
    textarea video"""
SKIPPED: Final = frozenset(_NO_TEXT.split())
_OWN_LINES: Final = """
    address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr html legend li main ol p pre section summary table tbody td tfoot th thead tr ul"""
_BLOCKS: Final = frozenset(_OWN_LINES.split())
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_NOT_SHOWN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# Such a page may close an element where it opens it, which HTML reads as open.
_XHTML: Final = re.compile(r"\A\s*<\?xml|xmlns=[\"']http://www\.w3\.org/1999/xhtml")
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """The page as one part; raises DocumentError."""
    text = decoded(bytes_of(source))
    root = xhtml_root(text) if _XHTML.search(text[:2_000]) else html_root(text)
    draft = Draft(Budget(options))
    put(draft, root)
    title, said = told(root)
    return one_part(draft, title or one_line(draft.heading()) or None, said)


def told(root: Any) -> tuple[str | None, dict[str, str]]:
    """A page's title, and what it says of itself."""
    metas = {str(one.get("name", "")).lower(): one.get("content") for one in root.iter("meta")}
    title = next((one_line("".join(one.itertext())) for one in root.iter("title")), "")
    properties = properties_of(
        author=metas.get("author"),
        subject=metas.get("description"),
        keywords=metas.get("keywords"),
        language=root.get("lang"),
    )
    return title or None, properties


def put(draft: Draft, root: Any) -> None:
    """Put down what a browser shows of an element."""
    _Writer(draft).write(root)


def is_shown(element: Any) -> bool:
    """Whether a browser shows an element's content, as far as the element itself says."""
    if element.tag in SKIPPED or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return False
    style = element.get("style")
    return not (style and _NOT_SHOWN.search(style))


class _Writer:
    """Walks a tree once, without recursion, and puts text down where a block ends."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._text: list[str] = []
        # For each list that is open: the number of its last item; None in one without numbers.
        self._lists: list[int | None] = []
        self._marker = ""
        self._heading = 0
        self._quotes = 0

    def write(self, root: Any) -> None:
        """All of a tree."""
        skipped: Any = None
        for event, element in walked(root):
            if skipped is not None:
                if event == "end" and element is skipped:
                    skipped = None
                    self._add(element.tail)
                continue
            if event == "end":
                self._end(element)
                self._add(element.tail if element is not root else None)
            elif not is_shown(element) or self._is_put_whole(element):
                skipped = element
            else:
                self._start(element)
        self._flush()

    def _is_put_whole(self, element: Any) -> bool:
        """Put down a table or a piece of code, whose inside is not walked."""
        if element.tag == "pre":
            self._flush()
            self._draft.add("code", "".join(_shown_text(element)))
            return True
        if element.tag == "table" and not is_layout(element):
            self._flush()
            rows, heads = grid_of(element, lambda cell: "".join(_shown_text(cell)))
            for caption in element.iterfind("caption"):
                self._draft.add("paragraph", _BLANKS.sub(" ", "".join(_shown_text(caption))))
            self._draft.table(rows, heads)
            return True
        return False

    def _start(self, element: Any) -> None:
        tag = element.tag
        if tag in _BLOCKS:
            self._flush()
        if tag == "br":
            self._text.append("\v")
        elif tag in ("ul", "ol", "dl"):
            self._lists.append(_first(element) - 1 if tag == "ol" else None)
        elif tag == "li":
            self._marker = self._next_marker()
        elif tag == "dt" and self._lists:
            self._marker = "- "
        elif tag in _HEADINGS:
            self._heading = _HEADINGS[tag]
        self._add(element.text)

    def _end(self, element: Any) -> None:
        tag = element.tag
        if tag in _BLOCKS:
            self._flush()
        if tag in ("ul", "ol", "dl") and self._lists:
            self._lists.pop()
            if not self._lists:
                self._draft.end_list()
        elif tag in _HEADINGS:
            self._heading = 0
        elif tag == "li":
            self._marker = ""

    def _next_marker(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _add(self, text: str | None) -> None:
        if text:
            self._text.append(text)

    def _flush(self) -> None:
        """Put down what came since the last block's end."""
        text = _BLANKS.sub(" ", "".join(self._text)).strip(" \v")
        self._text.clear()
        if not text:
            return
        if self._heading:
            self._draft.add("heading", text, self._heading)
        elif self._lists:
            self._draft.item(self._marker + text, len(self._lists) - bool(self._marker))
            self._marker = ""
        else:
            self._draft.add("paragraph", re.sub(r" ?\v ?", "\v", text))


def _shown_text(element: Any) -> Iterator[str]:
    """The texts in an element, a line's end where it has one."""
    skipped: Any = None
    for event, inner in walked(element):
        if skipped is None and event == "start":
            if not is_shown(inner):
                skipped = inner
                continue
            if inner.tag == "br" or (inner.tag in _BLOCKS and inner is not element):
                yield "\n"
            yield inner.text or ""
        elif event == "end" and (skipped is None or skipped is inner):
            skipped = None
            if inner is not element:
                yield inner.tail or ""


def _first(element: Any) -> int:
    """The number that a list starts with."""
    start = element.get("start", "1").strip()
    return int(start) if re.fullmatch(r"-?\d{1,6}", start) else 1
