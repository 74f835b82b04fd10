"""Colours of pictures: their palettes, and pictures found by colour."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Optional

from .._requests import get, post, present
from ..exceptions import ValidationError
from ..types.colors import (
    BatchColorExtractionResult,
    ColorExtractionResult,
    ColorFamily,
    ColorFamilyInfo,
    ColorSearchResponse,
    ColorSearchResult,
)
from ._base import Resource, require_ids, require_within

__all__ = ["ColorsResource"]

LEAST_COLORS, MOST_COLORS = 3, 16
MAX_PAGE_SIZE = 200
MAX_BATCH_IMAGES = 200


class ColorsResource(Resource):
    """Colours of pictures."""

    async def extract(self, image_id: str, *, force: bool = False, n_colors: int = 16) -> ColorExtractionResult:
        """The palette of a picture, of up to `n_colors` colours; what is there already stays, unless `force`."""
        require_within("n_colors", n_colors, LEAST_COLORS, MOST_COLORS)
        query = {"force": force, "n_colors": n_colors}
        request = post("/colors/images/{image_id}/extract", query=query, image_id=image_id)
        return ColorExtractionResult.from_api_response(await self._object(request))

    async def get(self, image_id: str) -> ColorExtractionResult:
        """The palette of a picture, or how far it is."""
        request = get("/colors/images/{image_id}", image_id=image_id)
        return ColorExtractionResult.from_api_response(await self._object(request))

    async def search(
        self,
        *,
        hex_code: Optional[str] = None,
        color_name: Optional[str] = None,
        color_family: Optional[str] = None,
        delta_e_threshold: float = 15.0,
        min_percentage: float = 5.0,
        limit: int = 50,
        offset: int = 0,
    ) -> ColorSearchResponse:
        """One page of pictures in which a colour covers `min_percentage` or more, best first.

        The colour is a hex code such as `#4169E1`, matched up to a distance (CIEDE2000) of `delta_e_threshold`,
        a name, a family, or several of these at once.
        """
        family = color_family.value if isinstance(color_family, ColorFamily) else color_family
        criteria = present(hex_code=hex_code, color_name=color_name, color_family=family)
        if not criteria:
            raise ValidationError("Give hex_code, color_name or color_family")
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        bounds = {"delta_e_threshold": delta_e_threshold, "min_percentage": min_percentage}
        request = post("/colors/search", {**criteria, **bounds, "limit": limit, "offset": offset})
        return ColorSearchResponse.from_api_response(await self._object(request))

    async def search_all(
        self,
        *,
        hex_code: Optional[str] = None,
        color_name: Optional[str] = None,
        color_family: Optional[str] = None,
        delta_e_threshold: float = 15.0,
        min_percentage: float = 5.0,
        page_size: int = 50,
    ) -> AsyncIterator[ColorSearchResult]:
        """All pictures that match, best first, page after page."""
        offset = 0
        while True:
            page = await self.search(
                hex_code=hex_code,
                color_name=color_name,
                color_family=color_family,
                delta_e_threshold=delta_e_threshold,
                min_percentage=min_percentage,
                limit=page_size,
                offset=offset,
            )
            for result in page.results:
                yield result
            offset += len(page.results)
            if not page.results or offset >= page.total_count:
                return

    async def list_families(self) -> list[ColorFamilyInfo]:
        """The families of colours."""
        return [ColorFamilyInfo.from_api_response(one) for one in await self._list(get("/colors/families"))]

    async def batch_extract(
        self, image_ids: Sequence[str], *, force: bool = False, n_colors: int = 16
    ) -> BatchColorExtractionResult:
        """How many of up to 200 pictures will get their palettes."""
        require_ids("image_ids", image_ids, MAX_BATCH_IMAGES)
        require_within("n_colors", n_colors, LEAST_COLORS, MOST_COLORS)
        payload = {"image_ids": [*image_ids], "force": force, "n_colors": n_colors}
        return BatchColorExtractionResult.from_api_response(await self._object(post("/colors/batch/extract", payload)))
