"""Colours over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from aionserver.domains.colors import searching, service
from aionserver.domains.colors.schemas import (
    BatchColorExtractionRequest,
    BatchColorExtractionResponse,
    ColorAnalysisResponse,
    ColorFamily,
    ColorSearchRequest,
    ColorSearchResponse,
)
from aionserver.infra.web.door import ReadAccess, ReadScope, WriteCaller
from aionserver.infra.web.idempotency import IdempotencyKey, answer_once, fingerprint_of, once
from aionserver.kit.colors import FEWEST_COLORS, MOST_COLORS

router = APIRouter(prefix="/api/v2/colors", tags=["Colors"])
MostColors = Annotated[
    int, Query(ge=FEWEST_COLORS, le=MOST_COLORS, description="The most there may be; how many there are is found out.")
]


@router.get("/images/{image_id}")
async def read_colors(scope: ReadScope, image_id: str) -> ColorAnalysisResponse:
    """The colours of a picture, largest share first."""
    return await service.read_colors(scope, image_id)


@router.post("/images/{image_id}/extract")
async def extract_colors(
    request: Request,
    caller: WriteCaller,
    image_id: str,
    force: Annotated[bool, Query(description="Count also what was counted with the same `n_colors` before.")] = False,
    n_colors: MostColors = MOST_COLORS,
    key: IdempotencyKey = None,
) -> ColorAnalysisResponse:
    """Count the colours of a picture and answer with them."""
    infra = caller.infra
    mark = fingerprint_of("extract_colors", {"image": image_id, "force": force, "n_colors": n_colors})
    async with once(infra, caller.actor, key, request) as first:
        answer = await first.replay(infra, mark, ColorAnalysisResponse)
        if answer is not None:
            return answer
        async with infra.open_scope(caller.actor) as scope:
            file = await service.require_picture(scope, image_id)
            answer = None if force else await service.find_standing(scope, file, n_colors)
        analysis = None if answer else await service.count(infra, file, n_colors)
        async with caller.open_scope() as scope:
            answer = answer or await service.keep_extracted(scope, file, analysis or {}, n_colors)
            await first.remember(scope, mark, answer)
            return answer


@router.post("/batch/extract")
async def extract_many(
    request: Request, caller: WriteCaller, body: BatchColorExtractionRequest, key: IdempotencyKey = None
) -> BatchColorExtractionResponse:
    """Have the colours of up to 200 pictures counted in the background."""
    return await answer_once(
        caller, key, request, body, BatchColorExtractionResponse, lambda scope: service.queue(scope, body)
    )


@router.get("/families")
async def list_families(reader: ReadAccess) -> list[ColorFamily]:
    """The seven families of colours."""
    return service.list_families()


@router.post("/search")
async def search(reader: ReadAccess, body: ColorSearchRequest) -> ColorSearchResponse:
    """Find pictures by a colour: near a hex code, of a name, of a family; all that is given has to fit."""
    return await searching.search(reader, body)
