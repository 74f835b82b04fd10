"""That files show the description that was written for them, and that it was charged."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.descriptions import queries
from aionserver.domains.files.service import StoredFile, every_file
from aionserver.domains.usage import service as usage
from aionserver.infra.scope import Scope


async def _misdescribed(scope: Scope, found: Sequence[StoredFile]) -> dict[UUID, str]:
    found = [file for file in found if file.media_type == "image"]
    ids = [file.id for file in found]
    texts, charged = await queries.newest_texts(scope, ids), await usage.charged(scope, usage.DESCRIBE, ids)
    looked_at = await queries.files_with_facts(scope, ids)
    wrong = {file.id: _fault_of(file, texts.get(file.id), file.id in charged, file.id in looked_at) for file in found}
    return {file_id: text for file_id, text in wrong.items() if text}


def _fault_of(file: StoredFile, newest: str | None, is_charged: bool, is_looked_at: bool) -> str | None:
    if file.description != newest:
        return "it shows another description than was written last"
    if (newest is not None) != is_charged:
        return "its description was charged and is not there" if is_charged else "its description was not charged"
    if file.description_status == "completed" and (newest is None or not is_looked_at):
        return "it is 'completed' without " + ("a description" if newest is None else "what was seen in it")
    return None


CHECKS = [every_file("descriptions are there, shown and charged", _misdescribed)]
