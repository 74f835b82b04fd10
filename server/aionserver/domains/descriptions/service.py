"""Files with all that was written about them."""

from aionserver.domains.descriptions import queries
from aionserver.domains.descriptions.facts import Seen, from_row
from aionserver.domains.descriptions.tables import DescriptionRow
from aionserver.domains.files import service as files
from aionserver.domains.files.schemas import FullDescription, UserFileDetails
from aionserver.domains.files.service import Work
from aionserver.infra.scope import Reader

__all__ = ["Seen", "description_of", "read_details", "seen_in"]


async def read_details(reader: Reader, text: str) -> UserFileDetails:
    """All of a file: its row, the steps it went through and its descriptions."""
    return await files.read_details(reader, text, queries.OF_FILE, _full)


def _full(row: DescriptionRow) -> FullDescription:
    return FullDescription(
        id=row.id,
        description=row.description,
        visible_text=row.visible_text or None,
        confidence_score=row.confidence,
        processing_time_ms=row.processing_time_ms,
        created_at=row.created_at,
        providers_used=[row.model],
        fallback_reason=row.fallback_reason,
        verification_level="standard",
    )


async def seen_in(work: Work) -> Seen:
    """What the networks saw in the picture, in this run or in an earlier one."""
    seen = work.noted(Seen)
    if seen is not None:
        return seen
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        row = await queries.find_facts(scope, work.file_id)
    assert row is not None, "who asks needs the step 'analysis', which wrote the facts"
    return from_row(row)


async def description_of(work: Work) -> str:
    """The newest description of the file, or nothing."""
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        rows = await queries.find_descriptions(scope, work.file_id)
    return rows[0].description if rows else ""
