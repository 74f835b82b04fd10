"""What can be done with folders: show, make, rename, move, delete, fill."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.files import service as files
from aionserver.domains.folders import queries
from aionserver.domains.folders.errors import FolderInsideItself, FolderNameTaken, FolderNotFound, FolderTooDeep
from aionserver.domains.folders.queries import LEVELS
from aionserver.domains.folders.schemas import (
    CreateFolderRequest,
    DeleteFolderResponse,
    DeleteMode,
    FolderBreadcrumbResponse,
    FolderBreadcrumbsResponse,
    FolderContentsResponse,
    FolderResponse,
    MoveFilesRequest,
    MoveFilesResponse,
)
from aionserver.domains.folders.tables import Folder
from aionserver.infra.auditing import Audited, differences
from aionserver.infra.scope import Reader, Scope
from aionserver.kit.ids import new_id, parse_id, parse_ids
from aionserver.kit.pagination import has_more

GONE = "There is no such folder."


def _full_id(text: str) -> UUID:
    folder_id = parse_id(text)
    if folder_id is None:
        raise FolderNotFound(GONE)
    return folder_id


async def require_folder(scope: Scope, text: str) -> UUID:
    """The id of a folder of the tenant, which stays until this scope ends; FolderNotFound when there is none."""
    folder_id = _full_id(text)
    if not await queries.hold_folder(scope, folder_id):
        raise FolderNotFound(GONE)
    return folder_id


async def find_by_name(reader: Reader, text: str) -> UUID:
    """The one folder with this name or id; FolderNotFound when there is none, or several are called so."""
    folder_id = parse_id(text)
    found = [folder_id] if folder_id else await queries.find_named(reader, text.strip())
    if len(found) != 1:
        several = f"Several folders are called {text!r}; give the id of one."
        raise FolderNotFound(several if found else f"There is no folder called {text!r}.")
    return found[0]


async def read_tree(reader: Reader) -> str:
    """Every folder of the tenant: a FolderTreeResponse, as JSON."""
    return await queries.find_tree(reader)


async def read_breadcrumbs(reader: Reader, text: str) -> FolderBreadcrumbsResponse:
    """The way from the root to a folder."""
    way = await queries.find_way(reader, _full_id(text))
    if not way:
        raise FolderNotFound(GONE)
    return FolderBreadcrumbsResponse(breadcrumbs=_as_breadcrumbs(way))


async def read_contents(reader: Reader, text: str, limit: int, offset: int) -> FolderContentsResponse:
    """A folder, the way to it, the folders in it, and how many files."""
    way, found, subfolders = await queries.find_contents(reader, _full_id(text))
    if found is None:
        raise FolderNotFound(GONE)
    shown = max(0, min(limit, found.file_count - offset))
    return FolderContentsResponse(
        folder=_as_response(found, len(way) - 1),
        breadcrumbs=_as_breadcrumbs(way),
        subfolders=[_as_response(row, len(way)) for row in subfolders],
        total_files=found.file_count,
        has_more_files=has_more(offset, shown, found.file_count),
    )


def _as_response(row: Any, depth: int) -> FolderResponse:
    return FolderResponse.model_validate({**row._asdict(), "depth": depth})


def _as_breadcrumbs(way: Sequence[Any]) -> list[FolderBreadcrumbResponse]:
    return [FolderBreadcrumbResponse(id=row.id, name=row.name, depth=row.depth) for row in way]


async def create_folder(scope: Scope, wanted: CreateFolderRequest) -> FolderResponse:
    """Make a folder."""
    await queries.lock_tree(scope)
    parent_id = _full_id(wanted.parent_id) if wanted.parent_id is not None else None
    _require_levels(await _depth_in(scope, parent_id))
    await _require_free(scope, parent_id, wanted.name)
    now = scope.now()
    made = Folder(id=new_id(), parent_id=parent_id, name=wanted.name, created_at=now, updated_at=now)
    made.tenant_id = scope.tenant_id
    await queries.add_folder(scope, made)
    await _say(scope, "created", "create", made.id, {}, {"name": made.name, "parent_id": parent_id})
    return await _show(scope, made.id)


async def ensure_folder(scope: Scope, parent_id: UUID | None, name: str) -> tuple[UUID, bool]:
    """The folder of this name in a place, and whether it was made now."""
    await queries.lock_tree(scope)
    there = await queries.find_child(scope, parent_id, name)
    if there is not None:
        return there, False
    wanted = CreateFolderRequest(name=name, parent_id=str(parent_id) if parent_id else None)
    return (await create_folder(scope, wanted)).id, True


async def rename_folder(scope: Scope, text: str, name: str) -> FolderResponse:
    """Give a folder another name."""
    await queries.lock_tree(scope)
    folder = await _find(scope, text)
    await _require_free(scope, folder.parent_id, name, but=folder.id)
    before = {"name": folder.name}
    await queries.change_folder(scope, folder.id, {"name": name, "updated_at": scope.now()})
    await _say(scope, "renamed", "rename", folder.id, before, {"name": name})
    return await _show(scope, folder.id)


async def move_folder(scope: Scope, text: str, new_parent: str | None) -> FolderResponse:
    """Put a folder, with all that is in it, into another one or to the root."""
    await queries.lock_tree(scope)
    folder = await _find(scope, text)
    parent_id = _full_id(new_parent) if new_parent is not None else None
    below = await queries.find_subtree(scope, folder.id)
    if parent_id in below:
        raise FolderInsideItself("A folder can't be moved into itself, nor into a folder that lies in it.")
    _require_levels(await _depth_in(scope, parent_id) + max(below.values()))
    await _require_free(scope, parent_id, folder.name, but=folder.id)
    before = {"parent_id": folder.parent_id}
    await queries.change_folder(scope, folder.id, {"parent_id": parent_id, "updated_at": scope.now()})
    await _say(scope, "moved", "move", folder.id, before, {"parent_id": parent_id})
    return await _show(scope, folder.id)


async def _find(scope: Scope, text: str) -> Folder:
    found = await queries.find_folder(scope, _full_id(text))
    if found is None:
        raise FolderNotFound(GONE)
    return found


async def _depth_in(scope: Scope, parent_id: UUID | None) -> int:
    """The depth that a folder has in this one; FolderNotFound when there is none."""
    if parent_id is None:
        return 0
    way = await queries.find_way(scope, parent_id)
    if not way:
        raise FolderNotFound("There is no such folder to put it into.")
    return len(way)


def _require_levels(deepest: int) -> None:
    if deepest >= LEVELS:
        raise FolderTooDeep(f"Folders may be {LEVELS} levels deep; here there would be {deepest + 1}.")


async def _require_free(scope: Scope, parent_id: UUID | None, name: str, but: UUID | None = None) -> None:
    if await queries.name_is_taken(scope, parent_id, name, but):
        raise FolderNameTaken("There is a folder of this name in the same place.")


async def _say(
    scope: Scope, past: str, action: str, folder_id: UUID, before: dict[str, Any], after: dict[str, Any]
) -> None:
    changes = differences(before, after)
    await scope.publish(Audited(f"folder.{past}", action, "folder", str(folder_id), changes=changes))


async def _show(scope: Scope, folder_id: UUID) -> FolderResponse:
    way, found = await queries.find_counted(scope, folder_id)
    return _as_response(found, len(way) - 1)


async def delete_folder(scope: Scope, text: str, mode: DeleteMode) -> DeleteFolderResponse:
    """Remove a folder; what is in it moves up, or is deleted too."""
    await queries.lock_tree(scope)
    folder = await _find(scope, text)
    everything = mode is DeleteMode.DELETE_ALL
    name = folder.name
    file_count, folder_count = await (_delete_all(scope, folder) if everything else _dissolve(scope, folder))
    details = {"mode": mode, "name": name, "files": file_count, "subfolders": folder_count}
    await scope.publish(Audited("folder.deleted", "delete", "folder", str(folder.id), details=details))
    return DeleteFolderResponse(
        id=folder.id, files_affected=file_count, subfolders_affected=folder_count, mode=mode.value
    )


async def remove_empty_folder(scope: Scope, text: str) -> bool:
    """Remove a folder in which nothing lies; whether it was so."""
    await queries.lock_tree(scope)
    folder = await _find(scope, text)
    await queries.hold_for_deletion(scope, [folder.id])
    _, counted = await queries.find_counted(scope, folder.id)
    if counted.file_count or counted.subfolder_count:
        return False
    await delete_folder(scope, str(folder.id), DeleteMode.MOVE_TO_PARENT)
    return True


async def _delete_all(scope: Scope, folder: Folder) -> tuple[int, int]:
    """Delete a folder with all that is in it; how many files and folders that was."""
    ids = list(await queries.find_subtree(scope, folder.id))
    await queries.hold_for_deletion(scope, ids)
    file_count = await files.delete_in_folders(scope, ids)
    await queries.remove_folders(scope, ids)
    return file_count, len(ids) - 1


async def _dissolve(scope: Scope, folder: Folder) -> tuple[int, int]:
    """Delete a folder when what lies in it has moved up; how many files and folders did."""
    await queries.hold_for_deletion(scope, [folder.id])
    parent_id, (_, counted) = folder.parent_id, await queries.find_counted(scope, folder.id)
    # A folder in it may have its name, and can take its place.
    await queries.change_folder(scope, folder.id, {"name": str(folder.id)})
    await queries.lift_subfolders(scope, folder.id, parent_id)
    for left in await queries.find_subfolders(scope, folder.id):
        before, name = left.name, await queries.free_name(scope, parent_id, left.name)
        await queries.change_folder(scope, left.id, {"name": name, "parent_id": parent_id, "updated_at": scope.now()})
        await _say(scope, "renamed", "rename", left.id, {"name": before}, {"name": name})
    await files.move_out(scope, folder.id, parent_id)
    await queries.remove_folders(scope, [folder.id])
    return counted.file_count, counted.subfolder_count


async def move_files(scope: Scope, wanted: MoveFilesRequest) -> MoveFilesResponse:
    """Put files into a folder, or to the root; those that are not known are passed over."""
    folder_id = await require_folder(scope, wanted.folder_id) if wanted.folder_id is not None else None
    ids, malformed = parse_ids(wanted.file_ids)
    moved = await files.move_to_folder(scope, ids, folder_id)
    return MoveFilesResponse(moved=moved, total_requested=len(ids) + len(malformed))
