"""The agent that finds passages in documents: what was found, in the form programs and people read."""

from collections.abc import Sequence

from aionserver.domains.agents.schemas import (
    DocumentChunkResultItem,
    DocumentSearchAgentRequest,
    DocumentSearchAgentResponse,
    ResultRefData,
)
from aionserver.domains.agents.service import NO_TOKENS, REF, asked, charge, elapsed_ms
from aionserver.domains.search.schemas import ChunkQuery, FoundChunk
from aionserver.domains.search.service import formats_of
from aionserver.infra.scope import Scope
from aionserver.kit.citations import cite_pages
from aionserver.kit.ids import parse_ids


def query_of(request: DocumentSearchAgentRequest) -> ChunkQuery:
    """What is looked for; ids that can't be one find nothing."""
    ids = parse_ids(request.document_ids)[0] if request.document_ids is not None else None
    return ChunkQuery(request.query, request.limit, document_ids=ids, formats=formats_of(request.document_types))


async def answer(
    scope: Scope,
    request: DocumentSearchAgentRequest,
    found: Sequence[FoundChunk],
    reranked_by: str | None,
    started: float,
) -> DocumentSearchAgentResponse:
    """The answer to the request; one credit."""
    await charge(scope, started)
    ids = [str(one.id) for one in found]
    ref = ResultRefData(count=len(ids), ids=ids, id_type="chunk", label=request.query[:100])
    signals = ["meaning", "words", "codes", "phrases", *(["reranking"] if reranked_by else [])]
    return DocumentSearchAgentResponse(
        success=True,
        results=[_item(one) for one in found],
        count=len(found),
        chunk_ids=ids,
        document_ids=list(dict.fromkeys(str(one.document.id) for one in found)),
        summary=_summary(request.query, found, str(len(found))),
        summary_raw=_summary(request.query, found, f"[[ref:{REF}]]", cited=True),
        result_refs={REF: ref} if found else {},
        search_mode="hybrid",
        search_strategy={"method": "hybrid", "signals": signals, "reranker": reranked_by},
        execution_time_ms=elapsed_ms(started),
        iterations=1,
        token_usage=NO_TOKENS,
    )


def _item(one: FoundChunk) -> DocumentChunkResultItem:
    return DocumentChunkResultItem(
        chunk_id=str(one.id),
        document_id=str(one.document.id),
        document_filename=one.document.filename,
        text=one.content,
        score=one.score,
        page_numbers=list(one.page_numbers) if one.page_numbers else None,
        chunk_index=one.position,
        heading_hierarchy=list(one.heading_path) or None,
        snippet=one.snippet,
    )


def _summary(query: str, found: Sequence[FoundChunk], count: str, *, cited: bool = False) -> str:
    if not found:
        return f"No passage of a document answers {asked(query)}."
    best = found[0]
    named = cite_pages(str(best.document.id), best.document.title or best.document.filename, best.page_numbers)
    documents = len({one.document.id for one in found})
    passages = "passage" if len(found) == 1 else "passages"
    of = "of one document" if documents == 1 else f"of {documents} documents"
    answers = "answers" if len(found) == 1 else "answer"
    return (
        f"{count} {passages} {of} {answers} {asked(query)}. "
        f"The best is in {named.markup if cited else named.readable}: {best.snippet}"
    )
