"""Rules that pictures are held against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Optional

from .._requests import delete, get, patch, post, present, put
from ..types.rules import RuleSet, RuleSetList, RuleTemplate, RuleTestResult, VisualMemoryStatus
from ._base import Resource, require_text, require_within

__all__ = ["RulesResource"]

LONGEST_NAME = 255
MAX_PAGE_SIZE = 100


class RulesResource(Resource):
    """Sets of rules that pictures are held against."""

    async def create(
        self,
        name: str,
        description: str,
        rules: Sequence[dict[str, Any]],
        *,
        enabled: bool = True,
        metadata: Optional[dict[str, Any]] = None,
        reference_image_url: Optional[str] = None,
        user_description: Optional[str] = None,
    ) -> RuleSet:
        """A new set; a rule has a name, a description, a rule_type and a config."""
        require_text("name", name, LONGEST_NAME)
        more = present(metadata=metadata, reference_image_url=reference_image_url, user_description=user_description)
        payload = {"name": name, "description": description, "rules": [*rules], "enabled": enabled, **more}
        return RuleSet.from_api_response(await self._object(post("/rules", payload)))

    async def list(self, *, enabled_only: bool = False, page: int = 1, page_size: int = 20) -> RuleSetList:
        """One page of sets, the first being 1."""
        require_within("page_size", page_size, 1, MAX_PAGE_SIZE)
        query = {"enabled_only": enabled_only, "page": page, "page_size": page_size}
        return RuleSetList.from_api_response(await self._object(get("/rules", query)))

    async def list_all(self, *, enabled_only: bool = False, page_size: int = 50) -> AsyncIterator[RuleSet]:
        """All sets, page after page."""
        number, seen = 1, 0
        while True:
            page = await self.list(enabled_only=enabled_only, page=number, page_size=page_size)
            for rule_set in page.rule_sets:
                yield rule_set
            number, seen = number + 1, seen + len(page.rule_sets)
            if not page.rule_sets or seen >= page.total:
                return

    async def get(self, rule_set_id: str) -> RuleSet:
        """One set."""
        return RuleSet.from_api_response(await self._object(get("/rules/{rule_set_id}", rule_set_id=rule_set_id)))

    async def update(
        self,
        rule_set_id: str,
        name: str,
        description: str,
        *,
        rules: Optional[Sequence[dict[str, Any]]] = None,
        enabled: bool = True,
        metadata: Optional[dict[str, Any]] = None,
        reference_image_url: Optional[str] = None,
        user_description: Optional[str] = None,
    ) -> RuleSet:
        """The set, replaced; without `rules` it keeps those it has."""
        require_text("name", name, LONGEST_NAME)
        more = present(
            rules=None if rules is None else [*rules],
            metadata=metadata,
            reference_image_url=reference_image_url,
            user_description=user_description,
        )
        payload = {"name": name, "description": description, "enabled": enabled, **more}
        return RuleSet.from_api_response(
            await self._object(put("/rules/{rule_set_id}", payload, rule_set_id=rule_set_id))
        )

    async def delete(self, rule_set_id: str) -> None:
        """Deletes a set."""
        await self._http.send(delete("/rules/{rule_set_id}", rule_set_id=rule_set_id))

    async def toggle(self, rule_set_id: str, enabled: bool) -> None:
        """Turns a set on or off."""
        await self._http.send(patch("/rules/{rule_set_id}/toggle", {"enabled": enabled}, rule_set_id=rule_set_id))

    async def test(
        self, rule_set_id: str, image_url: str, *, rule_ids: Optional[Sequence[str]] = None
    ) -> RuleTestResult:
        """Whether the picture at an address keeps the rules, or those of `rule_ids`."""
        payload = present(image_url=image_url, rule_ids=None if rule_ids is None else [*rule_ids])
        request = post("/rules/{rule_set_id}/test", payload, rule_set_id=rule_set_id)
        return RuleTestResult.from_api_response(await self._object(request))

    async def visual_memory_status(self, rule_set_id: str) -> VisualMemoryStatus:
        """How far the reference picture of a set is."""
        request = get("/rules/{rule_set_id}/visual-memory/status", rule_set_id=rule_set_id)
        return VisualMemoryStatus.from_api_response(await self._object(request))

    async def reprocess_visual_memory(self, rule_set_id: str) -> None:
        """Has the reference picture of a set looked at again."""
        await self._http.send(post("/rules/{rule_set_id}/visual-memory/reprocess", rule_set_id=rule_set_id))

    async def templates(self, *, category: Optional[str] = None) -> Sequence[RuleTemplate]:
        """Rules to start from."""
        answer = await self._list(get("/rules/templates/", {"category": category}))
        return [RuleTemplate.from_api_response(one) for one in answer]
