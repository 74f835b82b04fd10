"""The search of documents over HTTP."""

import time
from uuid import UUID

from fastapi import APIRouter

from aionserver.domains.chunks.schemas import ChunkResult
from aionserver.domains.search import documents
from aionserver.domains.search.documents import formats_of
from aionserver.domains.search.schemas import ChunkQuery, FoundChunk, FoundDocument
from aionserver.domains.search.wire import DocumentMatch, DocumentSearchRequestAPI, DocumentSearchResponseAPI
from aionserver.infra.web.door import ReadCaller
from aionserver.kit.ids import parse_id, parse_ids

router = APIRouter(prefix="/api/v2/documents", tags=["Documents"])


@router.post("/search")
async def search_documents(caller: ReadCaller, body: DocumentSearchRequestAPI) -> DocumentSearchResponseAPI:
    """Find passages of documents by what they say: by meaning, words, codes, and phrases in double quotes."""
    started = time.perf_counter()
    found = await documents.search_documents(caller.infra, caller.open_scope, _query(body))
    return DocumentSearchResponseAPI(
        query=body.query,
        results=[_result(one) for one in found],
        total_count=len(found),
        search_time_ms=round((time.perf_counter() - started) * 1000),
        documents=[_document(one) for one in documents.by_document(found)],
    )


def _query(body: DocumentSearchRequestAPI) -> ChunkQuery:
    folder_id = (parse_id(body.folder_id) or UUID(int=0)) if body.folder_id else None
    return ChunkQuery(
        body.query,
        body.limit,
        body.similarity_threshold,
        parse_ids(body.document_ids)[0] if body.document_ids is not None else None,
        folder_id,
        formats_of(body.document_types),
        tuple(body.tags or ()),
    )


def _result(one: FoundChunk) -> ChunkResult:
    return ChunkResult(
        chunk_id=str(one.id),
        document_id=str(one.document.id),
        document_filename=one.document.filename,
        chunk_index=one.position,
        content=one.content,
        page_numbers=list(one.page_numbers) if one.page_numbers else None,
        heading_hierarchy=list(one.heading_path) or None,
        similarity_score=one.score,
        metadata={
            "token_count": one.token_count,
            "chunk_type": one.kind,
            "snippet": one.snippet,
            "matched_words": list(one.matched),
        },
    )


def _document(one: FoundDocument) -> DocumentMatch:
    return DocumentMatch(
        document_id=str(one.document.id),
        document_filename=one.document.filename,
        title=one.document.title,
        score=one.score,
        chunk_ids=[str(chunk.id) for chunk in one.chunks],
    )
