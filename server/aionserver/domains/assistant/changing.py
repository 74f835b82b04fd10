"""What the embedded assistant proposes when something is to be changed: steps of a plan, none of which it takes."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aionserver.domains.assistant.answering import has_word
from aionserver.domains.assistant.finding import (
    MOST_FOUND,
    by_colour,
    circumstances,
    fits_formats,
    kinds_of,
    list_files,
    needs_search,
    search,
    types_of,
)
from aionserver.domains.assistant.findings import certain
from aionserver.domains.assistant.pointing import named, newest_of, pointed_at, say_which
from aionserver.domains.assistant.wording import asked_for, counted, names, noun
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item
from aionserver.kit.filing import Known, folders_for
from aionserver.kit.folder_names import name_problem
from aionserver.kit.spoken.filters import Kind
from aionserver.kit.spoken.forms import GroupedBy, Intent
from aionserver.kit.spoken.intents import Request, is_whole_folder
from aionserver.kit.words import content_stems
from aionserver.kit.words import listed as joined

MOST_FOLDERS = 20


@dataclass(frozen=True)
class Order:
    """A change that can be wanted: the tool that makes it, what it is called, and what proposes it."""

    tool: str
    doing: str
    propose: Callable[[Work, Request], Awaitable[None]]


async def change(work: Work, request: Request) -> None:
    """Propose what is wanted, or say why not."""
    order = ORDERS[request.intent]
    if not work.may(order.tool):
        work.say(f"You may not {order.doing} here: that needs the right to write.")
        return
    await work.think("planning", f"Planning to {order.doing}")
    await order.propose(work, request)


async def undo(work: Work, _: Request) -> None:
    """Propose to take back what the last plan changed."""
    last = next((turn.undo for turn in reversed(work.question.history) if turn.undo), ())
    known = [one for one in last if one.tool in work.errand.infra.tools]
    if not known:
        work.say("There is nothing here that I can take back.")
        return
    if not all(work.may(one.tool) for one in known):
        work.say("You may not take that back here: that needs the right to write.")
        return
    for one in known:
        work.propose(one.tool, one.description, **one.arguments)


async def _meant(work: Work, request: Request) -> list[Item]:
    """The files a change is wanted of: only what is likely meant, a hundred at most; says so where there are none."""
    items = await _files_meant(work, request)
    files = [item for item in items if item.kind != "folder"][:MOST_FOUND]
    if not files:
        say_which(work)
    if files or request.reference is None:  # "it" in what follows is this, and nothing where this is nothing
        work.keep(request.subject or joined(list(request.files)) or "files", files)
    return files


async def _files_meant(work: Work, request: Request) -> list[Item]:
    if request.files:
        return await named(work, request.files)
    if request.reference is not None:
        return pointed_at(work, request)
    narrowing, kind = request.narrowing, _kind(request)
    called = await named(work, [request.words]) if request.intent == "rename" and request.subject else []
    called = called or await _called_by(work, request)
    if called and not _is_plural(request.subject):
        return newest_of(work, called, names)
    if not (request.subject or narrowing != type(narrowing)() or request.days):
        return []
    if not needs_search(request):
        return list((await list_files(work, request, kind, MOST_FOUND)).items)
    return [*called, *await _searched(work, request, kind or "image")]


async def _called_by(work: Work, request: Request) -> list[Item]:
    """The files whose names have all the words that are said of them; none where it is said that they are pictures."""
    words = content_stems(request.words)
    is_spoken_of = request.intent != "organize" and _kind(request) in (None, "document") and not by_colour(request)
    if not words or not is_spoken_of:
        return []
    items = (await list_files(work, request, _kind(request), MOST_FOUND)).items
    return [one for one in items if all(has_word(one, word) for word in words)]


def _is_plural(subject: str) -> bool:
    return re.search(r"[^\W\d_][^suiSUI\W]s$", subject) is not None


def _kind(request: Request) -> Kind | None:
    return next(iter(kinds_of(request)), None)


async def _searched(work: Work, request: Request, kind: Kind) -> list[Item]:
    if kind == "document":
        found = await work.use("search_documents", query=request.words, limit=20, types=types_of(request))
        return certain(found.items)
    outcome = await search(work, request, kind)
    items = certain(outcome.items) if request.subject else outcome.items
    return [one for one in items if fits_formats(one, request.narrowing.formats)]


def _of(items: Sequence[Item]) -> str:
    return f"{counted(len(ids_of(items)), 'file')}: {names(items)}"


async def _delete(work: Work, request: Request) -> None:
    if is_whole_folder(request.text):
        work.say("I can't delete folders. I can delete the files in one, or move them out of it, once you approve it.")
        return
    items = await _meant(work, request)
    if items:
        work.propose("delete_files", f"Delete {_of(items)}", files=ids_of(items))


async def _tag(work: Work, request: Request) -> None:
    items = await _meant(work, request)
    if items and request.labels:
        tags = joined([asked_for(label) for label in request.labels])
        work.propose("tag_files", f"Put {tags} on {_of(items)}", files=ids_of(items), add=list(request.labels))


async def _untag(work: Work, request: Request) -> None:
    items = await _meant(work, request)
    if items and request.labels:
        tags = joined([asked_for(label) for label in request.labels])
        work.propose("tag_files", f"Take {tags} off {_of(items)}", files=ids_of(items), remove=list(request.labels))


async def _rename(work: Work, request: Request) -> None:
    items = await _meant(work, request)
    if len(ids_of(items)) > 1:
        work.say(f"I can rename one file at a time, and {len(items)} are meant. Say which one.")
    elif items and request.name:
        described = f"Give {names(items)} the title {asked_for(request.name)}"
        work.propose("rename_file", described, file=ids_of(items)[0], title=request.name)


async def _make_folder(work: Work, request: Request) -> None:
    if not await _has_folder(work, request):
        return
    if request.reference is not None or request.subject or request.files:
        items = await _meant(work, request)
        if items and request.name:
            _propose_move(work, request.name, items)
    elif not any(step.tool == "create_folder" and step.arguments["name"] == request.name for step in work.steps):
        work.say(f"There is a folder called {asked_for(request.name or '')} already.")


async def _move(work: Work, request: Request) -> None:
    name = (request.name or "").casefold()
    if name in ("root", "the root", "top level"):
        items = await _meant(work, request)
        if items:
            work.propose("move_files", f"Move out of all folders {_of(items)}", files=ids_of(items), folder="root")
        return
    items = await _meant(work, request)
    if items and await _has_folder(work, request):
        assert request.name is not None
        _propose_move(work, request.name, items)


def _propose_move(work: Work, folder: str, items: Sequence[Item]) -> None:
    work.propose("move_files", f"Move to {asked_for(folder)} {_of(items)}", files=ids_of(items), folder=folder)


async def _has_folder(work: Work, request: Request) -> bool:
    """Whether the folder named will be there: proposes to make it where it is not; says what is wrong with its name."""
    name = request.name or ""
    problem = name_problem(name)
    if problem is not None:
        work.say(f"A folder can't be called {asked_for(name)}: {problem}.")
        return False
    await _propose_folders(work, [name])
    return True


async def _propose_folders(work: Work, wanted: Sequence[str]) -> None:
    there = {item.name.casefold() for item in (await work.use("list_folders")).items}
    for name in wanted:
        if name.casefold() not in there:
            work.propose("create_folder", f"Make the folder {asked_for(name)}", name=name)


async def _organize(work: Work, request: Request) -> None:
    """Propose a folder for each group, and to move into it what belongs there."""
    kind = _kind(request)
    if request.reference or request.files or needs_search(request):
        items = await _files_meant(work, request)
    else:
        outcome = await list_files(work, request, kind, MOST_FOUND)
        items = list(outcome.items)
        if (outcome.total or 0) > len(items):
            work.say(f"I sort {len(items)} at a time: the newest of {counted(outcome.total or 0, kind or 'file')}.")
    if request.groups:
        await _sort_into_groups(work, request, items)
        return
    by = request.group_by or ("tag" if kind == "image" else "kind")
    groups = _grouped(items, "format" if by == "kind" and kind else by)
    if not groups:
        work.say(f"I know nothing of these {noun(kind or 'file', 2)}{circumstances(request)} to sort them by {by}.")
        return
    await _propose_groups(work, groups)


async def _propose_groups(work: Work, groups: Mapping[str, Sequence[Item]]) -> None:
    await _propose_folders(work, list(groups))
    for name, members in groups.items():
        _propose_move(work, name, members)


async def _sort_into_groups(work: Work, request: Request, items: Sequence[Item]) -> None:
    """Propose a folder for each of the groups that the request names, of those that some of the files fit."""
    files = [item for item in items if item.kind != "folder"][:MOST_FOUND]
    if not files and request.reference:
        say_which(work)
        return
    kind = _kind(request) or "file"
    if not files:
        work.say(f"There are no {noun(kind, 2)}{circumstances(request)} that I could sort.")
        return
    outcome = await work.use("sort_into_groups", files, task=f"Sort into {joined(_quoted(request.groups))}")
    known = {str(item.id): item for item in outcome.items}
    groups = {name: [known[one] for one in ids] for name, ids in outcome.facts["groups"].items()}
    rest = len(ids_of(files)) - len(known)
    if not groups:
        fits = "It fits none" if rest == 1 else f"None of the {counted(rest, kind)} fits one"
        work.say(f"{fits} of these groups: {joined(_quoted(request.groups))}.")
        return
    if rest:
        stay = "fits none of these groups and stays where it is" if rest == 1 else "fit none of them and stay"
        work.say(f"{counted(rest, kind)} {stay}.")
    await _propose_groups(work, groups)


def _quoted(texts: Sequence[str]) -> list[str]:
    return [asked_for(text) for text in texts]


def _grouped(items: Sequence[Item], by: GroupedBy) -> dict[str, list[Item]]:
    """Things by the folder they would go to, the largest first."""
    groups: dict[str, list[Item]] = {}
    for item, name in zip(items, folders_for([Known.of(item.kind, item.details) for item in items], by), strict=True):
        if name:
            groups.setdefault(name, []).append(item)
    largest = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    return dict(largest[:MOST_FOLDERS])


ORDERS: Mapping[Intent, Order] = {
    "delete": Order("delete_files", "delete files", _delete),
    "tag": Order("tag_files", "tag files", _tag),
    "untag": Order("tag_files", "take tags off files", _untag),
    "rename": Order("rename_file", "rename files", _rename),
    "move": Order("move_files", "move files", _move),
    "make_folder": Order("create_folder", "make folders", _make_folder),
    "organize": Order("move_files", "move files", _organize),
}
