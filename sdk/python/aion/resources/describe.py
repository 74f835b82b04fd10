"""Descriptions of pictures that are not kept. Deprecated: `uploads` keeps them and describes them too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Union

from .._requests import post, present
from ..types.batch import BatchStatusResult
from ..types.describe import DescriptionResult
from ._base import Resource
from ._batch_answers import batch_answers
from ._images import all_image_fields, image_fields, require_one_source
from .batch import batch_options, start_batch

__all__ = ["DescribeResource"]


class DescribeResource(Resource):
    """Descriptions of pictures that are not kept."""

    async def describe(
        self,
        image: Optional[Union[str, Path, bytes, Sequence[Union[str, Path, bytes]]]] = None,
        *,
        object_key: Optional[str] = None,
        object_keys: Optional[Sequence[str]] = None,
        verification_level: str = "standard",
        include_metadata: bool = True,
        include_tags: bool = True,
        providers: Optional[Sequence[str]] = None,
        prompt: Optional[str] = None,
        rule_set_id: Optional[str] = None,
        rules: Optional[Sequence[dict[str, Any]]] = None,
        max_parallel: int = 5,
        timeout_per_item: int = 30,
        on_progress: Optional[Callable[[BatchStatusResult], None]] = None,
    ) -> Union[DescriptionResult, list[DescriptionResult]]:
        """The description of a picture, or of each of several, in their order.

        A picture is an address, a path or bytes, or is named by its key in the storage. One is described at once;
        a list, or `object_keys`, as a batch whose states `on_progress` is handed.
        """
        require_one_source(image=image, object_key=object_key, object_keys=object_keys)
        options = present(
            verification_level=verification_level,
            providers=providers,
            prompt=prompt,
            rule_set_id=rule_set_id,
            rules=rules,
        )
        if object_keys is None and (image is None or isinstance(image, (str, Path, bytes))):
            source = {"object_key": object_key} if image is None else await image_fields(image)
            wanted = {"include_metadata": include_metadata, "include_tags": include_tags}
            answer = await self._object(post("/describe/", {**source, **options, **wanted}))
            return DescriptionResult.from_api_response(answer)
        several = None if isinstance(image, (str, Path, bytes)) else image
        settings = batch_options(max_parallel, timeout_per_item, **options)
        fields = await all_image_fields(several, object_keys)
        started = await start_batch(self._http, "/batch/describe", "images", fields, settings)
        answers = await batch_answers(self._http, self._config, started.batch_id, on_progress)
        return [DescriptionResult.from_api_response(one) for one in answers]
