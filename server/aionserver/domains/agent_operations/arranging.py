"""Which files go to which folder: as a request says, by what is known of them, or as a language model sees it."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from aionserver.domains.agent_operations.filing import MOST_FOLDERS, Filing, filings_of, safe_name, seen_by_model
from aionserver.domains.agent_operations.material import MOST_READ, require_files, require_price
from aionserver.domains.agent_operations.meaning import files_meant
from aionserver.domains.agent_operations.schemas import OrganizeAgentRequest
from aionserver.domains.agent_operations.sorting import MOST_TERMS, OTHER, by_names, by_topic
from aionserver.domains.assistant.service import Composed, counted
from aionserver.domains.folders import service as folders
from aionserver.domains.folders.errors import FolderNotFound
from aionserver.domains.search import service as search
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand, Item
from aionserver.kit.filing import Known, folders_for
from aionserver.kit.folder_names import name_problem
from aionserver.kit.key_terms import key_terms
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.forms import GROUPS, GroupedBy
from aionserver.kit.spoken.groups import groups_named
from aionserver.kit.spoken.intents import Request, read_request

PASSAGES_OF_EACH: Final = 8
NO_ORDER: Final = (
    "That says not how to put files in order. Say by what to sort them (kind, year, month, tag, camera, format, topic),"
    " into which groups, or to which folder."
)
NO_FILES: Final = (
    "There are no files to put in order: none lie outside of folders, or none are meant. Name them by ids."
)
OUT_OF_FOLDERS: Final = ("root", "the root", "top level", "the top level")
# Words by which a request is one for order; "delete the old ones" is none, whatever files it comes with.
_ORDER: Final = re.compile(
    r"\b(?:organi[sz]\w*|sort\w*|arrang\w*|group\w*|categori[sz]\w*|classif\w*|tidy|clean|cluster\w*|structur\w*"
    r"|split|separat\w*|order\w*|fil(?:e|ed|ing)|folders?|put|mov(?:e|ed|ing)|by|per|into)\b",
    re.I,
)
_OTHER_ORDERS: Final = ("delete", "tag", "untag", "rename", "greet", "thank", "help")
TOPICS: Final = ("topic", "subject", "content", "theme", "meaning")
_BY_WHAT: Final = re.compile(
    r"\b(?:by|per|for each|for every)\s+(?:the\s+|their\s+|its\s+)?(?P<what>[^\W\d_][\w -]{1,60})", re.I
)
_NO_NAME: Final = re.compile(
    r"^(?:(?:separate|different|new|some|suitable|own|several|the|\w+ful)\s+)*(?:(?:sub)?folders?|groups?|categor\w+|order"
    r"|place|them|each|every|albums|collections|sections)\b",
    re.I,
)


@dataclass(frozen=True)
class Arrangement:
    """What is to be done with `count` files, below which folder; `problem` says why nothing is."""

    filings: tuple[Filing, ...] = ()
    count: int = 0
    parent_id: str | None = None
    problem: str | None = None
    written: Composed | None = None


async def arrange(errand: Errand, wanted: OrganizeAgentRequest) -> Arrangement:
    """How the files are to be put in order; nothing is changed by it."""
    request = read_request(wanted.intent, errand.infra.clock().date())
    async with errand.open_scope() as scope:
        await require_price(scope)
        if wanted.parent_folder_id is not None:
            await folders.require_folder(scope, wanted.parent_folder_id)
        items = await _given(scope, wanted)
    if items is None:
        items = await files_meant(errand, request)
    return replace(await order(errand, wanted.intent, items), parent_id=wanted.parent_folder_id)


async def order(errand: Errand, intent: str, items: Sequence[Item]) -> Arrangement:
    """How these files are to be put in order."""
    found = await _arranged(errand, intent, read_request(intent, errand.infra.clock().date()), items)
    largest = sorted(found.filings, key=lambda one: (-len(one.items), one.name))[:MOST_FOLDERS]
    return replace(found, filings=tuple(largest), count=len(items))


async def _given(scope: Scope, wanted: OrganizeAgentRequest) -> list[Item] | None:
    """The files that a request names, exactly; None where it names none."""
    if wanted.image_ids is None and wanted.document_ids is None and wanted.video_ids is None:
        return None
    return [
        *await require_files(scope, "image_ids", wanted.image_ids, "image"),
        *await require_files(scope, "document_ids", wanted.document_ids, "document"),
        *await require_files(scope, "video_ids", wanted.video_ids, "video"),
    ]


async def _arranged(errand: Errand, intent: str, request: Request, items: Sequence[Item]) -> Arrangement:
    target = _target(request)
    names = groups_named(intent)
    if request.intent in _OTHER_ORDERS or not _ORDER.search(intent):
        return Arrangement(problem=NO_ORDER)
    if target is not None and not names:
        problem = name_problem(target) if target.lower() not in OUT_OF_FOLDERS else "it means no folder at all"
        told = f"A folder can't be called “{plain_quote(target, 80)}”: {problem}." if problem else None
        if not told and not items and request.intent != "make_folder":
            told = NO_FILES
        there = await _folder_called(errand, target) if told is None else None
        return Arrangement(problem=told) if told else Arrangement((Filing(target, tuple(items), there),))
    if not items:
        return Arrangement(problem=NO_FILES)
    if names:
        groups = await by_names(errand, names, items)
        filings = tuple(Filing(group.name, group.items) for group in groups if group.items)
        none = f"None of {counted(len(items), 'file')} fits one of these groups." if not filings else None
        return Arrangement(filings, problem=none)
    return await _by_criterion(errand, intent, items)


def _target(request: Request) -> str | None:
    """The one folder that files are to go to, where the request names it."""
    if request.intent not in ("move", "make_folder") or not request.name or _NO_NAME.match(request.name):
        return None
    return request.name


async def _folder_called(errand: Errand, name: str) -> UUID | None:
    """The one folder of this name, wherever in the tree it is."""
    async with errand.open_scope() as scope:
        try:
            return await folders.find_by_name(scope, name)
        except FolderNotFound:
            return None


async def _by_criterion(errand: Errand, intent: str, items: Sequence[Item]) -> Arrangement:
    """By what the request says; by topic where it says nothing."""
    asked = _BY_WHAT.search(intent)
    what = asked["what"].strip() if asked else ""
    word = what.split(" ")[0].lower().removesuffix("s")
    by = GROUPS.get(word)
    if by is not None and by != "folder" and word not in TOPICS:
        return _exact(items, by)
    written = await seen_by_model(errand, intent, items)
    if written is not None and written[0]:
        return Arrangement(written[0], written=written[1])
    failed = written[1] if written else None
    if what and word not in TOPICS:
        why = f"the language model gave no order: {failed.failure}" if failed else "that needs a language model"
        known = "kind, year, month, tag, camera, format or topic"
        return Arrangement(
            problem=f"I can't sort by “{plain_quote(what, 60)}”: {why}. I can by {known}.", written=failed
        )
    return replace(await _by_topic(errand, items), written=failed)


def _exact(items: Sequence[Item], by: GroupedBy) -> Arrangement:
    is_one_kind = len({one.kind for one in items}) == 1
    names = folders_for([_known(one) for one in items], "format" if by == "kind" and is_one_kind else by)
    filings = filings_of(zip(names, items, strict=True))
    said = "one" if by != "tag" else "a tag that others have too"
    none = f"Nothing is known of these files to sort them by {by}: none has {said}." if not filings else None
    return Arrangement(filings, problem=none)


def _known(item: Item) -> Known:
    return Known.of(item.kind, item.details)


async def _by_topic(errand: Errand, items: Sequence[Item]) -> Arrangement:
    """Documents by the words they share, all else by tags; files that share nothing stay."""
    documents = [one for one in items if one.kind == "document"]
    others = [one for one in items if one.kind != "document"]
    named = list(zip(folders_for([_known(one) for one in others], "tag"), others, strict=True))
    async with errand.open_scope() as scope:
        ids = [one.id for one in documents[: 5 * MOST_READ]]
        chunks = await search.spread_chunks(scope, ids, PASSAGES_OF_EACH)
    texts = {one.id: "" for one in documents}
    for chunk in chunks:
        texts[chunk.document.id] += f"\n{chunk.content}"
    read = [one for one in documents if texts[one.id]]
    terms = await asyncio.to_thread(key_terms, [texts[one.id] for one in read], MOST_TERMS)
    groups = by_topic(read, terms) if len(read) > 1 else []
    named += [(safe_name(group.name), item) for group in groups if group.name != OTHER for item in group.items]
    filings = filings_of(named)
    none = "Nothing is known that these files have in common; say by what to sort them." if not filings else None
    return Arrangement(filings, problem=none)
