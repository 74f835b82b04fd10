"""The results of an upload, whatever was uploaded."""

from __future__ import annotations

from typing import Protocol, TypeVar


class Outcome(Protocol):
    """What became of one file."""

    @property
    def is_failed(self) -> bool: ...

    @property
    def is_pending(self) -> bool: ...


OutcomeT = TypeVar("OutcomeT", bound=Outcome)


class UploadResults(list[OutcomeT]):
    """The results of an upload, in the order of the files. Subclasses say what may be tried again."""

    @property
    def has_failures(self) -> bool:
        """Whether any was not stored, or could not be processed."""
        return any(result.is_failed for result in self)

    @property
    def failed_count(self) -> int:
        """How many were not stored, or could not be processed."""
        return len(self.failed())

    @property
    def succeeded_count(self) -> int:
        """How many need nothing more."""
        return len(self.succeeded())

    @property
    def pending_count(self) -> int:
        """How many are still being processed."""
        return len(self.pending())

    def failed(self) -> list[OutcomeT]:
        """Those that were not stored, or could not be processed."""
        return [result for result in self if result.is_failed]

    def succeeded(self) -> list[OutcomeT]:
        """Those that need nothing more: processed, or stored without that being wanted."""
        return [result for result in self if not result.is_failed and not result.is_pending]

    def pending(self) -> list[OutcomeT]:
        """Those that are still being processed."""
        return [result for result in self if result.is_pending]

    def retryable(self) -> list[OutcomeT]:
        """The failed ones for which trying again can help."""
        raise NotImplementedError

    def summary(self) -> str:
        """The counts in words: `3 succeeded, 1 failed (1 retryable)`."""
        parts = [f"{self.succeeded_count} succeeded"]
        if self.has_failures:
            parts.append(f"{self.failed_count} failed ({len(self.retryable())} retryable)")
        if self.pending_count:
            parts.append(f"{self.pending_count} pending")
        return ", ".join(parts)
