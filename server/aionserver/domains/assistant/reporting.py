"""Reports, for the embedded assistant: quotations, put together by the agents' operation."""

from collections.abc import Sequence

from aionserver.domains.assistant.finding import MOST_FOUND
from aionserver.domains.assistant.looking import chosen, named, pointed_at, say_which
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item
from aionserver.kit.spoken.intents import Request


async def report(work: Work, request: Request) -> None:
    """Report on what is named, pointed at or chosen; else on what the library has of the subject."""
    items = await _meant(work, request)
    if not items and (request.reference is not None or request.files or not request.subject):
        say_which(work)
        return
    outcome = await work.use("write_report", items or None, task=request.text)
    if not outcome.items:
        work.say(outcome.said)
        return
    work.keep("report", outcome.items)
    work.say(outcome.facts["report"])


async def _meant(work: Work, request: Request) -> Sequence[Item]:
    if request.files:
        return await named(work, request.files)
    if request.reference is not None:
        return pointed_at(work, request) or await chosen(work)
    if request.subject or not request.narrowing.kinds:
        return ()
    every = (await work.use("list_files", limit=MOST_FOUND)).items
    return [one for one in every if one.kind in request.narrowing.kinds]
