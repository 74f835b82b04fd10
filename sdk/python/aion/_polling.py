"""Asking again until something is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Optional

from .config import ClientConfig

FIRST_PAUSE_SECONDS = 0.25
GROWTH = 1.5


@dataclass(frozen=True)
class Patience:
    """How long to wait in all, and at most between two questions. Pauses start short, for work that is soon done."""

    timeout_seconds: float
    pause_seconds: float
    first_pause_seconds: float

    @classmethod
    def of(
        cls,
        config: ClientConfig,
        timeout: Optional[float] = None,
        poll_interval: Optional[float] = None,
        *,
        longest_pause: Optional[float] = None,
    ) -> Patience:
        """The configured patience, or what the caller asks for; an interval that is asked for is kept to."""
        usual = config.polling_interval if longest_pause is None else longest_pause
        longest = usual if poll_interval is None else poll_interval
        first = min(FIRST_PAUSE_SECONDS, longest) if poll_interval is None else longest
        return cls(config.polling_timeout if timeout is None else timeout, longest, first)

    async def turns(self) -> AsyncIterator[int]:
        """One turn at once and one after every pause; ends when the time is over."""
        deadline = time.monotonic() + self.timeout_seconds
        pause, turn = self.first_pause_seconds, 0
        while True:
            yield turn
            left = deadline - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(min(pause, left))
            pause, turn = min(pause * GROWTH, self.pause_seconds), turn + 1
