"""That a file has the colours that were counted for it, and is found by them as long as it is in the library."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.colors import queries, service
from aionserver.domains.files.service import StoredFile, every_file, step_versions
from aionserver.infra.scope import Scope
from aionserver.kit.color_matching import stored_colors


async def _colourless(scope: Scope, found: Sequence[StoredFile]) -> dict[UUID, str]:
    counted = await step_versions(scope, "colors", [file.id for file in found])
    known = await queries.find_analyses(scope, list(counted))
    return {file_id: "its colours were counted, and are not there" for file_id in counted if file_id not in known}


async def _misfound(scope: Scope, found: Sequence[StoredFile]) -> dict[UUID, str]:
    ids = [file.id for file in found]
    analyses, stored = await queries.find_analyses(scope, ids), await queries.stored_of(scope, ids)
    wrong: dict[UUID, str] = {}
    for file in found:
        row = analyses.get(file.id)
        due = stored_colors(file.id, row.analysis["dominant_colors"]) if row and file.deleted_at is None else []
        if [color.packed for color in due] != stored.get(file.id, []):
            gone = "it is deleted, and found by its colours" if file.deleted_at else None
            wrong[file.id] = gone or "it is not found by the colours it has"
    return wrong


CHECKS = [
    every_file("colours are there", _colourless),
    every_file("colours are found where they are", _misfound, service.index_files),
]
