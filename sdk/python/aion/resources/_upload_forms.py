"""The plain fields that travel with uploaded files. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from .._requests import present
from ..exceptions import ValidationError
from ..types.common import StorageTarget
from ._tags import tag_list


def upload_form(
    storage_target: Union[StorageTarget, str], *, skip_duplicates: bool = False, **fields: Any
) -> dict[str, str]:
    """The fields that are given, as form text. Raises ValidationError for what no form can say."""
    try:
        target = StorageTarget(storage_target)
    except ValueError as error:
        raise ValidationError("storage_target must be default or custom") from error
    given = present(**fields, skip_duplicates="true" if skip_duplicates else None)
    if "tags" in given:
        given["tags"] = _tag_text(given["tags"])
    return {"storage_target": target.value, **{name: str(value) for name, value in given.items()}}


def _tag_text(tags: Union[str, Sequence[str]]) -> str:
    names = tag_list(tags)
    # the form takes them in one field, separated by commas
    if any("," in name for name in names):
        raise ValidationError("A tag must not contain a comma", details={"field": "tags"})
    return ",".join(names)
