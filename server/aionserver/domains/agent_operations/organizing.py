"""Order in folders, made in one transaction; with what undoes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aionserver.domains.agent_operations.arranging import Arrangement
from aionserver.domains.agent_operations.filing import Filing
from aionserver.domains.agent_operations.schemas import (
    FilesPutBack,
    FolderActionDetail,
    OrganizeAgentResponse,
    OrganizeUndo,
)
from aionserver.domains.agents.service import charge, elapsed_ms, iterations, token_usage
from aionserver.domains.assistant.service import counted
from aionserver.domains.files import service as files
from aionserver.domains.folders import service as folders
from aionserver.infra.scope import Scope
from aionserver.kit.quoting import plain_quote
from aionserver.kit.words import listed as joined

# As many as are moved by one request.
MOVED_AT_ONCE: Final = 100
MOST_NAMED: Final = 10
HOW_TO_UNDO: Final = (
    "To undo it, send each of undo.moves to POST /folders/move-files, then delete the folders of undo.folder_ids."
)


@dataclass(frozen=True)
class Filled:
    """A folder that was filled: whether it is new, and where the files that were moved there lay before."""

    folder_id: UUID
    name: str
    is_new: bool
    before: Mapping[UUID, UUID | None]

    @property
    def action(self) -> str:
        """What was done, in the words of the contract."""
        if not self.before:
            return "create"
        return "create_and_move_files" if self.is_new else "move_files"


async def carry_out(scope: Scope, plan: Arrangement, started: float) -> OrganizeAgentResponse:
    """Make the folders and move the files; one credit, nothing where nothing was to be done."""
    parent_id = await folders.require_folder(scope, plan.parent_id) if plan.parent_id is not None else None
    every = [await _fill(scope, parent_id, filing) for filing in plan.filings]
    done = [one for one in every if one.is_new or one.before]
    if plan.problem is None:
        await charge(scope, started, plan.written)
    return OrganizeAgentResponse(
        success=plan.problem is None,
        summary=_summary(plan, done),
        actions=[_told(one) for one in done],
        folders_created=sum(one.is_new for one in done),
        files_moved=sum(len(one.before) for one in done),
        undo=_undo(done) if done else None,
        execution_time_ms=elapsed_ms(started),
        iterations=iterations(plan.written),
        token_usage=token_usage(plan.written),
    )


async def _fill(scope: Scope, parent_id: UUID | None, filing: Filing) -> Filled:
    folder_id, is_new = await _folder(scope, parent_id, filing)
    rows = await files.find_many(scope, [item.id for item in filing.items])
    before = {one.id: one.folder_id for one in rows.values() if one.folder_id != folder_id}
    await files.move_to_folder(scope, list(before), folder_id)
    return Filled(folder_id, filing.name, is_new, before)


async def _folder(scope: Scope, parent_id: UUID | None, filing: Filing) -> tuple[UUID, bool]:
    """The folder to fill, and whether it was made now; below a parent it is always one that lies there."""
    if filing.folder_id is not None and parent_id is None:
        return await folders.require_folder(scope, str(filing.folder_id)), False
    return await folders.ensure_folder(scope, parent_id, filing.name)


def _told(one: Filled) -> FolderActionDetail:
    return FolderActionDetail(
        action=one.action, folder_id=str(one.folder_id), folder_name=one.name, file_count=len(one.before)
    )


def _summary(plan: Arrangement, done: Sequence[Filled]) -> str:
    if plan.problem is not None:
        return f"{plan.problem} Nothing was changed."
    placed = sum(len(filing.items) for filing in plan.filings)
    if not done:
        return "All of these files lie in their folders already; nothing was changed."
    new, moved = sum(one.is_new for one in done), sum(len(one.before) for one in done)
    made = [f"made {counted(new, 'folder')}"] if new else []
    made += [f"moved {counted(moved, 'file')}"] if moved else []
    named = [f"{plain_quote(one.name, 60)} ({len(one.before)})" for one in done[:MOST_NAMED]]
    named += [f"{len(done) - MOST_NAMED} more"] if len(done) > MOST_NAMED else []
    left = plan.count - placed
    stays = f" {counted(left, 'file')} {'stays' if left == 1 else 'stay'} where {'it is' if left == 1 else 'they are'}."
    what = joined(made)
    return f"{what[:1].upper()}{what[1:]}: {joined(named)}.{stays if left > 0 else ''} {HOW_TO_UNDO}"


def _undo(done: Sequence[Filled]) -> OrganizeUndo:
    places: dict[UUID | None, list[str]] = {}
    for one in done:
        for file_id, folder_id in one.before.items():
            places.setdefault(folder_id, []).append(str(file_id))
    moves = [
        FilesPutBack(file_ids=ids[start : start + MOVED_AT_ONCE], folder_id=str(place) if place else None)
        for place, ids in places.items()
        for start in range(0, len(ids), MOVED_AT_ONCE)
    ]
    return OrganizeUndo(moves=moves, folder_ids=[str(one.folder_id) for one in done if one.is_new])
