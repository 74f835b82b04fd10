"""Folders and files in them, for tests: made by SQL where how they come to be is not what is tested."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import text

from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id

FOLDERS = "/api/v2/folders"
ADD_FILE = """
insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target, upload_method,
    size_bytes, sha256, variant_status, description_status, folder_id)
values (:id, :tenant, 'image', 'image/jpeg', 'JPEG', 'a.jpg', '', 'default', 'stream', 1, '', 'completed', 'completed',
    :folder)
"""


async def add_folder(scope: Scope, folder_id: UUID) -> None:
    """A folder at the root with this id."""
    query = text("insert into folders (id, tenant_id, name) values (:id, :tenant, 'A folder')")
    await scope.session.execute(query, {"id": folder_id, "tenant": scope.tenant_id})


async def add_files(scope: Scope, count: int, folder: str | None = None) -> list[str]:
    """Files without bytes."""
    ids = [new_id() for _ in range(count)]
    rows = [{"id": one, "tenant": scope.tenant_id, "folder": folder and UUID(folder)} for one in ids]
    await scope.session.execute(text(ADD_FILE), rows)
    return [str(one) for one in ids]


async def make(client: httpx2.AsyncClient, name: str, parent: str | None = None) -> str:
    """The id of a new folder."""
    answer = await client.post(FOLDERS, json={"name": name, "parent_id": parent})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def nest(client: httpx2.AsyncClient, count: int, parent: str | None = None) -> list[str]:
    """The ids of new folders, each in the one before."""
    made: list[str] = []
    for number in range(count):
        made.append(await make(client, f"Level {number}", made[-1] if made else parent))
    return made


async def tree(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    """Every folder."""
    answer = await client.get(FOLDERS)
    assert answer.status_code == 200, answer.text
    return answer.json()["folders"]


def outline(folders: Sequence[dict[str, Any]], parent: str | None = None) -> dict[str, Any]:
    """The names as a tree."""
    return {one["name"]: outline(folders, one["id"]) for one in folders if one["parent_id"] == parent}
