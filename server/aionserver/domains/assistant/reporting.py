"""Reports, for the embedded assistant: quotations, put together by the agents' operation."""

import re
from collections.abc import Sequence
from typing import Final

from aionserver.domains.assistant.finding import MOST_FOUND
from aionserver.domains.assistant.pointing import chosen, named, pointed_at, say_unknown, say_which, spoken_of
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item
from aionserver.kit.spoken.forms import POLITE
from aionserver.kit.spoken.intents import Request

_ALL: Final = re.compile(r"(?:(?:all|every|both|each|of|my|our|the|everything|here)\b\s*)*", re.I)
# What is looked at as a whole, not searched for: "analyse the manual", "a summary of the lease".
_AS_A_WHOLE: Final = re.compile(rf"^\s*{POLITE}(?:analy[sz]e|review|assess|evaluate|.{{0,60}}\bsummary)\b", re.I)
WHOLE: Final = "Write a report"


async def report(work: Work, request: Request) -> None:
    """Report on what is named, pointed at or chosen; else on what the library has of the subject."""
    items = await _meant(work, request)
    if not items and request.files:
        say_unknown(work, request.files)
        return
    if not items and (request.reference is not None or not _has_subject(request)):
        say_which(work)
        return
    outcome = await work.use("write_report", items or None, task=_task(request, is_whole=bool(items)))
    if not outcome.items:
        work.say(outcome.said)
        return
    work.keep("report", outcome.items)
    work.say(outcome.facts["report"])


def _has_subject(request: Request) -> bool:
    return _ALL.fullmatch(request.subject) is None


def _task(request: Request, *, is_whole: bool) -> str:
    """What the report is to be about, beside the files that are meant."""
    if is_whole and request.reference is None and _AS_A_WHOLE.match(request.text):
        return WHOLE
    names = "|".join(re.escape(name) for name in request.files)
    return re.sub(rf"\s+(?:(?:in|of|on|from|about)\s+)?(?:{names})", "", request.text) if names else request.text


async def _meant(work: Work, request: Request) -> Sequence[Item]:
    if request.files:
        return await named(work, request.files)
    if request.reference is not None:
        return pointed_at(work, request) or await chosen(work)
    if _has_subject(request):
        return await spoken_of(work, request) if _AS_A_WHOLE.match(request.text) else ()
    found = [(await work.use("list_files", kind=kind, limit=MOST_FOUND)).items for kind in request.narrowing.kinds]
    return [item for items in found for item in items]
