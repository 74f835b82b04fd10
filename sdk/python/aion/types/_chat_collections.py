"""From what a chat found to a collection of files."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Protocol, cast

from .file_collection import FileCollection, FileRef


class Pictured(Protocol):
    """What is known of a picture in a chat."""

    @property
    def image_id(self) -> str: ...

    @property
    def filename(self) -> str: ...


def collection_of(
    pictures: Optional[Sequence[Pictured]], result_refs: Mapping[str, Any], source: str
) -> FileCollection:
    """The pictures and all results, each once."""
    known = [FileRef(one.image_id, _type_of(one.filename), one.filename or None) for one in pictures or ()]
    shown = FileCollection(known, "image" if known else "unknown", source)
    found = [_results(cast("Mapping[str, Any]", one), source) for one in result_refs.values() if isinstance(one, dict)]
    return FileCollection.merge(shown, *found)


def _results(result_set: Mapping[str, Any], source: str) -> FileCollection:
    ids = result_set.get("ids") or result_set.get("image_ids")
    listed = [str(one) for one in cast("list[Any]", ids)] if isinstance(ids, list) else []
    kind = result_set.get("id_type")
    return FileCollection.from_ids(listed, kind if isinstance(kind, str) else "image", source)


def _type_of(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"
