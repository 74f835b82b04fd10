"""Answers out of documents, and of whatever else is found: their sentences, in quotes, each with where it stands."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aionserver.domains.assistant.findings import cite, likely
from aionserver.domains.assistant.wording import asked_for, listed, noun
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item
from aionserver.kit.quoting import Measure, Quote, best_sentences, plain_quote
from aionserver.kit.spoken.following import goes_on, in_context

MOST_PASSAGES = 6
MOST_BESIDE = 5
# Words out of more places than three read as a heap.
MOST_QUOTED = 3
ANSWER = Measure(sentences=8, words=110, share=0.25)
# Of passages that score so, two or three in ten answer: one of them is shown, with the doubt.
NEARLY = 0.2
LONGEST_NEAREST = 600
NOTHING = "I found nothing in your library that answers this."
UNSURE = "I am not sure that anything in your library answers this. The nearest:"


async def answer_from_documents(
    work: Work, question: str, query: str, *, narrowed: Mapping[str, Any] | None = None, quiet: bool = False
) -> int:
    """Quote what documents say to a question; how many passages were found that probably answer it."""
    await work.think("searching", f"Reading documents: {query[:100]}", "document_search")
    outcome = await work.use("search_documents", query=query, limit=MOST_PASSAGES, **(narrowed or {}))
    passages = likely(outcome.items)
    if passages:
        work.keep(query, passages)
        work.say(quoted(question, passages[:MOST_QUOTED]))
    elif not quiet:
        work.say(f"I found nothing in your documents about {asked_for(query)}.")
    return len(passages)


def quoted(question: str, passages: Sequence[Item], measure: Measure = ANSWER) -> str:
    """The sentences of passages that answer best, each place cited once, the best place first."""
    texts = [(item.text, item.score if item.score is not None else 0.5) for item in passages]
    quotes = best_sentences(question, texts, measure)
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
    question = in_context(text, earlier)
    before = list(earlier) if earlier and goes_on(text) else None
    await work.think("searching", f"Looking through your library: {query[:100]}")
    nearly, links, images = await asyncio.gather(
        work.use("search_documents", query=text, limit=MOST_PASSAGES, earlier=before, least_score=NEARLY),
        _search(work, "search_links", query, MOST_BESIDE),
        _search(work, "search_images", query, MOST_BESIDE),
    )
    documents = likely(nearly.items)
    if documents:
        work.keep(text, documents)
        work.say(quoted(question, documents[:MOST_QUOTED]))
    for kind, items in (("link", links), ("image", images)):
        if items:
            found = work.keep(query, items)
            head = "Also found" if documents else "I found"
            work.say(f"{head} [[ref:{found.key}]] {noun(kind, len(items))} for {asked_for(query)}:\n{listed(items)}")
    if not (documents or links or images):
        _say_nearest(work, text, nearly.items[:1])


def _say_nearest(work: Work, text: str, passages: Sequence[Item]) -> None:
    """Say that nothing was found; with the passage that comes nearest, where there is one."""
    if not passages:
        work.say(NOTHING)
        return
    work.keep(text, passages)
    (nearest,) = passages
    work.say(f"{UNSURE}\n“{plain_quote(nearest.text, LONGEST_NEAREST)}” {cite(nearest).markup}")


async def _search(work: Work, tool: str, query: str, limit: int) -> list[Item]:
    return likely((await work.use(tool, query=query, limit=limit)).items)
