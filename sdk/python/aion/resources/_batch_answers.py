"""From a started batch to the results of its items, in their order."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .._transport import HTTPClient
from ..config import ClientConfig
from ..exceptions import BatchError
from ..types.batch import BatchItemStatus, BatchStatusResult
from .batch import BatchResource


async def batch_answers(
    http: HTTPClient,
    config: ClientConfig,
    batch_id: str,
    on_progress: Optional[Callable[[BatchStatusResult], None]],
) -> list[dict[str, Any]]:
    """What the items of a batch gave. Raises BatchError with the ids of those that failed."""
    batch = BatchResource(http, config)
    await batch.wait_for_completion(batch_id, on_progress=on_progress)
    items = sorted([one async for one in batch.get_all_results(batch_id)], key=lambda one: one.item_index)
    failed = [one for one in items if one.status is not BatchItemStatus.SUCCESS]
    if failed:
        reason = failed[0].error_message or "no reason given"
        message = f"{len(failed)} of {len(items)} pictures failed; first: {reason}"
        raise BatchError(message, batch_id=batch_id, failed_items=[one.item_id for one in failed])
    return [{"operation_id": one.item_id, **(one.output_data or {})} for one in items]
