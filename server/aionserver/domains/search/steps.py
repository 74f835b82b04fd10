"""The steps that make pictures and pages findable by meaning."""

from collections.abc import Sequence

from aionserver.domains.descriptions import service as descriptions
from aionserver.domains.files.service import Save, StoredFile, Work, is_crawled
from aionserver.domains.links import service as links
from aionserver.domains.search import queries
from aionserver.infra.scope import Infra, Scope
from aionserver.models.image_embedding import ImageEmbedder, SearchablePicture
from aionserver.models.text_embedding import TextEmbedder


class IndexStep:
    """Search vectors."""

    name = "index"
    needs: Sequence[str] = ("analysis", "description")
    reports = None

    def version(self, infra: Infra) -> str:
        """Changes with the model that embeds."""
        embedder = infra.model(ImageEmbedder)
        return f"1:{embedder.name}@{embedder.version}"

    def wanted(self, file: StoredFile) -> bool:
        """Pictures that are described; the words of others are searched all the same."""
        return file.media_type == "image" and file.auto_describe

    async def run(self, work: Work) -> Save:
        """The picture's vectors."""
        infra = work.infra
        embedder = infra.model(ImageEmbedder)
        picture = await self._searchable(work)
        vectors = await infra.think(embedder.embed_picture, picture)

        async def save(scope: Scope) -> None:
            await queries.save_vectors(scope, work.file_id, f"{embedder.name}@{embedder.version}", vectors)

        return save

    async def _searchable(self, work: Work) -> SearchablePicture:
        seen = await descriptions.seen_in(work)
        text = await descriptions.description_of(work)
        return SearchablePicture(tags=seen.tags, objects=seen.objects, description=text, hints=seen.hints)


class PageIndexStep:
    """The search vector of a page."""

    name = "index"
    needs: Sequence[str] = ("crawl",)
    reports = None

    def version(self, infra: Infra) -> str:
        """Changes with the model that embeds."""
        embedder = infra.model(TextEmbedder)
        return f"1:{embedder.name}@{embedder.version}"

    def wanted(self, file: StoredFile) -> bool:
        """Links whose page is to be fetched."""
        return is_crawled(file)

    async def run(self, work: Work) -> Save:
        """The vector of what the page is about."""
        embedder = work.infra.model(TextEmbedder)
        async with work.infra.open_system_scope(work.file.tenant_id) as scope:
            subject = await links.subject_of(scope, work.file_id)
        (vector,) = await work.infra.think(embedder.embed, [subject])

        async def save(scope: Scope) -> None:
            vectors = {queries.PAGES: vector}
            await queries.save_vectors(scope, work.file_id, f"{embedder.name}@{embedder.version}", vectors)

        return save
