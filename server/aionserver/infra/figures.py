"""What a process has counted: sums that only grow, and a few readings that stand for now."""

from bisect import bisect_left
from collections.abc import Mapping

# A name, and what it is of: operations, jobs and the like, never a tenant or a path with ids in it.
Key = tuple[str, ...]
# One number for a count; for times their sum, and how many fell under each bound and above them all.
Series = Mapping[Key, list[float]]

BOUNDS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
IN_PROGRESS = "requests_in_progress"
MEMORY = "process_resident_memory_bytes"
PROCESSES = "processes"
# These end with their process; all else is counted on after its death.
OF_THE_LIVING = frozenset({IN_PROGRESS, MEMORY, PROCESSES})


class Figures:
    """Counts and times of this process. Cheap enough for every request; one thread adds, any may read a copy."""

    def __init__(self) -> None:
        self._series: dict[Key, list[float]] = {}

    def add(self, key: Key, amount: float = 1.0) -> None:
        """Count on."""
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = [0.0]
        found[0] += amount

    def put(self, key: Key, value: float) -> None:
        """Say how something stands now."""
        self._series[key] = [value]

    def time(self, key: Key, seconds: float) -> None:
        """Count one more that took so long."""
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = [0.0] * (len(BOUNDS_SECONDS) + 2)
        found[0] += seconds
        found[1 + bisect_left(BOUNDS_SECONDS, seconds)] += 1

    def copy(self) -> dict[Key, list[float]]:
        """All of it as it stands."""
        # A list of them is made at once, whichever thread adds meanwhile.
        return {key: [*values] for key, values in list(self._series.items())}


def added(into: dict[Key, list[float]], more: Series) -> None:
    """Add series to others, number by number; one that another version counted in another form gives way."""
    for key, values in more.items():
        known = into.get(key)
        if known is None or len(known) != len(values):
            into[key] = [*values]
        else:
            into[key] = [one + other for one, other in zip(known, values, strict=True)]


def lasting(series: Series) -> dict[Key, list[float]]:
    """What is counted on after the death of the process that counted it."""
    return {key: [*values] for key, values in series.items() if key[0] not in OF_THE_LIVING}
