"""Documents with passages as processing leaves them, written straight into the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pgvector import HalfVector, SparseVector
from sqlalchemy import text

from aionserver.infra.scope import Infra
from aionserver.kit.chunking import text_to_embed
from aionserver.kit.ids import new_id
from aionserver.kit.late_interaction import packed
from aionserver.kit.passage_terms import DIMENSIONS, weights_of
from aionserver.kit.passage_words import words_of_passage
from aionserver.models.text_embedding import TextEmbedder

FILE = """
insert into files (id, tenant_id, media_type, content_type, format, filename, title, tags, folder_id, object_key,
    storage_target, upload_method, size_bytes, sha256, variant_status, description_status, text_extraction_status)
values (:id, :tenant_id, 'document', 'application/pdf', :format, :filename, :title, :tags, :folder_id, '',
    'default', 'stream', 1, '', 'completed', 'completed', 'completed')
"""
DOCUMENT = """
insert into documents (file_id, tenant_id, version, title, language, next_page)
values (:id, :tenant_id, '1', :title, :language, null)
"""
CHUNK = """
insert into chunks (id, tenant_id, file_id, position, content, heading_path, page_numbers, token_count, kind, model,
    vector, terms, weights, word_vectors)
values (:id, :tenant_id, :file_id, :position, :content, :headings, :pages, :tokens, 'paragraph', :model,
    cast(:vector as halfvec), :terms, cast(:weights as sparsevec), :words)
"""


@dataclass(frozen=True)
class Passage:
    """A passage, the headings above it and its page."""

    content: str
    headings: tuple[str, ...] = ()
    page: int | None = 1


async def add_document(
    infra: Infra,
    tenant_id: UUID,
    passages: Sequence[Passage | str],
    filename: str = "manual.pdf",
    *,
    title: str | None = None,
    tags: Sequence[str] = (),
    folder_id: UUID | None = None,
    language: str | None = "en",
    file_format: str = "PDF",
) -> tuple[str, list[str]]:
    """The ids of a new document and of its chunks."""
    embedder, file_id = infra.model(TextEmbedder), new_id()
    every = [one if isinstance(one, Passage) else Passage(one) for one in passages]
    texts = [text_to_embed(one.content, one.headings, title or "") for one in every]
    read, ids = embedder.embed_with_words(texts), [new_id() for _ in every]
    values = {"id": file_id, "tenant_id": tenant_id, "filename": filename, "title": title, "tags": list(tags)}
    values |= {"folder_id": folder_id, "language": language, "format": file_format}
    async with infra.open_system_scope(tenant_id) as scope:
        await scope.session.execute(text(FILE), values)
        await scope.session.execute(text(DOCUMENT), values)
        for number, (one, searched, embedded) in enumerate(zip(every, texts, read, strict=True)):
            weights = weights_of(words_of_passage(searched, language), tenant_id.bytes)
            row = {
                "id": ids[number],
                "tenant_id": tenant_id,
                "file_id": file_id,
                "position": number,
                "content": one.content,
                "headings": list(one.headings),
                "pages": [one.page] if one.page else None,
                "tokens": len(one.content.split()),
                "model": f"{embedder.name}@{embedder.version}",
                "vector": HalfVector(embedded.vector).to_text(),
                "terms": list(weights),
                "weights": SparseVector(weights, DIMENSIONS).to_text(),
                "words": packed(embedded.word_vectors),
            }
            await scope.session.execute(text(CHUNK), row)
    return str(file_id), [str(one) for one in ids]
