"""What can be done with a document's chunks: make them, embed them, show them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from aionserver.domains.chunks import queries
from aionserver.domains.chunks.queries import IndexEntry
from aionserver.domains.chunks.schemas import DocumentChunk, DocumentChunksResponse
from aionserver.domains.documents import service as documents
from aionserver.domains.files.events import FilesDeleted
from aionserver.domains.files.service import StoredFile, Work
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.chunking import Piece, chunk_ids, split, text_to_embed
from aionserver.kit.late_interaction import packed
from aionserver.kit.passage_terms import weights_of
from aionserver.kit.passage_words import words_of_passage
from aionserver.models.text_embedding import TextEmbedder

# So many at a time, for the networks are for others too: half a second.
PIECES_AT_ONCE = 200
EMBEDDED_AT_ONCE = 16
MOST_SHOWN, MOST_SHOWN_WITH_VECTORS = 10_000, 1_000


def embedding_model(infra: Infra) -> str:
    """What embeds chunks, with its version: vectors of another are of no use beside its own."""
    embedder = infra.model(TextEmbedder)
    return f"{embedder.name}@{embedder.version}"


async def pieces_of(work: Work) -> list[Piece]:
    """The document in pieces, along its structure."""
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        pages = await documents.read_pages(scope, work.file_id)
        known = await documents.find_document(scope, work.file_id)
    has_pages = known is None or known.has_pages
    pieces = iter(split(pages, has_pages, work.infra.model(TextEmbedder).count_tokens))
    found = list[Piece]()
    while some := await work.infra.think(_next, pieces):
        found += some
    return found


def _next(pieces: Iterator[Piece]) -> list[Piece]:
    return list(islice(pieces, PIECES_AT_ONCE))


async def keep_pieces(scope: Scope, file_id: UUID, pieces: Sequence[Piece]) -> None:
    """Have the document consist of these pieces, whose ids are made of their text."""
    ids = chunk_ids(file_id, (piece.content for piece in pieces))
    rows = [_row(chunk_id, number, piece) for number, (chunk_id, piece) in enumerate(zip(ids, pieces, strict=True))]
    await queries.replace_chunks(scope, file_id, rows)


def _row(chunk_id: UUID, position: int, piece: Piece) -> dict[str, Any]:
    return {
        "id": chunk_id,
        "position": position,
        "content": piece.content,
        "heading_path": list(piece.heading_path),
        "page_numbers": list(piece.page_numbers) or None,
        "token_count": piece.token_count,
        "kind": piece.kind,
    }


async def embed(work: Work) -> None:
    """Index by meaning and words the chunks that the model in use has not; each lot is kept before the next."""
    infra, model = work.infra, embedding_model(work.infra)
    embedder = infra.model(TextEmbedder)
    async with infra.open_system_scope(work.file.tenant_id) as scope:
        known = await documents.find_document(scope, work.file_id)
    title, language = (known.title if known else None) or "", known.language if known else None
    while True:
        async with infra.open_system_scope(work.file.tenant_id) as scope:
            rows = await queries.find_unindexed(scope, work.file_id, model, EMBEDDED_AT_ONCE)
        if not rows:
            return
        texts = [text_to_embed(one.content, one.heading_path, title) for one in rows]
        entries = await infra.think(_entries, embedder, texts, language, work.file.tenant_id.bytes)
        async with infra.open_system_scope(work.file.tenant_id) as scope:
            await queries.save_entries(scope, model, dict(zip((one.id for one in rows), entries, strict=True)))
        work.make_way()


def _entries(embedder: TextEmbedder, texts: Sequence[str], language: str | None, salt: bytes) -> list[IndexEntry]:
    """What each text is found by."""
    read = embedder.embed_with_words(texts)
    words = [weights_of(words_of_passage(text, language), salt) for text in texts]
    return [IndexEntry(one.vector, weights, packed(one.word_vectors)) for one, weights in zip(read, words, strict=True)]


async def finish(scope: Scope, work: Work) -> None:
    """Note that a document can be searched."""
    count, _ = await queries.count_chunks(scope, work.file_id)
    await documents.complete(scope, work, count)


async def forget_files(scope: Scope, event: FilesDeleted) -> None:
    """Deleted documents are found no more; of a restored one, the index is made again."""
    await queries.remove_entries(scope, event.file_ids)


async def read_chunks(
    scope: Scope, text: str, limit: int | None, offset: int, *, with_vectors: bool
) -> DocumentChunksResponse:
    """The chunks of a document in reading order."""
    file = await documents.require_document(scope, text)
    most = MOST_SHOWN_WITH_VECTORS if with_vectors else MOST_SHOWN
    rows = await queries.find_chunks(scope, file.id, min(limit or most, most), offset, with_vectors=with_vectors)
    total, embedded = await queries.count_chunks(scope, file.id)
    return DocumentChunksResponse(
        document_id=str(file.id),
        chunks=_shown(file, rows, with_vectors=with_vectors),
        total_chunks=total,
        status_counts={"completed": embedded, "pending": total - embedded},
    )


def _shown(file: StoredFile, rows: Iterable[Any], *, with_vectors: bool) -> list[DocumentChunk]:
    return [
        DocumentChunk(
            chunk_id=str(row.id),
            document_id=str(file.id),
            document_filename=file.filename,
            chunk_index=row.position,
            content=row.content,
            page_numbers=row.page_numbers,
            heading_hierarchy=row.heading_path or None,
            similarity_score=1.0,
            metadata={"token_count": row.token_count, "chunk_type": row.kind},
            embedding=list(row.vector) if with_vectors and row.is_embedded else None,
        )
        for row in rows
    ]
