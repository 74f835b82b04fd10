"""The files that an order means which names none: by kind, folder, tag, time and subject."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from aionserver.domains.agent_operations.fitting import documents_fitting, pictures_fitting
from aionserver.domains.agent_operations.material import MOST_GIVEN
from aionserver.domains.files import service as files
from aionserver.domains.folders import service as folders
from aionserver.domains.search import service as search
from aionserver.domains.search.service import SearchFilter
from aionserver.infra.tools import Errand, Item
from aionserver.kit.search_queries import BEGINNING, END, Period
from aionserver.kit.spoken.intents import Request
from aionserver.kit.spoken.times import Days

# What is moved has to be meant more surely than what is shown.
SURE: Final = 0.6
_EVERYTHING: Final = re.compile(r"\b(?:all|every|everything|entire|whole)\b", re.I)
_NOT_SUBJECT: Final = re.compile(
    r"\b(?:all|every|everything|entire|whole|library|collection|files?|things?|it|them|up)\b", re.I
)


async def files_meant(errand: Errand, request: Request) -> list[Item]:
    """The files that words mean: those in no folder, unless it says all or which; of a subject the sure ones."""
    narrowing = request.narrowing
    if _means_none(request):
        return []
    kinds = narrowing.kinds or (None,)
    found = dict[Any, Item]()
    async with errand.open_scope() as scope:
        folder_id = await folders.find_by_name(scope, narrowing.folder) if narrowing.folder else None
        unfiled = folder_id is None and not _EVERYTHING.search(request.text)
        made = _period(request.days) if request.days else None
        for kind in kinds:
            part = SearchFilter(folder_id, None, kind, narrowing.tags, made, unfiled=unfiled)
            ids, _ = await search.list_part(scope, part, MOST_GIVEN)
            rows = await files.find_many(scope, ids)
            found |= {one: files.as_item(scope, rows[one]) for one in ids if one in rows}
    items = list(found.values())[:MOST_GIVEN]
    subject = _subject(request)
    return await _about(errand, subject, items) if subject else items


def _means_none(request: Request) -> bool:
    """Whether no files are spoken of: only a folder that is to be made, or "these", of which nothing is known here."""
    is_bare = not (request.subject or request.narrowing.kinds or request.narrowing.tags or request.days)
    is_everything = _EVERYTHING.search(request.text) is not None
    return request.reference is not None or (request.intent == "make_folder" and is_bare and not is_everything)


def _subject(request: Request) -> str:
    """What the files to be moved show or say, where the request is an order that names it."""
    if request.intent not in ("organize", "move", "make_folder"):
        return ""
    rest = re.split(r"\b(?:by|into|in folders|according)\b", request.subject, maxsplit=1, flags=re.I)[0]
    return " ".join(_NOT_SUBJECT.sub(" ", rest).split()).strip(" ,;:.?!")


def _period(days: Days) -> Period:
    start = datetime.combine(days.first, time(), UTC) if days.first else BEGINNING
    return Period(start, datetime.combine(days.last, time(), UTC) + timedelta(days=1) if days.last else END)


async def _about(errand: Errand, subject: str, items: Sequence[Item]) -> list[Item]:
    """Those of the files that surely are of a subject."""
    pictures = await pictures_fitting(errand, subject, items, SURE)
    documents = await documents_fitting(errand, subject, items, SURE)
    sure = {file_id for file_id, _ in (*pictures, *documents)}
    return [one for one in items if one.id in sure]
