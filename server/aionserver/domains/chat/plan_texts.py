"""Plans in words: what is to be done, and what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from aionserver.domains.assistant.schemas import WAITING


def proposal(summary: str, steps: Sequence[str]) -> str:
    """A plan that waits for approval."""
    lines = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    told = [] if all(step in summary for step in steps) else ["", *lines]
    return "\n".join([summary, *told, "", WAITING])


def report(outcomes: Sequence[Mapping[str, Any]], *, can_undo: bool = False) -> str:
    """What came of a plan, and the way back where there is one."""
    lines = [f"{one['step']}. {one['message']}" for one in outcomes]
    done = sum(one["status"] == "completed" for one in outcomes)
    back = ["", "Say “undo” to take it back."] if can_undo else []
    if done == len(outcomes):
        return "\n".join(["The plan is done.", "", *lines, *back])
    return "\n".join([f"The plan was stopped: {done} of {len(outcomes)} steps are done.", "", *lines, *back])
