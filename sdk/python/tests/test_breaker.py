"""The circuit breaker by its clock."""

from __future__ import annotations

from aion._breaker import BreakerPolicy, CircuitBreaker

POLICY = BreakerPolicy(failure_threshold=3, success_threshold=2, open_seconds=30.0)


def attempt(breaker, now, healthy):
    assert breaker.enter("e", now) == 0.0
    breaker.leave("e", now, healthy=healthy)


def opened():
    breaker = CircuitBreaker(POLICY)
    for _ in range(3):
        attempt(breaker, 100.0, healthy=False)
    return breaker


def test_failures_must_follow_one_another_to_open_it():
    breaker = CircuitBreaker(POLICY)
    for healthy in (False, False, True, False, False):
        attempt(breaker, 0.0, healthy)
    assert not breaker.is_open("e")
    attempt(breaker, 0.0, healthy=False)
    assert breaker.is_open("e")


def test_it_says_how_long_it_stays_open():
    assert opened().enter("e", 110.0) == 20.0


def test_two_successes_close_it():
    breaker = opened()
    attempt(breaker, 131.0, healthy=True)
    assert breaker.is_open("e")
    attempt(breaker, 132.0, healthy=True)
    assert not breaker.is_open("e")
    assert breaker.enter("e", 132.0) == 0.0


def test_a_failed_probe_opens_it_for_the_whole_time_again():
    breaker = opened()
    attempt(breaker, 131.0, healthy=True)
    attempt(breaker, 140.0, healthy=False)
    assert breaker.enter("e", 141.0) == 29.0
    attempt(breaker, 171.0, healthy=True)
    assert breaker.is_open("e")


def test_no_more_probes_run_at_once_than_are_needed():
    breaker = opened()
    assert [breaker.enter("e", 131.0) for _ in range(3)] == [0.0, 0.0, 30.0]
    breaker.leave("e", 131.0, healthy=None)
    assert breaker.enter("e", 131.0) == 0.0
