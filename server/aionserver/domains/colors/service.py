"""What is known of a picture's colours; counting them, and keeping them where searches look."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from aionserver.domains.colors import queries
from aionserver.domains.colors.errors import UnreadablePicture
from aionserver.domains.colors.presentation import as_response
from aionserver.domains.colors.schemas import (
    BatchColorExtractionRequest,
    BatchColorExtractionResponse,
    ColorAnalysisResponse,
    ColorFamily,
)
from aionserver.domains.colors.searching import pictures_that_look, pictures_with
from aionserver.domains.colors.tables import ColorAnalysisRow
from aionserver.domains.files import service as files
from aionserver.domains.files.errors import FileNotFound
from aionserver.domains.files.events import FilesDeleted, FilesRestored
from aionserver.domains.files.service import StoredFile, Work
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import InvalidInput
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.sandbox_errors import SandboxError
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.color_matching import stored_colors
from aionserver.kit.colors import FAMILIES, MOST_COLORS
from aionserver.kit.ids import parse_ids
from aionserver.kit.picture_faults import PictureError
from aionserver.kit.pictures import PictureOptions, count_colors

__all__ = ["as_response", "pictures_that_look", "pictures_with"]
EXTRACT = "colors.extract"
# Of the counting: another one, and every picture's colours are counted anew.
VERSION = "2"
INDEXED_AT_ONCE = 200
MOST_IN_A_BATCH = 200


async def read_colors(scope: Scope, text: str) -> ColorAnalysisResponse:
    """A picture's colours, or how far they are."""
    file = await require_picture(scope, text)
    return as_response(file, await queries.find_analysis(scope, file.id))


async def require_picture(scope: Scope, text: str) -> StoredFile:
    """The picture with this id; FileNotFound when there is none, or it is a file of another kind."""
    file = await files.require_file(scope, text)
    if file.media_type != "image":
        raise FileNotFound("There is no such picture: the file is of another kind.")
    return file


async def find_colors(scope: Scope, file_id: UUID) -> dict[str, Any] | None:
    """The analysis of a file; None when there is none."""
    row = await queries.find_analysis(scope, file_id)
    return row.analysis if row else None


async def find_picture(scope: Scope, file_id: UUID) -> StoredFile | None:
    """The picture, while it is in the library."""
    found = (await files.find_many(scope, [file_id])).get(file_id)
    return found if found is not None and found.media_type == "image" else None


async def find_standing(scope: Scope, file: StoredFile, n_colors: int) -> ColorAnalysisResponse | None:
    """The colours of the picture that were counted just so before."""
    row = await queries.find_analysis(scope, file.id)
    return as_response(file, row) if row is not None and _stands(row, n_colors) else None


def _stands(row: ColorAnalysisRow, n_colors: int) -> bool:
    return row.n_colors == n_colors and row.version == VERSION


async def count(infra: Infra, file: StoredFile, n_colors: int) -> dict[str, Any]:
    """The colours of the original, at most so many; outside of any transaction. UnreadablePicture for a damaged one."""
    options = PictureOptions(max_pixels=infra.settings.max_image_pixels, n_colors=n_colors)
    try:
        async with infra.originals:
            return cast(
                "dict[str, Any]", await infra.parse(count_colors, await Work(infra, file, {}).source(), options)
            )
    except PictureError as error:
        raise UnreadablePicture(error.sentence) from error
    except SandboxError as error:
        raise UnreadablePicture(error.message) from error


async def keep(scope: Scope, file_id: UUID, analysis: dict[str, Any], n_colors: int) -> None:
    """Write down the colours that were counted, and let searches find them."""
    await queries.save_analysis(scope, file_id, analysis, n_colors, VERSION)
    await index_files(scope, [file_id])


async def keep_first(scope: Scope, file_id: UUID, analysis: dict[str, Any]) -> None:
    """The same for what processing counted, unless somebody had them counted meanwhile."""
    row = await queries.find_analysis(scope, file_id)
    if row is None or row.version != VERSION:
        await keep(scope, file_id, analysis, MOST_COLORS)


async def keep_extracted(
    scope: Scope, file: StoredFile, analysis: dict[str, Any], n_colors: int
) -> ColorAnalysisResponse:
    """The answer to who asked for the colours that were counted; FileNotFound when the picture went meanwhile."""
    if not await files.hold(scope, [file.id]):
        raise FileNotFound("There is no such file any more.")
    await keep(scope, file.id, analysis, n_colors)
    details = {"colors": len(analysis["dominant_colors"]), "n_colors": n_colors}
    await scope.publish(Audited("colors.extracted", "extract", "file", str(file.id), details=details))
    return as_response(file, await queries.find_analysis(scope, file.id))


async def queue(scope: Scope, wanted: BatchColorExtractionRequest) -> BatchColorExtractionResponse:
    """Have the colours of many pictures counted soon; those that were counted just so are left unless forced."""
    if len(wanted.image_ids) > MOST_IN_A_BATCH:
        raise InvalidInput.field("image_ids", f"at most {MOST_IN_A_BATCH} ids")
    ids, malformed = parse_ids(wanted.image_ids)
    found = await files.find_many(scope, ids)
    pictures = [file_id for file_id in ids if file_id in found and found[file_id].media_type == "image"]
    rows = {} if wanted.force else await queries.find_analyses(scope, pictures)
    standing = {file_id for file_id, row in rows.items() if _stands(row, wanted.n_colors)}
    queued = [file_id for file_id in pictures if file_id not in standing]
    arguments = {"n_colors": wanted.n_colors}
    await scope.defer([JobRequest(EXTRACT, {"file_id": str(one), **arguments}, "bulk") for one in queued])
    details = {"count": len(queued), "file_ids": queued, **arguments}
    await scope.publish(Audited("colors.extraction_queued", "extract", "file", details=details))
    parts = [f"{len(queued)} queued"]
    parts += [f"{len(standing)} counted already"] if standing else []
    unknown = len(ids) + len(malformed) - len(pictures)
    parts += [f"{unknown} not found among the pictures"] if unknown else []
    return BatchColorExtractionResponse(queued_count=len(queued), message=f"Pictures: {', '.join(parts)}.")


def list_families() -> list[ColorFamily]:
    """The seven families."""
    return [
        ColorFamily(
            name=one.name,
            display_name=one.display_name,
            description=one.description,
            example_colors=list(one.examples),
        )
        for one in FAMILIES
    ]


async def index_files(scope: Scope, ids: Sequence[UUID]) -> None:
    """Let searches find those of the files that are in the library by their colours, and the others not."""
    there = await files.hold(scope, ids)
    rows = await queries.find_analyses(scope, list(there))
    colors = {file_id: stored_colors(file_id, row.analysis["dominant_colors"]) for file_id, row in rows.items()}
    await queries.replace_colors(scope, ids, colors)


async def index_missing(scope: Scope, last: UUID | None) -> UUID | None:
    """Index some of the analyses that are not; the last one looked at, None when there were no more."""
    ids = await queries.ids_to_index(scope, last, INDEXED_AT_ONCE)
    await index_files(scope, ids)
    return ids[-1] if ids else None


async def forget_files(scope: Scope, event: FilesDeleted) -> None:
    """Deleted files are not found by their colours from now on."""
    await queries.replace_colors(scope, event.file_ids, {})


async def restore_files(scope: Scope, event: FilesRestored) -> None:
    """Restored files are found by their colours again."""
    await index_files(scope, event.file_ids)
