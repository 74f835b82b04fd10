"""Findings in words of their own: quoted sentences, each with where it stands, and lists of what there is."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from aionserver.domains.assistant.service import cite, counted
from aionserver.infra.tools import Item
from aionserver.kit.citations import Citation, find_citations, plain_name, settle
from aionserver.kit.dates import spoken_span
from aionserver.kit.extracts import key_sentences
from aionserver.kit.quoting import first_sentence, plain_quote
from aionserver.kit.untrusted import as_data
from aionserver.kit.words import listed as joined

MOST_LISTED = 40
MOST_TAGS = 8
LONGEST_NOTES = 8_000


@dataclass(frozen=True)
class Quoted:
    """A sentence as it stands in a passage."""

    text: str
    passage: Item

    @property
    def line(self) -> str:
        """It as a line, with its place."""
        return f"- “{self.text}” {cite(self.passage).markup}"


def quotes(passages: Sequence[Item], about: str, most: int, but: Collection[str] = ()) -> list[Quoted]:
    """The sentences of passages that say most, and most of what is asked, without those that were quoted before."""
    found = key_sentences([one.text for one in passages], about, most + len(but))
    fresh = [Quoted(one.text, passages[one.passage]) for one in found if one.text not in but]
    weights = sorted((one.weight for one in found if one.text not in but), reverse=True)[:most]
    kept = {one.text for one in found if weights and one.weight >= weights[-1]}
    return [one for one in fresh if one.text in kept][:most]


def lines(found: Sequence[Quoted]) -> str:
    """Quotations as a list; empty where there are none."""
    return "\n".join(one.line for one in found)


def pictures_told(pictures: Sequence[Item]) -> list[str]:
    """What pictures have in common, and what is said of each."""
    tags = Counter(tag for one in pictures for tag in one.details.get("tags", ()))
    shared = [f"{plain_quote(tag, 50)} ({count})" for tag, count in tags.most_common(MOST_TAGS) if count > 1]
    shared_tags = f" In common: {joined(shared)}." if shared else ""
    head = f"{counted(len(pictures), 'image')}{_when_made(pictures)}.{shared_tags}"
    rest = len(pictures) - MOST_LISTED
    each = [line(one) for one in pictures[:MOST_LISTED]]
    return [head, "", *each, *([f"- and {rest} more"] if rest > 0 else [])]


def _when_made(pictures: Sequence[Item]) -> str:
    """When they were made, as far as pictures tell that themselves."""
    times = sorted(str(one.details["made_at"]) for one in pictures if one.details.get("is_dated"))
    if not times:
        return ""
    which = "" if len(times) == len(pictures) else f" {len(times)} of them"
    return f",{which} made {spoken_span(times[0], times[-1])}"


def line(item: Item) -> str:
    """A thing, cited, with the first sentence of what is known of it."""
    told = first_sentence(item.text) or _text_in(item)
    return f"- {cite(item).markup}: {told or 'nothing is known of what it shows.'}"


def _text_in(item: Item) -> str:
    text = plain_quote(str(item.details.get("visible_text") or ""), 200)
    return f"text in it: “{text}”" if text else ""


def heading(item: Item) -> str:
    """A file's name, as it can stand in a heading."""
    return plain_name(plain_quote(item.name, 150)).lstrip("#*>-+ ") or "Untitled"


def sources(text: str) -> list[str]:
    """Every file that a text cites, once, with the pages that are cited of it."""
    pages: dict[tuple[str, str], set[int]] = {}
    names: dict[tuple[str, str], Citation] = {}
    for one in find_citations(text):
        key = (one.kind, one.id)
        names.setdefault(key, Citation(one.kind, one.id, one.name))
        pages.setdefault(key, set()).update(_pages(one))
    return [f"{n}. {names[key].markup}{_page_list(pages[key])}" for n, key in enumerate(names, 1)]


def _pages(one: Citation) -> Iterable[int]:
    if one.first_page is None:
        return ()
    return range(one.first_page, min(one.last_page or one.first_page, one.first_page + 50) + 1)


def _page_list(pages: set[int]) -> str:
    if not pages:
        return ""
    return f", {'page' if len(pages) == 1 else 'pages'} {joined([str(one) for one in sorted(pages)[:30]])}"


def cited(text: str, items: Iterable[Item]) -> list[Item]:
    """Those of the things that a text cites; of passages those that stand where it says."""
    places = find_citations(text)
    return [one for one in items if any(_is_at(one, place) for place in places)]


def _is_at(item: Item, place: Citation) -> bool:
    if place.id != str(item.document_id or item.id):
        return False
    first = place.first_page or 0
    return not (first and item.pages) or any(first <= page <= (place.last_page or first) for page in item.pages)


def first_paragraph(text: str) -> str:
    """The first part of a text that is no heading; all of it where there is none."""
    parts = [part for part in text.split("\n\n") if part.strip() and not part.lstrip().startswith("#")]
    return parts[0] if parts else text


def quoted_in(notes: Sequence[str]) -> set[str]:
    """The sentences that notes quote."""
    return {text for note in notes for text in re.findall("“([^”]+)”", note)}


def cited_in(notes: Sequence[str]) -> set[str]:
    """The ids of the files that notes cite."""
    return {one.id for note in notes for one in find_citations(note)}


def with_notes(intent: str, notes: Sequence[str]) -> str:
    """A request for a language model, with what was told before, as data."""
    if not notes:
        return intent
    told = as_data("\n\n".join(notes), LONGEST_NOTES)
    return f"{intent}\n\nTold before: <data>{told}</data>"


def without_headings(text: str) -> str:
    """A Markdown text that can stand below a heading: its own are bold lines."""
    return re.sub(r"^#{1,6}\s+(.+?)\s*$", r"**\1**", text.strip(), flags=re.M)


def readable(text: str) -> str:
    """The text as a person reads it, its citations by name."""
    return settle(text, lambda one: one).resolved
