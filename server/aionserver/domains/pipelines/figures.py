"""Steps that count: files of the library, or of what steps before found, in groups."""

from typing import Any, Final

from aionserver.domains.assistant.service import counted, part_of_library
from aionserver.domains.pipelines.schemas import Done, Given
from aionserver.infra.tools import Errand, Outcome
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.forms import GroupedBy
from aionserver.kit.spoken.intents import Request, read_request

USUAL: Final[tuple[GroupedBy, ...]] = ("kind", "year", "tag")
MOST_TOLD: Final = 10


async def count(errand: Errand, intent: str, given: Given) -> Done:
    """How many files there are, in the groups that are asked for, or by kind, year and tag."""
    request = read_request(intent, errand.infra.clock().date())
    asked: tuple[GroupedBy, ...] = (request.group_by,) if request.group_by else USUAL
    outcomes = {by: await _count(errand, request, by) for by in asked}
    total = next(iter(outcomes.values())).total or 0
    groups = {by: dict(outcome.facts["groups"]) for by, outcome in outcomes.items()}
    parts = [f"{counted(total, _kind(request) or 'file')}.", *(_told(by, groups[by]) for by in asked if groups[by])]
    return Done("\n".join(parts), {**given.handed_on, "count": total, "groups": groups})


def _kind(request: Request) -> str | None:
    kinds = request.narrowing.kinds
    return kinds[0] if len(kinds) == 1 else None


async def _count(errand: Errand, request: Request, by: GroupedBy) -> Outcome:
    arguments: dict[str, Any] = {"kind": _kind(request), "group_by": by, **part_of_library(request)}
    given = {name: value for name, value in arguments.items() if value is not None}
    return await errand.infra.tools["count_files"].use(errand, given)


def _told(by: str, groups: dict[str, int]) -> str:
    shown = [f"{plain_quote(name, 60)} ({number})" for name, number in list(groups.items())[:MOST_TOLD]]
    rest = len(groups) - len(shown)
    return f"By {by}: {', '.join(shown)}{f', and {rest} more' if rest > 0 else ''}."
