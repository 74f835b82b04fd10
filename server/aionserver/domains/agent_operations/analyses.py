"""Analyses of documents: what they say of a subject, what each is about, how they compare, which belong together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from aionserver.domains.agent_operations import material as materials
from aionserver.domains.agent_operations import sorting
from aionserver.domains.agent_operations.errors import DocumentsNotRead, DocumentsWithoutText
from aionserver.domains.agent_operations.material import Material
from aionserver.domains.agent_operations.quoting import cited, first_paragraph, heading, lines, quotes, readable
from aionserver.domains.agent_operations.schemas import (
    ChunkReference,
    DocumentAnalysisAgentRequest,
    DocumentAnalysisAgentResponse,
)
from aionserver.domains.agent_operations.sorting import OTHER, Group, by_names, by_topic, categorization
from aionserver.domains.agents.service import charge, elapsed_ms, iterations, token_usage
from aionserver.domains.assistant import service as assistant
from aionserver.domains.assistant.service import Composed, Composition, cite, counted
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand, Item
from aionserver.kit.key_terms import Term, key_terms
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.groups import groups_named
from aionserver.kit.spoken.tasks import about
from aionserver.kit.words import listed as joined

MOST_ANSWERS: Final = 6
MOST_OF_DOCUMENT: Final = 3
MOST_DOCUMENTS: Final = 20
MOST_TERMS: Final = 8
MOST_SHARED: Final = 12
MOST_ALONE: Final = 6
MOST_REFERENCES: Final = 100
LONGEST_SUMMARY: Final = 500
UNREAD: Final = ("pending", "processing")
TASK = """
Analyse these documents in Markdown: answer what is asked of them first, then say of each what matters for it, and where
there are several, in what they agree and differ. Where it is asked for figures, dates or duties, quote them exactly.
"""


@dataclass(frozen=True)
class Analysis:
    """An analysis: `text` with its citations marked, the passages it rests on, and how the documents are grouped."""

    text: str
    summary: str
    documents: int
    passages: tuple[Item, ...] = ()
    categorization: dict[str, Any] | None = None
    written: Composed | None = None


async def analyze(errand: Errand, wanted: DocumentAnalysisAgentRequest) -> Analysis:
    """The analysis that is wanted; DocumentsNotRead or DocumentsWithoutText where nothing can be read."""
    names, subject = groups_named(wanted.intent), about(wanted.intent)
    subject = "" if names and subject.lower().startswith(("as ", "into ")) else subject
    material = await materials.given(errand, None, wanted.document_ids)
    material = await materials.read(errand, material, subject)
    _require_text(material)
    groups = await _groups(errand, names, material)
    written = await assistant.compose(errand, Composition(TASK, wanted.intent, material.best))
    if written is not None and written.failure is None:
        return await asyncio.to_thread(_written, material, groups, written)
    return await asyncio.to_thread(_quoted, subject, material, groups, written)


def _require_text(material: Material) -> None:
    if material.spread or material.passages:
        return
    if any(one.details.get("status") in UNREAD for one in material.documents):
        raise DocumentsNotRead("None of these documents is read yet; ask again soon.", headers={"Retry-After": "5"})
    raise DocumentsWithoutText("None of these documents has text that can be read.")


@dataclass(frozen=True)
class Grouped:
    """Groups of documents, and how they came to be; `terms` tell of each document that was read."""

    groups: Sequence[Group]
    method: str
    terms: Sequence[Sequence[Term]]

    @property
    def shown(self) -> dict[str, Any] | None:
        """As they go over the wire; None where there is nothing to group."""
        return categorization(self.groups, self.method) if self.groups else None


async def _groups(errand: Errand, names: Sequence[str], material: Material) -> Grouped:
    texts = [_text(material, one) for one in material.documents]
    read = [place for place, text in enumerate(texts) if text]
    documents, texts = [material.documents[place] for place in read], [texts[place] for place in read]
    every = await asyncio.to_thread(key_terms, texts, sorting.MOST_TERMS)
    terms = [own[:MOST_TERMS] for own in every]
    if names:
        named = await by_names(errand, names, material.documents)
        known = {item.id for group in named for item in group.items}
        rest = tuple(one for one in material.documents if one.id not in known)
        return Grouped([*named, *([Group(OTHER, rest)] if rest else [])], "named", terms)
    found = await asyncio.to_thread(by_topic, documents, every) if len(documents) > 1 else []
    return Grouped(found, "shared_terms", terms)


def _text(material: Material, document: Item) -> str:
    return "\n".join(one.text for one in material.of(document, material.spread))


def _written(material: Material, grouped: Grouped, written: Composed) -> Analysis:
    summary = plain_quote(readable(first_paragraph(written.content)), LONGEST_SUMMARY)
    rests_on = tuple(one for one in cited(written.content, material.best) if one.kind == "chunk")
    return Analysis(written.content, summary, len(material.documents), rests_on, grouped.shown, written)


@dataclass
class Draft:
    """An analysis in the making: its parts, and the passages that they quote."""

    subject: str
    material: Material
    grouped: Grouped
    parts: list[str] = field(default_factory=list[str])
    quoted: dict[UUID, Item] = field(default_factory=dict[UUID, Item])
    texts: set[str] = field(default_factory=set[str])

    def quote(self, passages: Sequence[Item], subject: str, most: int, *, again: bool = False) -> str:
        """What passages say most, as a list; what was quoted before only `again`."""
        found = quotes(passages, subject, most, () if again else self.texts)
        self.texts |= {one.text for one in found}
        self.quoted |= {one.passage.id: one.passage for one in found}
        return lines(found)

    def add(self, heading: str, *parts: str) -> None:
        """A section; nothing where it has no parts."""
        told = [part for part in parts if part]
        self.parts += [f"## {heading}", *told] if told else []


def _quoted(subject: str, material: Material, grouped: Grouped, failed: Composed | None) -> Analysis:
    """An analysis of quotations and of words that are counted: nothing in it is ours but the words between them."""
    draft = Draft(subject, material, grouped)
    draft.parts += [f"*The language model was asked and not taken: {failed.failure}.*"] if failed else []
    if subject:
        said = draft.quote(material.passages, subject, MOST_ANSWERS)
        draft.add(_headline(subject), said or f"No passage speaks of “{plain_quote(subject, 100)}”.")
    _tell_each(draft)
    if len(material.documents) > 1:
        draft.add("Comparison", "\n".join(_compared(draft)))
        draft.add("Groups", "\n".join(_listed(group) for group in grouped.groups if group.items))
    text = "\n\n".join(draft.parts) + "\n"
    first = next((one for one in text.splitlines() if one.startswith("- “")), "").removeprefix("- ")
    summary = plain_quote(f"{_counted(material, grouped)}. {readable(first)}", LONGEST_SUMMARY)
    rests_on = tuple(draft.quoted.values())[:MOST_REFERENCES]
    return Analysis(text, summary, len(material.documents), rests_on, grouped.shown, failed)


def _headline(subject: str) -> str:
    plain = plain_quote(subject, 90)
    return plain[:1].upper() + plain[1:]


def _counted(material: Material, grouped: Grouped) -> str:
    names = [f"{group.name} ({len(group.items)})" for group in grouped.groups if group.items]
    groups = f" in {len(names)} groups: {joined(names)}" if len(names) > 1 else ""
    return f"{counted(len(material.documents), 'document')}{groups}"


def _tell_each(draft: Draft) -> None:
    """What each document is about: its most telling sentences, and its words."""
    material, terms = draft.material, iter(draft.grouped.terms)
    for document in material.documents[:MOST_DOCUMENTS]:
        own = material.of(document, material.spread)
        words = ", ".join(plain_quote(term.name, 50) for term in next(terms)) if own else ""
        said = draft.quote(own, "", MOST_OF_DOCUMENT) if own else f"No text of {cite(document).markup} is read."
        draft.add(heading(document), said, f"Speaks of: {words}." if words else "")
    rest = len(material.documents) - MOST_DOCUMENTS
    draft.parts += [f"{counted(rest, 'document')} more are not told of one by one."] if rest > 0 else []


def _compared(draft: Draft) -> list[str]:
    """The words that documents share, and for each what it says of the subject and which words it has alone."""
    material, terms = draft.material, draft.grouped.terms
    read = [one for one in material.documents if material.of(one, material.spread)]
    shared = list(dict.fromkeys(term.name for own in terms for term in own if term.texts > 1))[:MOST_SHARED]
    told = [f"- In several: {', '.join(plain_quote(name, 50) for name in shared)}."] if shared else []
    for document, own in list(zip(read, terms, strict=True))[:MOST_DOCUMENTS]:
        alone = [plain_quote(term.name, 50) for term in own if term.texts == 1][:MOST_ALONE]
        only = f" Only here: {', '.join(alone)}." if alone else ""
        told.append(f"- {cite(document).markup}:{_said_by(draft, document)}{only}")
    return told


def _said_by(draft: Draft, document: Item) -> str:
    if not draft.subject:
        return ""
    said = draft.quote(draft.material.of(document, draft.material.passages), draft.subject, 1, again=True)
    return f" {said.removeprefix('- ')}" if said else " no passage speaks of what is asked."


def _listed(group: Group) -> str:
    shown = [cite(item).markup for item in group.items[:MOST_DOCUMENTS]]
    rest = len(group.items) - len(shown)
    return f"- {plain_quote(group.name, 60)}: {joined([*shown, f'{rest} more'] if rest else shown)}"


async def answer(scope: Scope, analysis: Analysis, started: float) -> DocumentAnalysisAgentResponse:
    """The answer to the request; one credit."""
    await charge(scope, started, analysis.written)
    return DocumentAnalysisAgentResponse(
        success=True,
        analysis=analysis.text,
        summary=analysis.summary,
        document_count=analysis.documents,
        categorization=analysis.categorization,
        chunk_references=references(analysis),
        execution_time_ms=elapsed_ms(started),
        iterations=iterations(analysis.written),
        token_usage=token_usage(analysis.written),
    )


def references(analysis: Analysis) -> list[ChunkReference]:
    """The passages that an analysis rests on, as they are sent."""
    return [_reference(one) for one in analysis.passages]


def _reference(one: Item) -> ChunkReference:
    return ChunkReference(
        chunk_id=str(one.id),
        document_id=str(one.document_id),
        document_filename=str(one.details.get("filename") or one.name),
        page_numbers=list(one.pages) or None,
    )
