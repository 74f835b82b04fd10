"""That a file has the colours that were counted for it."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.colors import queries
from aionserver.domains.files.service import StoredFile, every_file, step_versions
from aionserver.infra.scope import Scope


async def _colourless(scope: Scope, found: Sequence[StoredFile]) -> dict[UUID, str]:
    counted = await step_versions(scope, "colors", [file.id for file in found])
    known = await queries.files_with_analysis(scope, list(counted))
    return {file_id: "its colours were counted, and are not there" for file_id in counted if file_id not in known}


CHECKS = [every_file("colours are there", _colourless)]
