"""Comparing, for the embedded assistant: what files have in common, and in what they differ."""

from collections.abc import Sequence

from aionserver.domains.assistant.answering import has_word
from aionserver.domains.assistant.finding import MOST_FOUND
from aionserver.domains.assistant.findings import cite, likely
from aionserver.domains.assistant.looking import MOST_PASSAGES_READ
from aionserver.domains.assistant.pointing import named, targets
from aionserver.domains.assistant.wording import line
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item
from aionserver.kit.key_terms import key_terms
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.intents import Request, compared
from aionserver.kit.words import content_stems
from aionserver.kit.words import listed as joined

MOST_COMPARED = 6
MOST_TERMS = 12
MOST_OWN = 6
# What files differ in, as people call it.
PARTS = {
    "made_at": "when they were made",
    "width": "width",
    "height": "height",
    "camera": "camera",
    "latitude": "place",
    "longitude": "place",
    "format": "format",
    "size_bytes": "size",
}


async def compare(work: Work, request: Request) -> None:
    """Say what some files have in common, and in what they differ."""
    items = (await _both(work, request) or await targets(work, request))[:MOST_COMPARED]
    if not items:
        return
    if len(items) < 2:
        work.say("To compare, I need two files or more; I know of one only.")
        return
    outcome = await work.use("compare_files", files=ids_of(items))
    work.keep("compared", outcome.items)
    shared, own = outcome.facts["shared_tags"], outcome.facts["own_tags"]
    lines = [f"- {line(item)}{_only(own.get(str(item.id), []))}" for item in outcome.items]
    dated = all(item.details.get("is_dated") for item in outcome.items)
    parts = list(dict.fromkeys(PARTS[name] for name in outcome.facts["differing"] if dated or name != "made_at"))
    if shared:
        lines.append(f"In common: {plain_quote(', '.join(shared))}.")
    elif any(own.values()):
        lines.append("They share no tags.")
    lines += [f"They differ in {joined(parts)}."] if parts else []
    documents = [item for item in outcome.items if item.kind == "document"]
    work.say("\n".join([*lines, *(await _terms(work, documents) if len(documents) == len(outcome.items) else [])]))


async def _terms(work: Work, documents: Sequence[Item]) -> list[str]:
    """The words that documents share, and those that tell each from the others."""
    read = [await work.use("read_document", file=str(one.id), limit=MOST_PASSAGES_READ) for one in documents]
    texts = ["\n".join(one.text for one in outcome.items) for outcome in read]
    terms = key_terms(texts, MOST_TERMS)
    both = [one.name for one in terms[0] if one.texts == len(documents)] if terms else []
    lines = [f"All speak of {plain_quote(joined(both[:4]), 200)}."] if both else []
    for document, mine in zip(documents, terms, strict=True):
        own = [one.name for one in mine if one.texts == 1][:MOST_OWN]
        lines += [f"Only {cite(document).markup} speaks of {plain_quote(joined(own), 300)}."] if own else []
    return lines


async def _both(work: Work, request: Request) -> list[Item]:
    """The likeliest of each of two things that are named, as in "compare the cat with the dog"."""
    if request.reference is not None or len(request.files) > 1:
        return []
    found = list[Item]()
    for name in compared(request.subject):
        called = await named(work, [name]) if name in request.files else await _document_called(work, name, found)
        found += called or likely((await work.use("search_images", query=name, limit=1)).items)
    return found


async def _document_called(work: Work, name: str, beside: Sequence[Item]) -> list[Item]:
    """The newest document that has all words of a name, or the last of them, and is not among the others."""
    words = content_stems(name)
    files = (await work.use("list_files", kind="document", limit=MOST_FOUND)).items
    others = [one for one in files if one.id not in {other.id for other in beside}]
    whole = [one for one in others if words and all(has_word(one, word) for word in words)]
    return whole[:1] or [one for one in others if words and has_word(one, words[-1])][:1]


def _only(tags: Sequence[str]) -> str:
    return f" Only here: {plain_quote(', '.join(tags[:8]))}." if tags else ""
