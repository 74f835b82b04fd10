"""How many files of an upload session are how far, and what that makes of the session."""

from dataclasses import dataclass
from datetime import datetime

from aionserver.domains.uploads.schemas import SessionStatus


@dataclass(frozen=True)
class Tally:
    """Files that are `awaited` at presigned URLs, `under_way`, and in what state they ended; `expired` ones failed.

    `touched_at` is when something happened to one of the files last.
    """

    awaited: int = 0
    under_way: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    expired: int = 0
    touched_at: datetime | None = None

    @property
    def ended(self) -> int:
        """Files that nothing more happens to."""
        return self.completed + self.failed + self.skipped

    @property
    def unfinished(self) -> int:
        """Files that have not ended."""
        return self.awaited + self.under_way

    @property
    def percentage(self) -> float:
        """How much of the session is done."""
        total = self.ended + self.unfinished
        return round(100 * self.ended / total, 1) if total else 100.0

    def ended_at(self, begun_at: datetime, cancelled_at: datetime | None) -> datetime | None:
        """When the session ended; None while it goes on."""
        if cancelled_at is not None or self.unfinished:
            return cancelled_at
        return self.touched_at or begun_at

    def status(self, *, is_cancelled: bool) -> SessionStatus:
        """One word for the session."""
        if is_cancelled:
            return "cancelled"
        if self.awaited:
            return "uploading" if self.ended or self.under_way else "pending"
        if self.under_way:
            return "processing"
        if not self.ended or self.failed < self.ended:
            return "completed"
        return "expired" if self.expired == self.ended else "failed"
