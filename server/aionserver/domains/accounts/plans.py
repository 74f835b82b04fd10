"""What each plan allows. -1 is unlimited."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The limits of a tier."""

    requests_per_minute: int
    files_per_batch: int
    uploads_per_month: int
    concurrent_uploads: int


PLANS = {
    "free": Plan(10, 10, 1_000, 2),
    "starter": Plan(30, 50, 10_000, 3),
    "professional": Plan(100, 100, 50_000, 5),
    "enterprise": Plan(500, 200, -1, 8),
}


def plan_of(tier: str) -> Plan:
    """The plan of a tier."""
    return PLANS[tier]
