"""Whether and when a failed attempt is repeated. Pure: the clock and the dice are handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Callable, Optional

RETRYABLE_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_BACKOFF_SECONDS = 30.0
LONGEST_RETRY_AFTER_SECONDS = 60.0


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with full jitter; a server's Retry-After goes before it."""

    max_retries: int
    first_delay_seconds: float

    def delay_seconds(
        self, attempt: int, retry_after_seconds: Optional[float], dice: Callable[[], float]
    ) -> Optional[float]:
        """How long to wait after failed attempt `attempt` (from 0); None when there is to be no other.

        `dice` gives a number from 0 to 1. A Retry-After beyond a minute is for the caller to decide.
        """
        if attempt >= self.max_retries:
            return None
        if retry_after_seconds is None:
            return self._ceiling_seconds(attempt) * dice()
        return retry_after_seconds if retry_after_seconds <= LONGEST_RETRY_AFTER_SECONDS else None

    def _ceiling_seconds(self, attempt: int) -> float:
        # the exponent is bounded because 2.0 ** 1024 overflows
        return min(LONGEST_BACKOFF_SECONDS, self.first_delay_seconds * 2.0 ** min(attempt, 64))


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> Optional[float]:
    """The wait a Retry-After header asks for, given in seconds or as a date; None without a readable one."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - now).total_seconds())
