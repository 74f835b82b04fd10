"""The steps every picture goes through first: its measures, then its variants."""

from collections.abc import Sequence
from typing import Any

from aionserver.domains.files import queries
from aionserver.domains.files.processing import Save, Work
from aionserver.domains.files.tables import File
from aionserver.domains.files.variants import save_variants, store_variants
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.pictures import DerivedPicture


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
        picture = await work.picture()
        rows = await store_variants(await work.storage(), work.file, picture.variants)

        async def save(scope: Scope) -> None:
            await save_variants(scope, work.file_id, rows)

        return save
