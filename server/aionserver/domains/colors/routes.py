"""Colours over HTTP."""

from fastapi import APIRouter

from aionserver.domains.colors import service
from aionserver.domains.colors.schemas import ColorAnalysisResponse
from aionserver.infra.web.door import ReadScope

router = APIRouter(prefix="/api/v2/colors", tags=["Colors"])


@router.get("/images/{image_id}")
async def read_colors(scope: ReadScope, image_id: str) -> ColorAnalysisResponse:
    """The colours of a picture, largest share first."""
    return await service.read_colors(scope, image_id)
