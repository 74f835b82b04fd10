"""The steps that make the text of a document findable: it is split, then embedded."""

from collections.abc import Sequence
from functools import partial

from aionserver.domains.chunks import service
from aionserver.domains.files.service import Save, StoredFile, Work
from aionserver.infra.scope import Infra, Scope
from aionserver.models.text_embedding import TextEmbedder


class SplitStep:
    """Chunks along the document's structure."""

    name = "chunks"
    needs: Sequence[str] = ("read",)
    reports = "text_extraction_status"

    def version(self, infra: Infra) -> str:
        """Changes with the model whose tokens are counted."""
        return f"1:{infra.model(TextEmbedder).name}"

    def wanted(self, file: StoredFile) -> bool:
        """Documents."""
        return file.media_type == "document"

    async def run(self, work: Work) -> Save:
        """Split the text that was read."""
        pieces = await service.pieces_of(work)

        async def save(scope: Scope) -> None:
            await service.keep_pieces(scope, work.file_id, pieces)

        return save


class ChunkIndexStep:
    """The search vectors of chunks."""

    name = "index"
    needs: Sequence[str] = ("chunks",)
    reports = "text_extraction_status"

    def version(self, infra: Infra) -> str:
        """Changes with the model that embeds, and with what is kept of it."""
        return f"2:{service.embedding_model(infra)}"

    def wanted(self, file: StoredFile) -> bool:
        """Documents."""
        return file.media_type == "document"

    async def run(self, work: Work) -> Save:
        """Embed what is not embedded yet, and have the document be whole."""
        await service.embed(work)
        return partial(service.finish, work=work)
