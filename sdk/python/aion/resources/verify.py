"""Whether texts are true to pictures. Deprecated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Union

from .._requests import post, present
from ..exceptions import ValidationError
from ..types.batch import BatchStatusResult
from ..types.verify import VerificationResult
from ._base import Resource, require_choice, require_text
from ._batch_answers import batch_answers
from ._images import all_image_fields, image_fields, require_one_source
from .batch import batch_options, start_batch

__all__ = ["VerifyResource"]

MODES = ("response", "claim")
LONGEST_CONTENT = 10_000


class VerifyResource(Resource):
    """Whether texts are true to pictures."""

    async def verify(
        self,
        image: Optional[Union[str, Path, bytes]] = None,
        content: str = "",
        *,
        images: Optional[Sequence[Union[str, Path, bytes]]] = None,
        contents: Optional[Sequence[str]] = None,
        object_key: Optional[str] = None,
        object_keys: Optional[Sequence[str]] = None,
        mode: str = "response",
        verification_level: str = "standard",
        use_consensus: bool = True,
        providers: Optional[Sequence[str]] = None,
        rule_set_id: Optional[str] = None,
        rules: Optional[Sequence[dict[str, Any]]] = None,
        max_parallel: int = 5,
        timeout_per_item: int = 30,
        on_progress: Optional[Callable[[BatchStatusResult], None]] = None,
    ) -> Union[VerificationResult, list[VerificationResult]]:
        """Whether `content` is true to a picture, or each of `contents` to its own, in their order.

        A picture is an address, a path or bytes, or is named by its key in the storage. One is verified at once;
        `images` or `object_keys` as a batch whose states `on_progress` is handed.
        """
        require_one_source(image=image, images=images, object_key=object_key, object_keys=object_keys)
        options = present(
            verification_level=verification_level, providers=providers, rule_set_id=rule_set_id, rules=rules
        )
        if images is None and object_keys is None:
            require_choice("mode", mode, MODES)
            require_text("content", content, LONGEST_CONTENT)
            source = {"object_key": object_key} if image is None else await image_fields(image)
            payload = {**source, **options, "content": content, "mode": mode, "use_consensus": use_consensus}
            return VerificationResult.from_api_response(await self._object(post("/verify/", payload)))
        settings = batch_options(max_parallel, timeout_per_item, **options)
        pairs = _pairs(await all_image_fields(images, object_keys), contents or ([content] if content else []))
        started = await start_batch(self._http, "/batch/verify", "image_text_pairs", pairs, settings)
        answers = await batch_answers(self._http, self._config, started.batch_id, on_progress)
        return [VerificationResult.from_api_response(one) for one in answers]


def _pairs(fields: Sequence[dict[str, Any]], texts: Sequence[str]) -> list[dict[str, Any]]:
    if isinstance(texts, str) or len(texts) not in (1, len(fields)):
        raise ValidationError("contents must hold one text for each picture", details={"field": "contents"})
    every = [*texts] * len(fields) if len(texts) == 1 else [*texts]
    for text in every:
        require_text("contents", text, LONGEST_CONTENT)
    return [{"image": image, "text": text} for image, text in zip(fields, every)]
