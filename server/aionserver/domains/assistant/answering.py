"""Answers out of documents, and of whatever else is found: their sentences, in quotes, each with where it stands."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aionserver.domains.assistant.findings import cite, likely
from aionserver.domains.assistant.wording import asked_for, listed, noun
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item
from aionserver.kit.quoting import Quote, best_sentences, plain_quote
from aionserver.kit.spoken.following import goes_on, in_context

MOST_PASSAGES = 6
MOST_SENTENCES = 4
MOST_BESIDE = 5
NOTHING = "I found nothing in your library that answers this."


async def answer_from_documents(
    work: Work, question: str, query: str, *, narrowed: Mapping[str, Any] | None = None, quiet: bool = False
) -> int:
    """Quote what documents say to a question; how many passages were found that probably answer it."""
    await work.think("searching", f"Reading documents: {query[:100]}", "document_search")
    outcome = await work.use("search_documents", query=query, limit=MOST_PASSAGES, **(narrowed or {}))
    passages = likely(outcome.items)
    if passages:
        work.keep(query, passages)
        work.say(quoted(question, passages))
    elif not quiet:
        work.say(f"I found nothing in your documents about {asked_for(query)}.")
    return len(passages)


def quoted(question: str, passages: Sequence[Item], most: int = MOST_SENTENCES) -> str:
    """The sentences of passages that answer best, each place cited once, the best place first."""
    texts = [(item.text, item.score if item.score is not None else 0.5) for item in passages]
    quotes = best_sentences(question, texts, most)
    if not quotes:  # found by meaning alone: no sentence has a word of the question
        return f"“{plain_quote(passages[0].text)}” {cite(passages[0]).markup}"
    places = dict.fromkeys(one.passage for one in sorted(quotes, key=lambda one: -one.weight))
    return "\n".join(_cited(passages[place], [one for one in quotes if one.passage == place]) for place in places)


def _cited(passage: Item, quotes: Sequence[Quote]) -> str:
    return f"“{' '.join(one.text for one in quotes)}” {cite(passage).markup}"


async def ask(work: Work, text: str, query: str, earlier: Sequence[str] = ()) -> None:
    """Answer a question from documents first, and from pictures and pages of `query`, which it is about.

    `earlier` are the questions before, with which it may go on.
    """
    follows = goes_on(text)
    question = in_context(text, earlier)
    await work.think("searching", f"Looking through your library: {query[:100]}")
    documents, links, images = await asyncio.gather(
        _search(work, "search_documents", text, MOST_PASSAGES, earlier=list(earlier) if follows and earlier else None),
        _search(work, "search_links", query, MOST_BESIDE),
        _search(work, "search_images", query, MOST_BESIDE),
    )
    if documents:
        work.keep(text, documents)
        work.say(quoted(question, documents))
    for kind, items in (("link", links), ("image", images)):
        if items:
            found = work.keep(query, items)
            head = "Also found" if documents else "I found"
            work.say(f"{head} [[ref:{found.key}]] {noun(kind, len(items))} for {asked_for(query)}:\n{listed(items)}")
    if not (documents or links or images):
        work.say(NOTHING)


async def _search(work: Work, tool: str, query: str, limit: int, **more: Any) -> list[Item]:
    return likely((await work.use(tool, query=query, limit=limit, **more)).items)
