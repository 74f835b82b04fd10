"""What assistants can do with folders."""

import json
from collections.abc import Iterable
from uuid import UUID

from aionserver.domains.files import service as stored
from aionserver.domains.files.service import StoredFile
from aionserver.domains.folders import service
from aionserver.domains.folders.schemas import CreateFolderRequest, MoveFilesRequest
from aionserver.infra.actors import Access, Permission
from aionserver.infra.tools import Errand, Item, Outcome, Tool, Use
from aionserver.kit.ids import parse_ids

MOST_SHOWN = 100
ROOT = "root"


async def list_folders(errand: Errand) -> Outcome:
    """The folders of the library, each with how many files lie in it."""
    async with errand.open_scope() as scope:
        tree = json.loads(await service.read_tree(scope))["folders"]
    items = tuple(
        Item("folder", UUID(one["id"]), one["name"], details={"file_count": one["file_count"], "depth": one["depth"]})
        for one in tree[:MOST_SHOWN]
    )
    return Outcome(f"{len(tree)} folder{'' if len(tree) == 1 else 's'}.", items, len(tree))


async def create_folder(errand: Errand, name: str, parent: str | None = None) -> Outcome:
    """Make a folder.

    name: its name; parent: name or id of the folder it is to lie in, none for the root.
    """
    async with errand.open_scope() as scope:
        parent_id = str(await service.find_by_name(scope, parent)) if parent else None
        made = await service.create_folder(scope, CreateFolderRequest(name=name, parent_id=parent_id))
    return Outcome(f"The folder “{made.name}” was made.", (Item("folder", made.id, made.name),), 1)


async def move_files(errand: Errand, files: list[str], folder: str) -> Outcome:
    """Put files into a folder.

    files: ids, at most 100; folder: name or id of the folder, or "root".
    """
    async with errand.open_scope() as scope:
        before = await stored.read_many(scope, parse_ids(files)[0])
        folder_id = None if folder == ROOT else str(await service.find_by_name(scope, folder))
        moved = await service.move_files(scope, MoveFilesRequest(file_ids=files, folder_id=folder_id))
        there = await stored.read_many(scope, parse_ids(files)[0])
        items = tuple(stored.as_item(scope, one) for one in there.values())
    said = f"{moved.moved} file{' was' if moved.moved == 1 else 's were'} moved to “{folder}”."
    return Outcome(said, items, moved.moved, undo=_moves_back(before.values(), folder_id))


def _moves_back(before: Iterable[StoredFile], folder_id: str | None) -> tuple[Use, ...]:
    """For each folder that files lay in the move that takes them back to it."""
    groups = dict[str | None, list[str]]()
    for one in before:
        lay_in = str(one.folder_id) if one.folder_id else None
        if lay_in != folder_id:
            groups.setdefault(lay_in, []).append(str(one.id))
    return tuple(
        Use("move_files", {"files": ids, "folder": lay_in or ROOT}, f"Move back to where {_were(len(ids))} before")
        for lay_in, ids in groups.items()
    )


def _were(count: int) -> str:
    return "1 file was" if count == 1 else f"{count} files were"


READ, WRITE = Access(Permission.READ), Access(Permission.WRITE)
TOOLS = (
    Tool("list_folders", list_folders, READ),
    Tool("create_folder", create_folder, WRITE, changes=True),
    Tool("move_files", move_files, WRITE, changes=True),
)
