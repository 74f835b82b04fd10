"""Pictures given by address, path or bytes, as describe and verify send them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional, Union

from .._requests import present
from ..exceptions import UploadError, ValidationError

ImageSource = Union[str, Path, bytes]

MAX_IMAGE_BYTES = 100 * 1024 * 1024


async def image_fields(source: ImageSource) -> dict[str, Any]:
    """The field that holds the picture: its address, or its bytes in base64."""
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        return {"image_url": source}
    content = source if isinstance(source, bytes) else await asyncio.to_thread(_read, Path(source).expanduser())
    if not content or len(content) > MAX_IMAGE_BYTES:
        raise ValidationError("A picture must have 1 byte to 100 MiB", details={"field": "image"})
    return {"image_base64": base64.b64encode(content).decode("ascii")}


async def all_image_fields(
    images: Optional[Sequence[ImageSource]], object_keys: Optional[Sequence[str]]
) -> list[dict[str, Any]]:
    """The fields of each picture; those in the storage are named by their keys, after the others."""
    fields = [await image_fields(one) for one in images or ()]
    return fields + [{"object_key": key} for key in object_keys or ()]


def require_one_source(**sources: Any) -> None:
    """Raises ValidationError unless exactly one of `sources` is given."""
    if len(present(**sources)) != 1:
        raise ValidationError(f"Give exactly one of {', '.join(sources)}")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # one byte more than may be sent, so that a huge file is refused and not read
            return file.read(MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise UploadError(f"Cannot read {path}: {error.strerror}", filename=path.name, stage="upload") from error
