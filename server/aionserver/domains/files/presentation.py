"""Rows of files as the wire shows them."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid5

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.files.schemas import (
    FullDescription,
    Place,
    ProcessingHistory,
    UserFile,
    UserFileDetails,
)
from aionserver.domains.files.tables import File, FileStep
from aionserver.domains.files.variants import WEBP, variant_key
from aionserver.infra.actors import Access, Permission
from aionserver.infra.scope import Reader
from aionserver.infra.web.objects import object_url

SIZES = {"thumbnail_url": "small_256", "medium_url": "medium_750", "full_url": "large_1024"}
VARIANT_COUNT = 5
WITH_VARIANTS = ("image", "link", "document")
WITH_LONG_TEXT = ("link", "document")
# Lists show the beginning of such a text: all of twenty would be half a megabyte.
SHOWN_TEXT = 500
TO_WRITE = Access(Permission.WRITE)


def variant_url(reader: Reader, file: File, name: str) -> str | None:
    """A signed URL of a variant; None until it is made."""
    if file.media_type not in WITH_VARIANTS or file.variant_status != "completed":
        return None
    key = variant_key(file.tenant_id, file.id, name)
    return _url(reader, file, key, WEBP, f"{file.filename.rsplit('.', 1)[0]}-{name}.webp")


def original_url(reader: Reader, file: File) -> str | None:
    """A signed URL of the uploaded bytes; None of a link, which has none."""
    if not file.object_key:
        return None
    return _url(reader, file, file.object_key, file.content_type, file.filename)


def _url(reader: Reader, file: File, key: str, content_type: str, filename: str) -> str:
    if file.bucket_id is None:
        return object_url(reader, key, content_type, filename)
    return custom_storage.object_url(reader, file.bucket_id, key, content_type, filename)


def _common(reader: Reader, file: File) -> dict[str, Any]:
    names = (
        "id title tags size_bytes created_at content_created_at visible_text description_status description_error "
        "variant_status variant_error confidence_score blur_hash media_type folder_id deleted_at format content_type "
        "crawl_status text_extraction_status"
    )
    urls = {field: variant_url(reader, file, name) for field, name in SIZES.items()}
    return {
        **file.particulars,
        **{name: getattr(file, name) for name in names.split()},
        **urls,
        "upload_description": file.description,
        "document_url": original_url(reader, file) if file.media_type == "document" else None,
        "variant_count": VARIANT_COUNT if urls["full_url"] else 0,
    }


def _dimensions(file: File) -> dict[str, int]:
    return {"width": file.width, "height": file.height} if file.width and file.height else {}


def as_list_item(reader: Reader, file: File) -> UserFile:
    """A file as lists show it."""
    common = _common(reader, file)
    if file.media_type in WITH_LONG_TEXT and file.visible_text:
        common["visible_text"] = file.visible_text[:SHOWN_TEXT]
    return UserFile(
        **common,
        filename=file.filename,
        has_full_description=file.description is not None,
        dimensions=_dimensions(file) or None,
    )


def as_details(
    reader: Reader, file: File, steps: Sequence[FileStep], descriptions: Sequence[FullDescription]
) -> UserFileDetails:
    """All of a file."""
    return UserFileDetails(
        **_common(reader, file),
        object_key=file.object_key,
        dimensions=_dimensions(file),
        original_url=original_url(reader, file),
        original_filename=file.filename,
        description_generated_at=file.described_at,
        full_descriptions=list(descriptions),
        updated_at=file.updated_at,
        upload_method=file.upload_method,
        hash=file.sha256,
        processing_history=[_history(step) for step in steps],
        crawl_error=file.crawl_error,
        place=_place(reader, file),
        camera=file.camera,
    )


def _place(reader: Reader, file: File) -> Place | None:
    # Where a picture was taken can be where somebody lives: viewers and read-only keys do not see it.
    if file.latitude is None or file.longitude is None or not reader.actor.allows(TO_WRITE):
        return None
    return Place(latitude=file.latitude, longitude=file.longitude)


def _history(step: FileStep) -> ProcessingHistory:
    return ProcessingHistory(
        id=uuid5(step.file_id, step.step),
        status=step.status,
        created_at=step.started_at,
        completed_at=step.finished_at,
        error_message=step.error_message,
        operation_type=step.step,
    )
