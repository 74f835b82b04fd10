"""A circuit breaker per endpoint. Pure: the clock is handed in.

closed ──failures in a row──► open ──time──► half-open ──successes──► closed
                               ▲                │
                               └────failure─────┘
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class BreakerPolicy:
    """When a circuit opens, for how long, and what closes it again."""

    failure_threshold: int
    success_threshold: int
    open_seconds: float


@dataclass
class Circuit:
    """The state of one endpoint."""

    failures: int = 0
    successes: int = 0
    probes: int = 0
    opened_at: Optional[float] = None


class CircuitBreaker:
    """Says of each endpoint whether it may be tried now. Times are in seconds of any steady clock."""

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._circuits: dict[str, Circuit] = {}

    def enter(self, endpoint: str, now: float) -> float:
        """0 when an attempt may start (it must be reported with `leave`), or the seconds to wait first."""
        circuit = self._circuits.setdefault(endpoint, Circuit())
        if circuit.opened_at is None:
            return 0.0
        wait = circuit.opened_at + self._policy.open_seconds - now
        if wait > 0:
            return wait
        if circuit.probes >= self._policy.success_threshold - circuit.successes:
            return self._policy.open_seconds
        circuit.probes += 1
        return 0.0

    def leave(self, endpoint: str, now: float, *, healthy: Optional[bool]) -> None:
        """Reports how an attempt ended; None when it was abandoned and says nothing."""
        circuit = self._circuits[endpoint]
        circuit.probes = max(0, circuit.probes - 1)
        if healthy is True:
            self._succeeded(circuit)
        elif healthy is False:
            self._failed(circuit, now)

    def is_open(self, endpoint: str) -> bool:
        """Whether the endpoint waits for its recovery."""
        circuit = self._circuits.get(endpoint)
        return circuit is not None and circuit.opened_at is not None

    def _succeeded(self, circuit: Circuit) -> None:
        circuit.failures = 0
        if circuit.opened_at is None:
            return
        circuit.successes += 1
        if circuit.successes >= self._policy.success_threshold:
            circuit.opened_at, circuit.successes = None, 0

    def _failed(self, circuit: Circuit, now: float) -> None:
        circuit.failures += 1
        if circuit.opened_at is not None or circuit.failures >= self._policy.failure_threshold:
            circuit.opened_at, circuit.successes = now, 0
