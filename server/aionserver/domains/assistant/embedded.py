"""The embedded assistant: no language model, yet it understands requests, uses the tools and answers with citations.

What it says is either ours or a quotation of what was found, so it invents nothing.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import structlog

from aionserver.domains.assistant import (
    changing,
    comparing,
    counting,
    knowing,
    looking,
    narrowing,
    paying,
    pointing,
    qualifying,
    reporting,
)
from aionserver.domains.assistant.answering import ask
from aionserver.domains.assistant.findings import Findings
from aionserver.domains.assistant.schemas import WAITING, Answer, Event, Proposed, Question, Said
from aionserver.domains.assistant.telling import Emit, events_of, pieces
from aionserver.domains.assistant.work import Work
from aionserver.infra.errors import AionError
from aionserver.kit.spoken.filters import Narrowing
from aionserver.kit.spoken.following import goes_on, put_instead
from aionserver.kit.spoken.forms import Intent
from aionserver.kit.spoken.intents import Request, decides, read_request, split_request

log = structlog.get_logger(__name__)
Planner = Callable[[Work, Request], Awaitable[None]]
HELP = (
    "I answer from your library. Ask me to find pictures, documents or bookmarked pages (“photos of dogs from 2023 in "
    "the folder Holidays”), to count and group them (“how many by year?”), to describe, read or compare what I found "
    "(“compare the first two”), to answer from your documents (“how often must the filter be changed?”), to put a "
    "report together (“write a report on the roof”), or to sort, tag, rename, move or delete files: that I only do "
    "when you have approved it, and “undo” takes it back."
)
NEEDS_MODEL = (
    "That needs a language model, and this server has none for me (its operator sets AIONVISION_LANGUAGE_MODEL). "
    "I can find, count, describe, compare and quote what is in your library."
)
BEYOND = (
    "That I can't do. I find, count, describe, compare and quote what is in your library, put reports together, and "
    "propose to sort, tag, rename, move or delete files."
)
HOW_TO_DECIDE = (
    "Nothing was changed by that: words alone don't decide a plan. Approve or cancel it where it is shown, or send "
    "approve or cancel to the plan's action (POST /chat/sessions/{session_id}/plans/{plan_id}/action)."
)
NO_PLAN = "No plan waits for your decision here. Tell me what you would like to do."
GREETING = "Hello! What would you like to know of your library?"
THANKS = "You are welcome."


class EmbeddedAssistant:
    """`Assistant` that asks no language model."""

    def answer(self, question: Question) -> AsyncGenerator[Event]:
        """Events of the answer, the last of which is the answer or a plan."""
        return events_of(partial(_answer, question))


async def _answer(question: Question, emit: Emit) -> None:
    work = Work(question, Findings.of(question.history), emit)
    await work.think("understanding", "Reading the request")
    said = [turn.content for turn in question.history if turn.role == "user"]
    for part in split_request(question.text):
        await _do_part(work, part, said)
        said.append(part)
    if work.steps:
        lines = [f"{number}. {step.description}" for number, step in enumerate(work.steps, 1)]
        await emit(Proposed(tuple(work.steps), "\n".join([*work.parts, *lines])))
        return
    await _say(work, emit)


async def _do_part(work: Work, text: str, said: list[str]) -> None:
    """Do what one part of a request wants; what went wrong is said, and the other parts are done all the same."""
    if decides(text):
        waits = any(WAITING in turn.content for turn in work.question.history[-1:])
        work.say(HOW_TO_DECIDE if waits else NO_PLAN)
        return
    request = _understood(work, text, said)
    work.earlier = _questions(said, work)
    try:
        if request.intent == "ask" or _goes_on(request, work.earlier):
            among = await pointing.named(work, request.files) if request.files else None
            await ask(work, text, request.subject or text, work.earlier, among=among or None)
        else:
            await PLANNERS[request.intent](work, request)
    except AionError as error:
        log.info("tool_failed", code=error.code, intent=request.intent)
        work.say(f"That could not be done: {error.message}")


def _goes_on(request: Request, earlier: Sequence[str]) -> bool:
    """Whether words without a form, as "regional differences", go on with a question before."""
    is_bare = request.is_bare and request.narrowing == Narrowing() and request.days is None
    return is_bare and bool(earlier) and goes_on(request.text)


def _questions(said: list[str], work: Work) -> list[str]:
    """What was asked or looked for before: with no other words does a question go on."""
    today = work.errand.infra.clock().date()
    return [one for one in said if read_request(one, today).intent in ("ask", "find") and not decides(one)]


def _understood(work: Work, text: str, said: list[str]) -> Request:
    """What is wanted; "and cats?" wants of cats what was wanted before."""
    today = work.errand.infra.clock().date()
    follows = work.findings.latest() is not None or work.is_narrow
    request = read_request(text, today, follows_results=follows)
    instead = put_instead(text)
    if request.intent == "ask" and instead is not None and said:
        before = read_request(said[-1], today, follows_results=follows)
        other = read_request(instead, today)
        if before.intent == "ask":
            return replace(request, subject=other.subject or instead)
        if before.intent in ("find", "count") and (before.subject or other.narrowing.kinds):
            return _put_into(before, other, instead)
    return request


def _put_into(before: Request, other: Request, instead: str) -> Request:
    """What was wanted before, of another subject, of other kinds of things or of another time."""
    kinds = other.narrowing.kinds
    subject = other.subject or (before.subject if kinds or other.days else instead)
    narrowing = replace(before.narrowing, kinds=kinds or before.narrowing.kinds)
    return replace(before, text=instead, subject=subject, narrowing=narrowing, days=other.days or before.days)


async def _say(work: Work, emit: Emit) -> None:
    settled = work.findings.settle("\n\n".join(work.parts))
    for dropped in settled.dropped:
        log.warning("citation_dropped", citation=dropped[:200])
    for piece in pieces(settled.content):
        await emit(Said(piece))
    await emit(Answer(settled.content, settled.resolved, tuple(work.agents), tuple(work.findings.results)))


def _saying(text: str) -> Planner:
    async def say(work: Work, _: Request) -> None:
        work.say(text)

    return say


PLANNERS: Mapping[Intent, Planner] = {
    "greet": _saying(GREETING),
    "thank": _saying(THANKS),
    "help": _saying(HELP),
    "create": _saying(NEEDS_MODEL),
    "beyond": _saying(BEYOND),
    "undo": changing.undo,
    **dict.fromkeys(changing.ORDERS, changing.change),
    "count": counting.count,
    "group": counting.group,
    "overview": counting.overview,
    "folders": counting.folders,
    "report": reporting.report,
    "paid": paying.paid,
    "property": knowing.known,
    "compare": comparing.compare,
    "read": looking.read,
    "summarize": looking.summarize,
    "describe": looking.describe,
    "more": looking.more,
    "refine": narrowing.refine,
    "find": qualifying.find,
}
