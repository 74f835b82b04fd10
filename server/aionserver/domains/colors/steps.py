"""The step that keeps a picture's colours."""

from collections.abc import Sequence
from typing import Any, cast

from aionserver.domains.colors import service
from aionserver.domains.files.service import Save, StoredFile, Work
from aionserver.infra.scope import Infra, Scope


class ColorsStep:
    """Colours are counted where the picture is decoded; here they are written down."""

    name = "colors"
    needs: Sequence[str] = ("probe",)
    reports = None

    def version(self, infra: Infra) -> str:
        """The version of the analysis."""
        return service.VERSION

    def wanted(self, file: StoredFile) -> bool:
        """Pictures only."""
        return file.media_type == "image"

    async def run(self, work: Work) -> Save:
        """The analysis of the decoded picture."""
        analysis = cast("dict[str, Any]", (await work.picture()).colors)

        async def save(scope: Scope) -> None:
            await service.keep_first(scope, work.file_id, analysis)

        return save
