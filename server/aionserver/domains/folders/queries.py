"""What is asked of the folders' table."""

from uuid import UUID

from sqlalchemy import exists, select

from aionserver.domains.folders.tables import Folder
from aionserver.infra.scope import Scope


async def folder_exists(scope: Scope, folder_id: UUID) -> bool:
    """Whether the tenant has this folder."""
    found = scope.rows(Folder).where(Folder.id == folder_id)
    return bool(await scope.session.scalar(select(exists(found))))
