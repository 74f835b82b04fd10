"""Reports: Markdown with citations, quoted from what there is, or written by a language model that is held to it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aionserver.domains.agent_operations import material as materials
from aionserver.domains.agent_operations.material import Material
from aionserver.domains.agent_operations.quoting import (
    Quoted,
    cited_in,
    first_paragraph,
    heading,
    line,
    lines,
    pictures_told,
    quoted_in,
    quotes,
    readable,
    sources,
    with_notes,
    without_headings,
)
from aionserver.domains.agent_operations.schemas import SynthesizeAgentRequest, SynthesizeAgentResponse
from aionserver.domains.agents.service import charge, elapsed_ms, iterations, token_usage
from aionserver.domains.assistant import service as assistant
from aionserver.domains.assistant.service import Composed, Composition, counted
from aionserver.domains.uploads import service as uploads
from aionserver.domains.usage import service as usage
from aionserver.infra.errors import AionError
from aionserver.infra.scope import Reader, Scope
from aionserver.infra.tools import Errand, Item
from aionserver.kit.ids import new_id
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.tasks import about, title_of_task
from aionserver.kit.words import listed as joined

MOST_KEY_POINTS: Final = 6
MOST_OF_DOCUMENT: Final = 4
MOST_DOCUMENTS: Final = 20
LONGEST_SUMMARY: Final = 500
LONGEST_NOTE: Final = 8_000
TAG: Final = "report"
UNTITLED: Final = "Report"
TASK = """
Write a report in Markdown for a person who keeps these pictures, documents and bookmarked pages in Aionvision: a
heading of the first level with its title, the key points in a few sentences, then sections as the subject needs them,
with comparisons and tables where they help. Do not list the sources at the end: that is done for you.
"""


@dataclass(frozen=True)
class Report:
    """A report: `text` with its citations marked, and of how much it tells. An empty one has nothing to tell from."""

    title: str
    text: str
    summary: str
    pictures: int = 0
    documents: int = 0
    written: Composed | None = None
    is_empty: bool = False


async def write_report(errand: Errand, wanted: SynthesizeAgentRequest) -> Report:
    """The report that is wanted; nothing is changed by it."""
    subject = about(wanted.intent)
    if wanted.image_ids is None and wanted.document_ids is None:
        async with errand.open_scope() as scope:
            await materials.require_price(scope)
        material = await materials.found(errand, subject or wanted.intent)
    else:
        material = await materials.given(errand, wanted.image_ids, wanted.document_ids)
        material = await materials.read(errand, material, subject)
    return await report_on(errand, wanted.intent, material)


async def report_on(errand: Errand, intent: str, material: Material) -> Report:
    """A report on what there is to tell from."""
    if material.is_empty:
        return await quoted_report(intent, material)
    request = with_notes(intent, material.notes)
    written = await assistant.compose(errand, Composition(TASK, request, material.best))
    if written is not None and written.failure is None:
        return await asyncio.to_thread(_written, _title(intent, material), material, written)
    return await quoted_report(intent, material, written)


async def quoted_report(intent: str, material: Material, failed: Composed | None = None) -> Report:
    """A report of quotations, for which no language model is asked; or of one, in vain."""
    subject, title = about(intent), _title(intent, material)
    if material.is_empty:
        return _nothing(title, subject or intent, material)
    return await asyncio.to_thread(_quoted, title, subject, material, failed)


def _title(intent: str, material: Material) -> str:
    """What it is about; where nothing is said of that, the name of the only file."""
    files = [*material.documents, *material.pictures, *material.pages]
    return title_of_task(intent, heading(files[0]) if len(files) == 1 else UNTITLED)


def _nothing(title: str, subject: str, material: Material) -> Report:
    if material.documents:
        said = f"{counted(len(material.documents), 'document')} can't be told from: no text of them is read."
    else:
        said = f"Nothing was found to tell of “{plain_quote(subject, 100)}”."
    return Report(title, f"# {title}\n\n{said}\n", said, documents=len(material.documents), is_empty=True)


def _written(title: str, material: Material, written: Composed) -> Report:
    text = written.content if written.content.startswith("# ") else f"# {title}\n\n{written.content}"
    first, _, body = text.partition("\n")
    named = plain_quote(first.removeprefix("#"), 150) or title
    summary = plain_quote(readable(first_paragraph(body)), LONGEST_SUMMARY)
    return Report(named, _whole([text, *_sources(text)]), summary, *_counts(material), written)


def _quoted(title: str, subject: str, material: Material, failed: Composed | None) -> Report:
    """A report of quotations and lists: nothing in it is ours but the words between them."""
    pictures, documents = _counts(material)
    told = [counted(documents, "document")] if documents else []
    told += [counted(pictures, "image")] if pictures else []
    told += [counted(len(material.pages), "link")] if material.pages else []
    told += ["earlier findings"] if material.notes else []
    why = f" The language model was asked and not taken: {failed.failure}." if failed else ""
    known = _key_points(subject, material)
    parts = [f"# {title}", f"*Quoted from {joined(told)}.{why}*"]
    parts += ["## Key points", lines(known)] if known else []
    parts += _of_notes(material)
    parts += [*_of_documents(subject, material, known), *_of_pictures(material), *_of_pages(material)]
    text = _whole([*parts, *_sources("\n".join(parts))])
    first = next((one for one in text.splitlines() if one.startswith("- ")), "").removeprefix("- ")
    summary = plain_quote(f"{title}: quoted from {joined(told)}. {readable(first)}", LONGEST_SUMMARY)
    return Report(title, text, summary, pictures, documents, failed)


def _counts(material: Material) -> tuple[int, int]:
    return len(material.pictures), len(material.documents)


def _whole(parts: Sequence[str]) -> str:
    return "\n\n".join(parts) + "\n"


def _sources(text: str) -> list[str]:
    found = sources(text)
    return ["## Sources", "\n".join(found)] if found else []


def _of_notes(material: Material) -> list[str]:
    notes = [without_headings(note)[:LONGEST_NOTE] for note in material.notes]
    return ["## Findings so far", *notes] if notes else []


def _untold(items: Sequence[Item], notes: Sequence[str]) -> list[Item]:
    """Those of which no note says what the report would say."""
    told = "\n".join(notes)
    return [one for one in items if line(one) not in told]


def _key_points(subject: str, material: Material) -> list[Quoted]:
    """What answers, of all documents together; of a single one its own section tells."""
    if len(material.documents) < 2:
        return []
    return quotes(material.passages or material.spread, subject, MOST_KEY_POINTS, quoted_in(material.notes))


def _of_documents(subject: str, material: Material, known: Sequence[Quoted]) -> list[str]:
    """What each document says, beside the key points."""
    parts, texts = list[str](), quoted_in(material.notes) | {one.text for one in known}
    told = {str(one.passage.document_id) for one in known} | cited_in(material.notes)
    for document in material.documents[:MOST_DOCUMENTS]:
        answers = material.of(document, material.passages)
        own = answers or ([] if material.passages else material.of(document, material.spread))
        more = lines(quotes(own, subject, MOST_OF_DOCUMENT, texts))
        if more or str(document.id) not in told:
            none = "No passage of it speaks of this." if material.passages else "No text of it is read."
            parts += [f"### {heading(document)}", more or none]
    rest = len(material.documents) - MOST_DOCUMENTS
    parts += [f"{counted(rest, 'document')} more were looked through."] if rest > 0 else []
    return ["## Documents", *parts] if parts else []


def _of_pictures(material: Material) -> list[str]:
    pictures = _untold(material.pictures, material.notes)
    return ["## Pictures", "\n".join(pictures_told(pictures))] if pictures else []


def _of_pages(material: Material) -> list[str]:
    pages = _untold(material.pages, material.notes)
    return ["## Bookmarked pages", "\n".join(line(one) for one in pages)] if pages else []


Remember = Callable[[Scope, SynthesizeAgentResponse], Awaitable[None]]


async def require_place(errand: Errand) -> None:
    """UsageLimitExceeded where the plan takes no further file: to be asked before a report is written to be kept."""
    async with errand.open_scope() as scope:
        await usage.require_uploads(scope, 1)


async def deliver(
    errand: Errand, report: Report, started: float, remember: Remember, *, save: bool
) -> SynthesizeAgentResponse:
    """The answer, charged once; with `save` the report is a document of the library from then on."""
    stored = await _stored(errand, report) if save and not report.is_empty else None
    try:
        async with errand.open_scope() as scope:
            saved = await uploads.enter_file(scope, stored, report.title[:255], [TAG]) if stored else None
            if not report.is_empty:
                await charge(scope, started, report.written)
            answer = _answer(report, str(saved) if saved else None, started)
            await remember(scope, answer)
            return answer
    except AionError:
        # After a fault of another kind the commit may have gone through: the sweep decides then.
        if stored is not None:
            await stored.discard()
        raise


async def _stored(errand: Errand, report: Report) -> uploads.Delivery:
    name = "".join(one if one.isalnum() or one in " -_." else " " for one in report.title)
    filename = f"{' '.join(name.split())[:80] or UNTITLED} {new_id().hex[-6:]}.md"
    reader = Reader(errand.actor, errand.infra, errand.context.origin)
    return await uploads.write_file(reader, filename, readable(report.text).encode())


def _answer(report: Report, saved: str | None, started: float) -> SynthesizeAgentResponse:
    return SynthesizeAgentResponse(
        success=not report.is_empty,
        report=report.text,
        summary=report.summary,
        image_count=report.pictures,
        document_count=report.documents,
        saved_document_id=saved,
        execution_time_ms=elapsed_ms(started),
        iterations=iterations(report.written),
        token_usage=token_usage(report.written),
    )
