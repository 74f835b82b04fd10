"""How large a JSON value from outside may be to be kept as it is."""

import json
from typing import Any, cast


def require_small(value: Any, most_bytes: int, most_depth: int) -> None:
    """ValueError for a value that is longer as JSON, nested deeper, or that PostgreSQL's jsonb can't hold."""
    if _is_deeper(value, most_depth):
        raise ValueError(f"must not be nested deeper than {most_depth}")
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("must not contain halves of characters (lone surrogates)") from None
    except ValueError:
        raise ValueError("must contain neither NaN nor infinite numbers") from None
    if size_bytes > most_bytes:
        raise ValueError(f"must have at most {most_bytes} bytes as JSON")
    if "\\u0000" in text and _has_nul(value):
        raise ValueError("must not contain the character U+0000")


def _parts(value: Any) -> list[Any]:
    """What an object or a list holds, names included; nothing for a plain value."""
    if isinstance(value, dict):
        items = cast(dict[Any, Any], value)
        return [*items.keys(), *items.values()]
    return cast(list[Any], value) if isinstance(value, list) else []


def _is_deeper(value: Any, depth: int) -> bool:
    """Level by level, so that no depth ends the stack."""
    level = [value]
    for _ in range(depth):
        level = [part for one in level for part in _parts(one)]
    return any(isinstance(one, (dict, list)) for one in level)


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    return any(_has_nul(part) for part in _parts(value))
