"""Batches: many pictures described or verified in one go."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Sequence
from typing import Any, Callable, Optional

from .._polling import Patience
from .._requests import delete, get, post, present
from .._transport import HTTPClient
from ..exceptions import AionvisionTimeoutError, BatchError, ValidationError
from ..types.batch import (
    BatchImageInput,
    BatchItemResult,
    BatchItemStatus,
    BatchResults,
    BatchStatus,
    BatchStatusResult,
    BatchSubmissionResult,
    BatchVerifyInput,
)
from ._base import Resource, require_within

__all__ = ["BatchResource"]

MAX_PAGE_SIZE = 500
MOST_PARALLEL = 20
LEAST_ITEM_SECONDS, MOST_ITEM_SECONDS = 5, 300


class BatchResource(Resource):
    """Batches of pictures."""

    async def get_status(self, batch_id: str) -> BatchStatusResult:
        """How far a batch is."""
        return BatchStatusResult.from_api_response(await self._object(get("/batch/{batch_id}", batch_id=batch_id)))

    async def get_results(
        self, batch_id: str, *, include_failed: bool = True, offset: int = 0, limit: int = 100
    ) -> BatchResults:
        """One page of the results of a batch, in the order the pictures were given."""
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        query = {"include_failed": include_failed, "offset": offset, "limit": limit}
        return BatchResults.from_api_response(
            await self._object(get("/batch/{batch_id}/results", query, batch_id=batch_id))
        )

    async def get_all_results(
        self, batch_id: str, *, include_failed: bool = True, page_size: int = 100
    ) -> AsyncIterator[BatchItemResult]:
        """All results of a batch, page after page."""
        offset = 0
        while True:
            page = await self.get_results(batch_id, include_failed=include_failed, offset=offset, limit=page_size)
            for result in page.results:
                yield result
            offset += len(page.results)
            if not page.pagination.has_more or not page.results:
                return

    async def cancel(self, batch_id: str) -> None:
        """Cancels a batch that is pending or processing; raises ValidationError for one that has ended."""
        await self._http.send(delete("/batch/{batch_id}", batch_id=batch_id))

    async def wait_for_completion(
        self,
        batch_id: str,
        *,
        timeout: Optional[float] = None,
        poll_interval: Optional[float] = None,
        on_progress: Optional[Callable[[BatchStatusResult], None]] = None,
    ) -> BatchStatusResult:
        """The batch once it has ended; `on_progress` is handed every state seen.

        Raises BatchError with the ids of failed items when the batch failed, AionvisionTimeoutError with the last
        state when time is over.
        """
        status: Optional[BatchStatusResult] = None
        async for _ in Patience.of(self._config, timeout, poll_interval).turns():
            status = await self.get_status(batch_id)
            if on_progress is not None:
                on_progress(status)
            if status.status is BatchStatus.FAILED:
                raise BatchError("The batch failed", batch_id=batch_id, failed_items=await self._failed_items(batch_id))
            if status.is_terminal():
                return status
        raise AionvisionTimeoutError(f"The batch {batch_id} did not end in time", last_result=status)

    async def submit_describe(
        self,
        images: Sequence[BatchImageInput],
        *,
        verification_level: str = "standard",
        providers: Optional[Sequence[str]] = None,
        prompt: Optional[str] = None,
        max_parallel: int = 5,
        timeout_per_item: int = 30,
        rule_set_id: Optional[str] = None,
        rules: Optional[Sequence[dict[str, Any]]] = None,
    ) -> BatchSubmissionResult:
        """A started batch of descriptions. Deprecated: uploaded pictures are described by themselves."""
        _warn_deprecated("submit_describe")
        options = batch_options(
            max_parallel,
            timeout_per_item,
            verification_level=verification_level,
            providers=providers,
            prompt=prompt,
            rule_set_id=rule_set_id,
            rules=rules,
        )
        return await start_batch(
            self._http, "/batch/describe", "images", [image.to_dict() for image in images], options
        )

    async def submit_verify(
        self,
        pairs: Sequence[BatchVerifyInput],
        *,
        verification_level: str = "standard",
        providers: Optional[Sequence[str]] = None,
        max_parallel: int = 5,
        timeout_per_item: int = 30,
        rule_set_id: Optional[str] = None,
        rules: Optional[Sequence[dict[str, Any]]] = None,
    ) -> BatchSubmissionResult:
        """A started batch that holds texts against pictures. Deprecated."""
        _warn_deprecated("submit_verify")
        options = batch_options(
            max_parallel,
            timeout_per_item,
            verification_level=verification_level,
            providers=providers,
            rule_set_id=rule_set_id,
            rules=rules,
        )
        given = [pair.to_dict() for pair in pairs]
        return await start_batch(self._http, "/batch/verify", "image_text_pairs", given, options)

    async def _failed_items(self, batch_id: str) -> list[str]:
        return [one.item_id async for one in self.get_all_results(batch_id) if one.status is BatchItemStatus.FAILED]


def batch_options(max_parallel: int, timeout_per_item: int, **options: Any) -> dict[str, Any]:
    """What a batch is told beside its items. Raises ValidationError for what is out of range."""
    require_within("max_parallel", max_parallel, 1, MOST_PARALLEL)
    require_within("timeout_per_item", timeout_per_item, LEAST_ITEM_SECONDS, MOST_ITEM_SECONDS)
    return {**present(**options), "max_parallel": max_parallel, "timeout_per_item": timeout_per_item}


async def start_batch(
    http: HTTPClient, template: str, name: str, items: Sequence[dict[str, Any]], options: dict[str, Any]
) -> BatchSubmissionResult:
    """The started batch."""
    if not items:
        raise ValidationError("Give at least one picture", details={"field": name})
    answer = await http.send(post(template, {name: [*items], **options}))
    return BatchSubmissionResult.from_api_response(answer.object())


def _warn_deprecated(name: str) -> None:
    # one level for this function, one for the method
    warnings.warn(f"batch.{name} is deprecated; upload the pictures instead", DeprecationWarning, stacklevel=3)
