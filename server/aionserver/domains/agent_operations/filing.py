"""Folders by their names, and the files that go into each; also as a language model sees it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final, cast
from uuid import UUID

from aionserver.domains.assistant import service as assistant
from aionserver.domains.assistant.service import Composed, Composition
from aionserver.infra.tools import Errand, Item
from aionserver.kit.folder_names import name_problem
from aionserver.kit.ids import parse_id
from aionserver.kit.quoting import plain_quote
from aionserver.models.language_model import Function

MOST_FOLDERS: Final = 20
SHOWN_AT_ONCE: Final = 50
LONGEST_NAME: Final = 60
TASK: Final = """
Sort these files into folders as the person asks. Call file_into_folders once, with a short name for each folder, in the
language of the request, and the ids of the files that belong there. Leave out files that belong nowhere.
"""
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "folders": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "files": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["name", "files"],
            },
        }
    },
    "required": ["folders"],
}
FILE_INTO: Final = Function("file_into_folders", "Say which files go into which folder.", SCHEMA)


@dataclass(frozen=True)
class Filing:
    """A folder, by its name, and the files that go into it; `folder_id` where it is there, wherever in the tree."""

    name: str
    items: tuple[Item, ...] = ()
    folder_id: UUID | None = None


def filings_of(named: Iterable[tuple[str, Item]]) -> tuple[Filing, ...]:
    """Folders out of names and files, whatever the case of the names."""
    found: dict[str, tuple[str, list[Item]]] = {}
    for name, item in named:
        if name:
            found.setdefault(name.casefold(), (name, []))[1].append(item)
    return tuple(Filing(name, tuple(items)) for name, items in found.values())


def safe_name(name: str) -> str:
    plain = plain_quote(name, LONGEST_NAME)
    return plain if name_problem(plain) is None else ""


async def seen_by_model(
    errand: Errand, intent: str, items: Sequence[Item]
) -> tuple[tuple[Filing, ...], Composed] | None:
    """The order that the tenant's language model sees, lot by lot; None where there is no model.

    Files for which its time does not last are in no folder.
    """
    named, made, place = list[tuple[str, Item]](), None, 0
    until = monotonic() + 2 * errand.infra.settings.language_model_timeout_seconds
    while place < len(items) and (made is None or monotonic() < until):
        lot = items[place : place + SHOWN_AT_ONCE]
        there = f"\nFolders so far: {', '.join(dict.fromkeys(name for name, _ in named))}." if named else ""
        answer = await assistant.compose(errand, Composition(TASK, f"{intent}{there}", lot, FILE_INTO))
        if answer is None:
            break
        made = _together(made, answer)
        if answer.failure is not None:
            break
        named += _read(answer.arguments, lot[: answer.shown])
        place += answer.shown
    if made is None:
        return None
    filings = filings_of(named)
    failure = None if filings else made.failure or "it put none of the files into a folder"
    return filings, replace(made, failure=failure)


def _together(before: Composed | None, now: Composed) -> Composed:
    """The later one, with the tokens of both."""
    if before is None:
        return now
    return replace(now, tokens=before.tokens + now.tokens)


def _read(arguments: Mapping[str, Any], lot: Sequence[Item]) -> list[tuple[str, Item]]:
    """What a model said, as far as it is of the form and of the files that it was shown; each file once."""
    waiting, named = {one.id: one for one in lot}, list[tuple[str, Item]]()
    told: object = arguments.get("folders")
    for folder in cast("list[object]", told)[:MOST_FOLDERS] if isinstance(told, list) else []:
        if not isinstance(folder, dict):
            continue
        one = cast("dict[str, object]", folder)
        name, ids = safe_name(str(one.get("name") or "")), one.get("files")
        for text in cast("list[object]", ids) if name and isinstance(ids, list) else []:
            file_id = parse_id(str(text))
            item = waiting.pop(file_id, None) if file_id else None
            named += [(name, item)] if item else []
    return named
