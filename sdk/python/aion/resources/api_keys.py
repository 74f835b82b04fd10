"""Keys of the API. All of this needs the token of a session in the place of a key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Optional

from .._requests import delete, get, post, present, put
from ..exceptions import ValidationError
from ..types.api_keys import ApiKey, ApiKeyList, NewApiKey
from ._base import Resource, require_text

__all__ = ["ApiKeysResource"]

LONGEST_NAME = 255


class ApiKeysResource(Resource):
    """Keys of the API; the client must have been given the token of a session."""

    async def create(
        self,
        name: str,
        *,
        description: Optional[str] = None,
        scopes: Optional[Sequence[str]] = None,
        metadata: Optional[dict[str, Any]] = None,
        expires_at: Optional[datetime] = None,
        rate_limit_per_minute: Optional[int] = None,
    ) -> NewApiKey:
        """A new key; its secret is told only here. Without `scopes` it may do what its maker may."""
        require_text("name", name, LONGEST_NAME)
        payload = present(
            name=name,
            description=description,
            scopes=None if scopes is None else [*scopes],
            metadata=metadata,
            expires_at=None if expires_at is None else expires_at.isoformat(),
            rate_limit_per_minute=rate_limit_per_minute,
        )
        return NewApiKey.from_api_response(await self._object(post("/api-keys", payload)))

    async def list(
        self, *, include_inactive: bool = False, limit: Optional[int] = None, offset: Optional[int] = None
    ) -> ApiKeyList:
        """The keys of the tenant."""
        query = {"include_inactive": include_inactive, "limit": limit, "offset": offset}
        return ApiKeyList.from_api_response(await self._object(get("/api-keys", query)))

    async def list_all(self, *, include_inactive: bool = False, page_size: int = 1000) -> AsyncIterator[ApiKey]:
        """All keys of the tenant, page after page."""
        offset = 0
        while True:
            page = await self.list(include_inactive=include_inactive, limit=page_size, offset=offset)
            for key in page.api_keys:
                yield key
            offset += len(page.api_keys)
            if offset >= page.total or not page.api_keys:
                return

    async def get(self, api_key_id: str) -> ApiKey:
        """One key."""
        return ApiKey.from_api_response(await self._object(get("/api-keys/{api_key_id}", api_key_id=api_key_id)))

    async def update(
        self,
        api_key_id: str,
        *,
        name: Optional[str] = None,
        description: Optional[str] = None,
        metadata: Optional[dict[str, Any]] = None,
    ) -> ApiKey:
        """The key after a change; metadata is merged. What it may do cannot be changed."""
        changes = present(name=name, description=description, metadata=metadata)
        if not changes:
            raise ValidationError("Give a name, a description or metadata to change")
        request = put("/api-keys/{api_key_id}", changes, api_key_id=api_key_id)
        return ApiKey.from_api_response(await self._object(request))

    async def delete(self, api_key_id: str, *, reason: Optional[str] = None) -> None:
        """Ends a key at once."""
        await self._http.send(delete("/api-keys/{api_key_id}", {"reason": reason}, api_key_id=api_key_id))
