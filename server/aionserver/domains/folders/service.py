"""What other nouns ask of folders."""

from uuid import UUID

from aionserver.domains.folders import queries
from aionserver.domains.folders.errors import FolderNotFound
from aionserver.infra.scope import Scope
from aionserver.kit.ids import parse_id


async def require_folder(scope: Scope, text: str) -> UUID:
    """The id of a folder of the tenant; FolderNotFound when there is none with it."""
    folder_id = parse_id(text)
    if folder_id is None or not await queries.folder_exists(scope, folder_id):
        raise FolderNotFound("There is no such folder.")
    return folder_id
