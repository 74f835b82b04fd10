"""That a file is found by the vectors that its last indexing made."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.files.service import StoredFile, every_file, step_versions
from aionserver.domains.search.tables import SearchVector
from aionserver.infra.scope import Scope


async def _misindexed(scope: Scope, found: Sequence[StoredFile]) -> dict[UUID, str]:
    # The chunks of documents have vectors, and a check, of their own.
    ids = [file.id for file in found if file.deleted_at is None and file.media_type != "document"]
    indexed, models = await step_versions(scope, "index", ids), await _models_of(scope, ids)
    wrong = {file_id: _fault_of(indexed.get(file_id), models.get(file_id, set())) for file_id in ids}
    return {file_id: text for file_id, text in wrong.items() if text}


async def _models_of(scope: Scope, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    rows = scope.rows(SearchVector).where(SearchVector.file_id.in_(ids))
    found: dict[UUID, set[str]] = {}
    for file_id, model in await scope.session.execute(rows.with_only_columns(SearchVector.file_id, SearchVector.model)):
        found.setdefault(file_id, set()).add(model)
    return found


def _fault_of(version: str | None, models: set[str]) -> str | None:
    """A version is that of the step and the model that did it, with a colon between."""
    if version is None:
        return "it has vectors, and was not indexed" if models else None
    if not models:
        return "it was indexed, and has no vectors"
    return None if models == {version.partition(":")[2]} else "its vectors are not all of the model that indexed it"


CHECKS = [every_file("vectors are there, and of one model", _misindexed)]
