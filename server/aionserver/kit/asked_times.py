"""The time that a question is about, as its parameters say it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from aionserver.kit.dates import in_utc
from aionserver.kit.periods import EPOCH, Span

FAR = datetime(2200, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class AskedTime:
    """From `start` to `end`, both included where they are given; those without an offset are in the zone."""

    zone: ZoneInfo
    start: datetime | None = None
    end: datetime | None = None

    def span(self, usual: Span) -> Span:
        """The time asked for; where an end of it is not, that of the usual. ValueError when it is of no length."""
        length = usual.end - usual.start
        start = self._moment(self.start) if self.start else None
        end = self._moment(self.end) + TICK if self.end else None
        if start is None:
            start = usual.start if end is None or end > usual.start else end - length
        if end is None:
            end = usual.end if usual.end > start else start + length
        if end <= start:
            raise ValueError("is before start_date")
        return Span(start, end)

    def _moment(self, given: datetime) -> datetime:
        moment = in_utc(given if given.tzinfo else given.replace(tzinfo=self.zone))
        return min(FAR, max(EPOCH, moment))

    def local(self, moment: datetime) -> datetime:
        """A moment as the zone's clocks show it."""
        return moment.astimezone(self.zone)
