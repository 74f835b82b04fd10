"""That a document that says it can be searched has chunks, all of them embedded by the model in use then."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.chunks import queries
from aionserver.domains.files.service import StoredFile, every_file, step_versions
from aionserver.infra.scope import Scope


async def _misindexed(scope: Scope, found: Sequence[StoredFile]) -> dict[UUID, str]:
    ids = [file.id for file in found if file.deleted_at is None and file.text_extraction_status == "completed"]
    if not ids:
        return {}
    versions, counts = await step_versions(scope, "index", ids), dict[UUID, dict[str | None, int]]()
    for row in await queries.count_by_model(scope, ids):
        counts.setdefault(row.file_id, {})[row.model] = row.chunks
    said = {file.id: file.particulars.get("chunk_count") for file in found}
    wrong = {one: _fault_of(said[one], counts.get(one, {}), versions.get(one)) for one in ids}
    return {file_id: text for file_id, text in wrong.items() if text}


def _fault_of(said: object, counts: dict[str | None, int], version: str | None) -> str | None:
    """A version is that of the step and the model that did it, with a colon between; none while it is made anew."""
    total = sum(counts.values())
    if said != total:
        return f"it says it has {said} chunks, and has {total}"
    if version is None or counts.keys() <= {version.partition(":")[2]}:
        return None
    return "its chunks are not all embedded by the model that indexed it"


CHECKS = [every_file("documents have their chunks", _misindexed)]
