"""What is asked of the links' table."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import update

from aionserver.domains.links.tables import Link
from aionserver.infra.scope import Scope


async def add_link(scope: Scope, link: Link) -> None:
    """Insert a link."""
    scope.session.add(link)
    await scope.session.flush()


async def find_link(scope: Scope, file_id: UUID) -> Link | None:
    """The link that a file is."""
    return await scope.session.scalar(scope.rows(Link).where(Link.file_id == file_id))


async def change_link(scope: Scope, file_id: UUID, values: Mapping[str, Any]) -> None:
    """Set columns of a link."""
    mine = (Link.tenant_id == scope.tenant_id, Link.file_id == file_id)
    await scope.session.execute(update(Link).where(*mine).values(**values))
