"""The steps every picture goes through first: its measures, then its variants."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.files import queries
from aionserver.domains.files.processing import Save, Work
from aionserver.domains.files.tables import File
from aionserver.domains.files.variants import WEBP, variant_key
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.pictures import DerivedPicture
from aionserver.kit.renditions import Variant


class ProbeStep:
    """Measures, format, and what the camera recorded."""

    name = "probe"
    needs: Sequence[str] = ()
    reports = "variant_status"

    def version(self, infra: Infra) -> str:
        """The version of the measuring."""
        return "1"

    def wanted(self, file: File) -> bool:
        """Pictures only."""
        return file.media_type == "image"

    async def run(self, work: Work) -> Save:
        """Measure the decoded picture."""
        values = _measures(await work.picture())

        async def save(scope: Scope) -> None:
            await queries.change_file(scope, work.file_id, values)

        return save


def _measures(picture: DerivedPicture) -> dict[str, Any]:
    return {
        "width": picture.width,
        "height": picture.height,
        "format": picture.format,
        "content_type": picture.content_type,
        "content_created_at": picture.captured_at,
        "latitude": picture.place.latitude if picture.place else None,
        "longitude": picture.place.longitude if picture.place else None,
        "camera": picture.camera,
        "blur_hash": picture.blur_hash,
    }


class VariantsStep:
    """Smaller renditions as WebP."""

    name = "variants"
    needs: Sequence[str] = ("probe",)
    reports = "variant_status"

    def version(self, infra: Infra) -> str:
        """The version of the renditions."""
        return "1"

    def wanted(self, file: File) -> bool:
        """Pictures only."""
        return file.media_type == "image"

    async def run(self, work: Work) -> Save:
        """Store every variant; the objects are overwritten when this is done again."""
        picture, file, storage = await work.picture(), work.file, work.infra.storage
        keys = {v.name: variant_key(file.tenant_id, file.id, v.name) for v in picture.variants}
        await asyncio.gather(*(storage.put(keys[v.name], v.data, WEBP) for v in picture.variants))
        rows = [_row(file.id, variant, keys[variant.name]) for variant in picture.variants]

        async def save(scope: Scope) -> None:
            await queries.save_variants(scope, rows)
            done = {"variant_status": "completed", "variant_error": None, "updated_at": scope.now()}
            await queries.change_file(scope, file.id, done)

        return save


def _row(file_id: UUID, variant: Variant, key: str) -> dict[str, Any]:
    return {
        "file_id": file_id,
        "name": variant.name,
        "object_key": key,
        "content_type": WEBP,
        "width": variant.width,
        "height": variant.height,
        "size_bytes": len(variant.data),
    }
