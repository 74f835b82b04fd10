"""Looking closer, for the embedded assistant: describe, read, sum up, and go on with what was found."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from aionserver.domains.assistant.finding import MOST_FOUND
from aionserver.domains.assistant.findings import cite
from aionserver.domains.assistant.knowing import described, looked_up, one_thing
from aionserver.domains.assistant.pointing import WHICH, pointed_at, targets
from aionserver.domains.assistant.wording import MOST_LISTED, asked_for, line, listed, noun
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item
from aionserver.kit.citations import find_citations
from aionserver.kit.extracts import key_sentences
from aionserver.kit.ids import parse_id
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.intents import Request

MOST_DESCRIBED = 4
MOST_READ = 5
MOST_SUMMED_UP = 3
MOST_PASSAGES_READ = 60
SENTENCES_OF_SUMMARY = 6
_WITH_TEXT = re.compile(r"^\s*(?:which|any|are there|do any|show)\b.{0,100}\b(?:text|words|writing)\b", re.I)
_OF_THEM = re.compile(r"\b(?:of|among) (?:these|those|them)\b", re.I)


async def describe(work: Work, request: Request) -> None:
    """Say what is known of each."""
    items = (await targets(work, request))[:MOST_DESCRIBED]
    if items:
        await work.think("reading", "Looking at what is known of them", "analysis")
    for file_id in ids_of(items):
        item = await looked_up(work, next(one for one in items if file_id in (str(one.id), str(one.document_id))))
        work.keep(item.name, [item])
        work.say(one_thing(request.text, item) or described(item))


async def read(work: Work, request: Request) -> None:
    """Say what text can be read in each, or which of several have any."""
    if _WITH_TEXT.match(request.text):
        is_of_found = _OF_THEM.search(request.text) is not None
        found = work.findings.latest(["image"], several=True) if is_of_found else None
        every = found.items if found else (await work.use("list_files", kind="image", limit=MOST_FOUND)).items
        _say_with_text(work, [item for item in every if item.details.get("visible_text")])
        return
    items = pointed_at(work, request) if not request.files else []
    if len(items) > MOST_READ:
        with_text = [item for item in items if item.details.get("visible_text")]
        _say_with_text(work, with_text)
        return
    for item in (items or await targets(work, request))[:MOST_READ]:
        await _read_one(work, item)


def _say_with_text(work: Work, items: Sequence[Item]) -> None:
    if items:
        found = work.keep("with text", items)
        work.say(f"Text can be read in [[ref:{found.key}]] {noun('image', len(items))}:\n{listed(items)}")
    else:
        work.say("In none of them text can be read.")


async def _read_one(work: Work, item: Item) -> None:
    if item.kind in ("document", "chunk"):
        await _sum_up(work, [item])
        return
    outcome = await work.use("read_text", file=str(item.id))
    work.keep(item.name, outcome.items)
    (found,) = outcome.items
    text = f"“{plain_quote(found.text, 1_500)}”" if found.text else "no text can be read in it."
    work.say(f"{cite(found).markup}: {text}")


async def summarize(work: Work, request: Request) -> None:
    """Quote the sentences that say most of documents; of other files, what is known of each."""
    items = await targets(work, request)
    documents = [item for item in items if item.kind in ("document", "chunk")]
    if documents:
        await _sum_up(work, documents)
    elif items:
        work.say("\n".join(f"- {line(item)}" for item in items[:MOST_LISTED]))


async def _sum_up(work: Work, documents: Sequence[Item]) -> None:
    for file_id in ids_of(documents)[:MOST_SUMMED_UP]:
        document = next(one for one in documents if file_id in (str(one.id), str(one.document_id)))
        read = await work.use("read_document", file=file_id, limit=MOST_PASSAGES_READ)
        if not read.items:
            work.say(f"{asked_for(document.name)} has no text that I can read.{_problem(document)}")
            continue
        work.keep("summary", read.items)
        work.say(_summary(read.items))


def _summary(passages: Sequence[Item]) -> str:
    """The sentences that say most, as they are read; how it begins, where none stands out."""
    found = key_sentences([one.text for one in passages], "", SENTENCES_OF_SUMMARY)
    if not found:
        return f"It begins:\n“{plain_quote(passages[0].text, 800)}” {cite(passages[0]).markup}"
    lines = [
        f"“{' … '.join(one.text for one in group)}” {cite(passages[number]).markup}"
        for number, group in groupby(found, key=lambda one: one.passage)
    ]
    return "\n".join(["Sentences that say most of it:", *lines])


def _problem(document: Item) -> str:
    """Why it could not be read, as a sentence to follow; nothing where that is not known."""
    problem = plain_quote(str(document.details.get("problem") or ""), 200)
    return f" {problem}" if problem else ""


async def more(work: Work, request: Request) -> None:
    """Show those that were found and not shown yet."""
    found = work.findings.latest(request.narrowing.kinds)
    if found is None:
        work.say(WHICH)
        return
    shown = _shown(work)
    rest = [item for item in found.items if item.id not in shown and item.document_id not in shown]
    if not rest:
        work.say("That was all I found.")
        return
    work.keep(found.label, rest)
    work.say(listed(rest, len(found.items) - len(rest) + 1))


def _shown(work: Work) -> set[Any]:
    """What was cited in the conversation."""
    texts = [turn.content for turn in work.question.history if turn.role == "assistant"]
    return {parse_id(one.id) for text in texts for one in find_citations(text) if one.kind != "ref"}
