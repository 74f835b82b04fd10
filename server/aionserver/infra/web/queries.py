"""Query parameters as the API takes them: lists repeated or comma-separated."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import AfterValidator, BeforeValidator

from aionserver.infra.errors import InvalidInput
from aionserver.infra.web.text import Text
from aionserver.kit.asked_times import AskedTime
from aionserver.kit.dates import end_of_local_day
from aionserver.kit.pagination import LARGEST_OFFSET
from aionserver.kit.periods import zone_of


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


def asked_zone(
    timezone: Annotated[str, Query(description="An IANA name, such as Europe/Berlin.")] = "UTC",
) -> AskedTime:
    """A time zone, in which days begin."""
    try:
        return AskedTime(zone_of(timezone))
    except ValueError as error:
        raise InvalidInput.field("timezone", str(error)) from error


def asked_time(
    zone: Annotated[AskedTime, Depends(asked_zone)],
    start_date: Annotated[datetime | None, Query(description="Without an offset it is in the time zone.")] = None,
    end_date: Annotated[
        datetime | None, BeforeValidator(end_of_local_day), Query(description="A date means until its end.")
    ] = None,
) -> AskedTime:
    """The time a question is about."""
    return AskedTime(zone.zone, start_date, end_date)


AskedZone = Annotated[AskedTime, Depends(asked_zone)]
Asked = Annotated[AskedTime, Depends(asked_time)]
