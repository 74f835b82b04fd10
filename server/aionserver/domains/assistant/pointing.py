"""Which files a request means: those that it names, calls by words of their names, or points back to."""

from collections.abc import Callable, Sequence

from aionserver.domains.assistant.finding import MOST_FOUND, of_those_called, types_of
from aionserver.domains.assistant.findings import is_called, likely
from aionserver.domains.assistant.wording import asked_for, cited_names
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item
from aionserver.kit.spoken.intents import Request
from aionserver.kit.words import content_stems
from aionserver.kit.words import listed as joined

WHICH = "Which files do you mean? Name them, or find them first."
NOTHING_CHOSEN = "Nothing is chosen: your last request left none. Say again which files you mean."


def pointed_at(work: Work, request: Request) -> list[Item]:
    """The things found earlier that a request points back to."""
    if request.reference is None:
        return []
    found = None if work.findings.is_nothing_left else work.findings.latest(request.narrowing.kinds)
    return request.reference.pick(found.items) if found is not None else []


def say_unknown(work: Work, names: Sequence[str]) -> None:
    """Say that no file is called so."""
    work.say(f"There is no file called {joined([asked_for(name) for name in names])} that I can find.")


def say_which(work: Work) -> None:
    """Ask back what is meant."""
    work.say(NOTHING_CHOSEN if work.findings.is_nothing_left else WHICH)


async def named(work: Work, names: Sequence[str]) -> list[Item]:
    """The files that are called so, of those found earlier or of the whole library."""
    found = list[Item]()
    for name in names:
        item = work.findings.named(name) or await _look_up(work, name)
        if item is not None:
            found.append(item)
    return found


async def _look_up(work: Work, name: str) -> Item | None:
    pictures = (await work.use("search_images", query=name, limit=10)).items
    others = () if _called(pictures, name) else (await work.use("list_files", limit=MOST_FOUND)).items
    return _called((*pictures, *others), name)


def _called(items: Sequence[Item], name: str) -> Item | None:
    return next((item for item in items if is_called(item, name)), None)


async def targets(work: Work, request: Request) -> list[Item]:
    """The things that a request to look closer means; says so where there are none."""
    if request.files:
        items = await named(work, request.files)
        if not items:
            say_unknown(work, request.files)
    elif request.intent == "summarize" and _is_spoken_of(request):
        items = await spoken_of(work, request)
        if not items:
            called = request.words or (request.narrowing.formats[0].one if request.narrowing.formats else "")
            work.say(f"I know of no document that is called {asked_for(called)} or is about it.")
    else:
        items = pointed_at(work, request) or await chosen(work)
        if not items:
            say_which(work)
    return items


def _is_spoken_of(request: Request) -> bool:
    return request.reference is None and bool(request.subject or request.narrowing.formats)


async def spoken_of(work: Work, request: Request) -> list[Item]:
    """The newest file whose name has the words; else what the passage that fits best is of."""
    subject = request.words
    called = await called_so(work, request)
    if called:
        documents = [one for one in called if one.kind == "document"]
        if len(documents) > 1:
            work.keep(subject or "documents", documents)
        return newest_of(work, called, cited_names)
    return likely((await work.use("search_documents", query=subject, limit=1)).items) if subject else []


async def called_so(work: Work, request: Request) -> list[Item]:
    """The files whose names have all the words of what is spoken of, and that are of the formats named.

    Those that are called exactly so come before others for the same thing: of a contract, the lease.
    """
    if not (content_stems(request.words) or request.narrowing.formats):
        return []
    files = (await work.use("list_files", types=types_of(request), limit=MOST_FOUND)).items
    return of_those_called(request, files)


def newest_of(work: Work, called: Sequence[Item], tell: Callable[[Sequence[Item]], str]) -> list[Item]:
    """The newest of files that are called alike, a document where there is one; says which others there are."""
    files = [one for one in called if one.kind == "document"] or list(called)
    if len(files) > 1:
        verb = "is" if len(files) == 2 else "are"
        work.say(f"I take the newest, {tell(files[:1])}; there {verb} also {tell(files[1:])}.")
    return files[:1]


async def chosen(work: Work) -> list[Item]:
    """What the conversation is about, where that was chosen and nothing was found in it yet."""
    if not work.is_narrow or work.findings.latest() is not None:
        return []
    return list((await work.use("list_files", limit=MOST_FOUND)).items)
