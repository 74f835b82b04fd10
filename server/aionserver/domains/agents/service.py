"""The search agents: what was found, in the form programs and people read."""

import time
from collections.abc import Sequence

from aionserver.domains.agents.schemas import (
    ImageSearchAgentRequest,
    ImageSearchAgentResponse,
    ImageSearchResultItem,
    ResultRefData,
)
from aionserver.domains.assistant.service import Composed, Tokens
from aionserver.domains.files import service as files
from aionserver.domains.search import service as search
from aionserver.domains.search.schemas import FoundImage, ImageQuery
from aionserver.domains.usage import service as usage
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id, parse_id, parse_ids
from aionserver.models.image_embedding import Vectors

REF = "search_1"
BY_MEANING_AND_WORDS = {
    "method": "hybrid",
    "signals": ["meaning", "tags", "description", "visible_text", "names"],
}


def token_usage(made: Composed | None) -> dict[str, int]:
    """What a language model read and wrote, under all the names that clients know it by; zeros where none was asked."""
    tokens = made.tokens if made else Tokens()
    return {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "cache_read_input_tokens": tokens.cache_read,
        "cache_creation_input_tokens": tokens.cache_write,
        "call_count": tokens.calls,
        "input": tokens.input,
        "output": tokens.output,
    }


def iterations(made: Composed | None) -> int:
    """How often something was asked for the answer: of the language model, or once of the library."""
    return max(1, made.tokens.calls if made else 0)


NO_TOKENS = token_usage(None)


async def search_images(
    scope: Scope, request: ImageSearchAgentRequest, vectors: Vectors, started: float
) -> ImageSearchAgentResponse:
    """The tenant's pictures that answer the request; one credit."""
    query = _query(request)
    found = await search.find_images(scope, query, vectors, request.limit) if query else []
    await charge(scope, started)
    ids = [str(one.file.id) for one in found]
    ref = ResultRefData(count=len(ids), ids=ids, image_ids=ids, id_type="image", label=request.query[:100])
    return ImageSearchAgentResponse(
        success=True,
        results=[_item(scope, one) for one in found],
        count=len(found),
        result_ids=ids,
        summary=_summary(request.query, found, str(len(found))),
        summary_raw=_summary(request.query, found, f"[[ref:{REF}]]"),
        result_refs={REF: ref} if found else {},
        search_strategy=BY_MEANING_AND_WORDS,
        execution_time_ms=elapsed_ms(started),
        iterations=1,
        token_usage=NO_TOKENS,
    )


async def charge(scope: Scope, started: float, made: Composed | None = None) -> None:
    """Charge a call that began at `started`; one for which a language model was asked in vain costs nothing."""
    tokens = made.tokens if made else Tokens()
    known = usage.Particulars(
        provider=(made.provider or None) if made else None,
        model=(made.model or None) if made else None,
        tokens=usage.Tokens(tokens.input, tokens.output, tokens.cache_read, tokens.cache_write, tokens.own_key),
        processing_time_ms=elapsed_ms(started),
    )
    if made is not None and made.failure is not None:
        await usage.record_failure(scope, usage.AGENT_CALL, new_id(), known)
        return
    await usage.charge(scope, usage.AGENT_CALL, new_id(), usage.prices(scope.infra).one("agent_call"), known)


def elapsed_ms(started: float) -> int:
    """Milliseconds since a moment of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000)


def asked(query: str) -> str:
    """What was asked, in quotes, short."""
    return f"“{query if len(query) <= 100 else f'{query[:100]}…'}”"


def _query(request: ImageSearchAgentRequest) -> ImageQuery | None:
    """The query with its ids read; None when the folder named can't be one, so that nothing is found."""
    folder_id = parse_id(request.folder_id) if request.folder_id else None
    if request.folder_id and folder_id is None:
        return None
    ids = parse_ids(request.image_ids)[0] if request.image_ids is not None else None
    return ImageQuery(request.query, folder_id, ids)


def _item(scope: Scope, one: FoundImage) -> ImageSearchResultItem:
    file = one.file
    return ImageSearchResultItem(
        image_id=str(file.id),
        score=one.score,
        filename=file.filename,
        title=file.title,
        description=file.description,
        folder_id=str(file.folder_id) if file.folder_id else None,
        thumbnail_url=files.thumbnail_url(scope, file),
        features=list(one.features),
    )


def _summary(query: str, found: Sequence[FoundImage], count: str) -> str:
    if not found:
        return f"No image matches {asked(query)}."
    noun = "image matches" if len(found) == 1 else "images match"
    best = found[0].file
    told = best.description or "not described."
    return f"{count} {noun} {asked(query)}. The best is {best.title or best.filename}: {told}"
