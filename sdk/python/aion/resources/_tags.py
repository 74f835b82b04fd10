"""How callers write tags. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union


def tag_list(tags: Union[str, Sequence[str]]) -> list[str]:
    """The tags one by one; a string holds several, separated by commas."""
    if not isinstance(tags, str):
        return [*tags]
    return [tag for tag in map(str.strip, tags.split(",")) if tag]
