"""What assistants can do with folders."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from aionserver.domains.files import service as stored
from aionserver.domains.files.service import StoredFile
from aionserver.domains.folders import service
from aionserver.domains.folders.errors import FolderNotFound
from aionserver.domains.folders.schemas import CreateFolderRequest, MoveFilesRequest
from aionserver.infra.actors import Access, Permission
from aionserver.infra.scope import Scope
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
    away = Use("remove_folder", {"folder": str(made.id)}, f"Remove the folder “{made.name}”, if it is empty then")
    return Outcome(f"The folder “{made.name}” was made.", (Item("folder", made.id, made.name),), 1, undo=(away,))


async def remove_folder(errand: Errand, folder: str) -> Outcome:
    """Remove a folder in which nothing lies; any other stays as it is.

    folder: its name or id.
    """
    async with errand.open_scope() as scope:
        folder_id = await service.find_by_name(scope, folder)
        try:
            way = (await service.read_breadcrumbs(scope, str(folder_id))).breadcrumbs
        except FolderNotFound:
            return Outcome("The folder is not there any more.", (), 0)
        one, lies_in = way[-1], way[-2].id if len(way) > 1 else None
        is_removed = await service.remove_empty_folder(scope, str(one.id))
    if not is_removed:
        return Outcome(f"The folder “{one.name}” stays: something lies in it.", (), 0)
    again = {"name": one.name, **({"parent": str(lies_in)} if lies_in else {})}
    back = Use("create_folder", again, f"Make the folder “{one.name}” again")
    return Outcome(f"The folder “{one.name}” was removed.", (), 1, undo=(back,))


async def move_files(errand: Errand, files: list[str], folder: str, otherwise: str | None = None) -> Outcome:
    """Put files into a folder.

    files: ids, at most 100; folder: name or id of the folder, or "root"; otherwise: the name of one to take where there
    is none with this id any more.
    """
    async with errand.open_scope() as scope:
        before = await stored.read_many(scope, parse_ids(files)[0])
        folder_id = None if folder == ROOT else str(await _place(scope, folder, otherwise))
        moved = await service.move_files(scope, MoveFilesRequest(file_ids=files, folder_id=folder_id))
        there = await stored.read_many(scope, parse_ids(files)[0])
        items = tuple(stored.as_item(scope, one) for one in there.values())
        undo = await _moves_back(scope, before.values(), folder_id)
    said = f"{moved.moved} file{' was' if moved.moved == 1 else 's were'} moved to “{otherwise or folder}”."
    return Outcome(said, items, moved.moved, undo=undo)


async def _place(scope: Scope, folder: str, otherwise: str | None) -> UUID:
    folder_id = await service.find_by_name(scope, folder)
    if otherwise is None or await _name_of(scope, folder_id) is not None:
        return folder_id
    return await service.find_by_name(scope, otherwise)


async def _name_of(scope: Scope, folder_id: UUID) -> str | None:
    try:
        return (await service.read_breadcrumbs(scope, str(folder_id))).breadcrumbs[-1].name
    except FolderNotFound:
        return None


async def _moves_back(scope: Scope, before: Iterable[StoredFile], folder_id: str | None) -> tuple[Use, ...]:
    """For each folder that files lay in the move that takes them back to it."""
    groups = dict[UUID | None, list[str]]()
    for one in before:
        if (str(one.folder_id) if one.folder_id else None) != folder_id:
            groups.setdefault(one.folder_id, []).append(str(one.id))
    names: dict[UUID | None, str | None] = {one: await _name_of(scope, one) for one in groups if one}
    return tuple(
        Use("move_files", _back_to(ids, lay_in, names), f"Move back to where {_were(len(ids))} before")
        for lay_in, ids in groups.items()
    )


def _back_to(ids: list[str], lay_in: UUID | None, names: Mapping[UUID | None, str | None]) -> dict[str, Any]:
    """Where files go back to: by its name, where the folder was removed and made again meanwhile."""
    name = names.get(lay_in)
    return {"files": ids, "folder": str(lay_in) if lay_in else ROOT, **({"otherwise": name} if name else {})}


def _were(count: int) -> str:
    return "1 file was" if count == 1 else f"{count} files were"


READ, WRITE = Access(Permission.READ), Access(Permission.WRITE)
TOOLS = (
    Tool("list_folders", list_folders, READ),
    Tool("create_folder", create_folder, WRITE, changes=True),
    Tool("remove_folder", remove_folder, WRITE, changes=True),
    Tool("move_files", move_files, WRITE, changes=True),
)
