"""Query parameters as the API takes them: lists repeated or comma-separated."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, BeforeValidator

from aionserver.infra.web.text import Text
from aionserver.kit.pagination import LARGEST_OFFSET


def split_commas(value: Any) -> Any:
    """`['a,b', 'c']` as `['a', 'b', 'c']`; empty parts are dropped."""
    if not isinstance(value, list):
        return value
    parts = [part.strip() for item in value if isinstance(item, str) for part in item.split(",")]  # pyright: ignore[reportUnknownVariableType]
    return [part for part in parts if part]


def _within_reach(offset: int) -> int:
    # PostgreSQL counts rows in 64 bits; no list is longer than this.
    return min(offset, LARGEST_OFFSET)


# Beyond the end of any list there is an empty page, not an error.
Offset = Annotated[int, Query(ge=0), AfterValidator(_within_reach)]
QueryList = Annotated[list[Text] | None, Query(), BeforeValidator(split_commas)]
