"""Adding up what the ledger says."""

from collections.abc import Iterable
from dataclasses import dataclass

from aionserver.domains.usage.queries import Measures
from aionserver.domains.usage.work import CHARGE, FAILURE, REFUND


@dataclass(frozen=True)
class Tally:
    """Measures of some entries, added up. What is refunded did not succeed."""

    total: int
    successful: int
    failed: int
    credits: int
    read: int
    written: int
    cache_read: int
    cache_created: int
    avg_processing_ms: float | None


def tally(sums: Iterable[Measures], *operations: str) -> Tally:
    """The measures of the named operations, or of all."""
    chosen = [one for one in sums if not operations or one.operation in operations]
    counts = {kind: sum(one.entries for one in chosen if one.kind == kind) for kind in (CHARGE, REFUND, FAILURE)}
    timed, elapsed_ms = sum(one.timed_entries for one in chosen), sum(one.processing_ms for one in chosen)
    return Tally(
        total=counts[CHARGE] + counts[FAILURE],
        successful=counts[CHARGE] - counts[REFUND],
        failed=counts[REFUND] + counts[FAILURE],
        credits=sum(one.credits for one in chosen),
        read=sum(one.input_tokens for one in chosen),
        written=sum(one.output_tokens for one in chosen),
        cache_read=sum(one.cache_read_tokens for one in chosen),
        cache_created=sum(one.cache_creation_tokens for one in chosen),
        avg_processing_ms=round(elapsed_ms / timed, 1) if timed else None,
    )


def share(part: float, whole: float) -> float:
    """So many hundredths of the whole, 0 to 100; of nothing, 0."""
    return round(min(100.0, max(0.0, 100 * part / whole)), 2) if whole > 0 else 0.0
