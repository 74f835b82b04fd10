"""Query parameters as the API takes them: lists repeated or comma-separated."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator

from aionserver.infra.web.text import Text


def split_commas(value: Any) -> Any:
    """`['a,b', 'c']` as `['a', 'b', 'c']`; empty parts are dropped."""
    if not isinstance(value, list):
        return value
    parts = [part.strip() for item in value if isinstance(item, str) for part in item.split(",")]  # pyright: ignore[reportUnknownVariableType]
    return [part for part in parts if part]


QueryList = Annotated[list[Text] | None, Query(), BeforeValidator(split_commas)]
