"""Documents by what they are like, for the embedded assistant: the longest, and those that could not be read."""

from collections.abc import Sequence
from dataclasses import replace

from aionserver.domains.assistant import paying
from aionserver.domains.assistant.finding import (
    MORE,
    MOST_FOUND,
    called,
    circumstances,
    kinds_of,
    list_files,
    of_those_called,
)
from aionserver.domains.assistant.knowing import looked_up, told_length
from aionserver.domains.assistant.wording import MOST_LISTED, listed
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item
from aionserver.kit.spoken.intents import Request

NO_REASON = "The reason is not known."
# So many are "the longest documents", where no number is named.
FEW = 5


async def find(work: Work, request: Request) -> None:
    """Say what is found; of what could not be read, and by length, more than the names."""
    qualities = request.narrowing.qualities
    if qualities.is_unread:
        await _unread(work, request)
    elif qualities.longest_first is not None and not request.subject:
        await by_length(work, request)
    else:
        await paying.find(work, request)


async def _unread(work: Work, request: Request) -> None:
    """List what could not be read, each with the reason."""
    kinds = kinds_of(request)
    kind = kinds[0] if len(kinds) == 1 else None
    outcome = await list_files(work, request, kind, MOST_FOUND)
    items = of_those_called(request, outcome.items) if request.subject else list(outcome.items)
    total = len(items) if request.subject else outcome.total or 0
    what = f"{called(request, kind or 'file', total)}{circumstances(request)}"
    found = work.keep(what, items, total)
    if not items:
        work.say(f"There are no {what} in your library.")
        return
    rest = f"\n{MORE}" if total > MOST_LISTED else ""
    head = f"There {'is' if total == 1 else 'are'} [[ref:{found.key}]] {what}"
    work.say(f"{head}:\n{listed(_with_reasons(items))}{rest}")


def _with_reasons(items: Sequence[Item]) -> list[Item]:
    return [replace(one, text=str(one.details.get("problem") or NO_REASON)) for one in items]


async def by_length(work: Work, request: Request, among: Sequence[Item] | None = None) -> None:
    """Say which are the longest, or the shortest, of all or `among` some, and how long each is."""
    is_of_several = "documents" in request.text.lower() or called(request, "document", 2) in request.text
    limit = min(request.narrowing.limit or (FEW if is_of_several else 1), MOST_LISTED)
    found = (await list_files(work, request, "document", limit, among)).items
    if not found:
        work.keep("documents", [])
        work.say(f"I know of no {called(request, 'document', 1)}{circumstances(request)} that has text.")
        return
    items = [await looked_up(work, one) for one in found]
    work.keep(f"the {_order(request)} documents", items)
    told = "\n".join(f"{number}. {told_length(one)}" for number, one in enumerate(items, 1))
    what = called(request, "document", len(items))
    are = f"The {_order(request)} {what}{circumstances(request)}:"
    work.say(f"{are}\n{told}" if len(items) > 1 else f"{are} {told_length(items[0])}")


def _order(request: Request) -> str:
    return "longest" if request.narrowing.qualities.longest_first else "shortest"
