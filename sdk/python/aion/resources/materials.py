"""Materials: what the things in pictures are made of, and pictures found by it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Optional

from .._requests import get, post, present
from ..exceptions import ValidationError
from ..types.materials import (
    BatchMaterialResult,
    MaterialClassification,
    MaterialSearchResponse,
    MaterialSearchResult,
    MaterialType,
)
from ._base import Resource, require_ids, require_within

__all__ = ["MaterialsResource"]

MAX_PAGE_SIZE = 200
MAX_BATCH_IMAGES = 200


class MaterialsResource(Resource):
    """What the things in pictures are made of."""

    async def classify(self, image_id: str, *, force: bool = False) -> MaterialClassification:
        """The materials in a picture; what is there already stays, unless `force`."""
        request = post("/materials/images/{image_id}/classify", query={"force": force}, image_id=image_id)
        return MaterialClassification.from_api_response(await self._object(request))

    async def get(self, image_id: str) -> MaterialClassification:
        """The materials in a picture, or how far that is."""
        request = get("/materials/images/{image_id}", image_id=image_id)
        return MaterialClassification.from_api_response(await self._object(request))

    async def search(
        self,
        *,
        material_type: Optional[str] = None,
        surface_finish: Optional[str] = None,
        texture: Optional[str] = None,
        pattern: Optional[str] = None,
        min_confidence: float = 0.5,
        limit: int = 50,
        offset: int = 0,
    ) -> MaterialSearchResponse:
        """One page of pictures that show a material, finish, texture or pattern, the surest first."""
        criteria = present(material_type=material_type, surface_finish=surface_finish, texture=texture, pattern=pattern)
        if not criteria:
            raise ValidationError("Give material_type, surface_finish, texture or pattern")
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        payload = {**criteria, "min_confidence": min_confidence, "limit": limit, "offset": offset}
        return MaterialSearchResponse.from_api_response(await self._object(post("/materials/search", payload)))

    async def search_all(
        self,
        *,
        material_type: Optional[str] = None,
        surface_finish: Optional[str] = None,
        texture: Optional[str] = None,
        pattern: Optional[str] = None,
        min_confidence: float = 0.5,
        page_size: int = 50,
    ) -> AsyncIterator[MaterialSearchResult]:
        """All pictures that match, the surest first, page after page."""
        offset = 0
        while True:
            page = await self.search(
                material_type=material_type,
                surface_finish=surface_finish,
                texture=texture,
                pattern=pattern,
                min_confidence=min_confidence,
                limit=page_size,
                offset=offset,
            )
            for result in page.results:
                yield result
            offset += len(page.results)
            if not page.results or offset >= page.total_count:
                return

    async def list_types(self) -> list[MaterialType]:
        """The materials that are told apart."""
        return [MaterialType.from_api_response(one) for one in await self._list(get("/materials/types"))]

    async def batch_classify(self, image_ids: Sequence[str], *, force: bool = False) -> BatchMaterialResult:
        """How many of up to 200 pictures will be looked at."""
        require_ids("image_ids", image_ids, MAX_BATCH_IMAGES)
        payload = {"image_ids": [*image_ids], "force": force}
        return BatchMaterialResult.from_api_response(await self._object(post("/materials/batch/classify", payload)))
