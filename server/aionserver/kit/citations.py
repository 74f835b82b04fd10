"""Citations in answers: `[[img:ID|name]]`, `[[doc:ID|name|p:3]]`, `[[link:ID|title]]`, `[[ref:KEY]]` of a result set.

What an answer cites is settled before it leaves: a citation of something that was not found is taken out.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

CitationKind = Literal["img", "doc", "link", "ref"]

# A name holds neither bars nor brackets of any kind, which `plain_name` sees to; longer than this is no citation.
_MARKUP: Final = re.compile(
    r"\[\[(?P<kind>img|doc|link|ref):(?P<id>[A-Za-z0-9_-]{1,64})"
    r"(?:\|(?P<name>[^|\[\]]{0,300}))?(?:\|(?P<pages>pp?:[0-9]{1,6}(?:-[0-9]{1,6})?))?\]\]"
)
# What looks like the beginning of one, and may go on in the next piece of a stream.
_BEGUN: Final = re.compile(r"\[(?:\[[^\]]{0,400}\]?)?$")
_BROKEN: Final = re.compile(r"\[\[(?:img|doc|link|ref):[^\]\n]{0,400}\]{0,2}")


@dataclass(frozen=True)
class Citation:
    """What an answer cites: a file by its id, or a result set by its key; of a document perhaps pages, from 1."""

    kind: CitationKind
    id: str
    name: str = ""
    first_page: int | None = None
    last_page: int | None = None

    @property
    def markup(self) -> str:
        """As answers carry it."""
        parts = [f"{self.kind}:{self.id}"]
        if self.kind != "ref":
            parts.append(plain_name(self.name))
        if self.first_page is not None:
            many = self.last_page is not None and self.last_page != self.first_page
            parts.append(f"pp:{self.first_page}-{self.last_page}" if many else f"p:{self.first_page}")
        return f"[[{'|'.join(parts)}]]"

    @property
    def readable(self) -> str:
        """As a person reads it: the name, and the pages."""
        if self.first_page is None:
            return self.name
        if self.last_page is None or self.last_page == self.first_page:
            return f"{self.name} (p.{self.first_page})"
        return f"{self.name} (pp.{self.first_page}-{self.last_page})"


def plain_name(name: str) -> str:
    """A name that can stand in a citation."""
    return re.sub(r"[|\[\]<>`\s]+", " ", name).strip()[:300]


def cite_pages(file_id: str, name: str, pages: Sequence[int] | None) -> Citation:
    """A citation of a document, and of its pages where it has some."""
    return Citation("doc", file_id, name, min(pages), max(pages)) if pages else Citation("doc", file_id, name)


def find_citations(text: str) -> list[Citation]:
    """The citations in a text, in order."""
    return [_citation(match) for match in _MARKUP.finditer(text)]


def _citation(match: re.Match[str]) -> Citation:
    first, _, last = (match["pages"] or "").partition(":")[2].partition("-")
    return Citation(
        kind=match["kind"],  # pyright: ignore[reportArgumentType]
        id=match["id"],
        name=match["name"] or "",
        first_page=int(first) if first else None,
        last_page=int(last) if last else None,
    )


@dataclass(frozen=True)
class Settled:
    """A text whose citations all lead somewhere: with markup, and as a person reads it; and what was taken out."""

    content: str
    resolved: str
    dropped: tuple[str, ...] = ()


def settle(text: str, known: Callable[[Citation], Citation | None]) -> Settled:
    """The text with each citation as `known` has it, without those that it does not know, or that are malformed."""
    content, resolved, dropped, end = list[str](), list[str](), list[str](), 0
    for match in _MARKUP.finditer(text):
        _keep(text[end : match.start()], content, resolved, dropped)
        end, found = match.end(), known(_citation(match))
        if found is None:
            dropped.append(match[0])
        else:
            content.append(found.markup)
            resolved.append(found.readable)
    _keep(text[end:], content, resolved, dropped)
    return Settled(_tidy(content), _tidy(resolved), tuple(dropped))


def _keep(piece: str, content: list[str], resolved: list[str], dropped: list[str]) -> None:
    dropped += _BROKEN.findall(piece)
    kept = _BROKEN.sub("", piece)
    content.append(kept)
    resolved.append(kept)


def _tidy(pieces: Iterable[str]) -> str:
    """The pieces together, without the blanks and empty brackets that a citation leaves that was taken out."""
    text = re.sub(r"[ \t]*\(\s*\)", "", "".join(pieces))
    return re.sub(r"[ \t]+([.,;:!?])(?=\s|$)", r"\1", text)


def complete_part(text: str) -> int:
    """How much of a text that goes on can be shown: up to a citation that is only begun."""
    begun = _BEGUN.search(text)
    return begun.start() if begun else len(text)
