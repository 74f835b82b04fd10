"""Dates as people write them."""

import re
from typing import Any

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def end_of_day(written: Any) -> Any:
    """A date without a time as the last moment of that day; anything else as it stands."""
    return f"{written}T23:59:59.999999Z" if isinstance(written, str) and _DATE.fullmatch(written) else written
