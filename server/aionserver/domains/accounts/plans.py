"""What each plan allows. -1 is unlimited."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The limits of a tier. Its credits pay for a description of each upload at the level `standard`."""

    requests_per_minute: int
    files_per_batch: int
    uploads_per_month: int
    concurrent_uploads: int
    credits_per_month: int


PLANS = {
    "free": Plan(10, 10, 1_000, 2, 2_000),
    "starter": Plan(30, 50, 10_000, 3, 20_000),
    "professional": Plan(100, 100, 50_000, 5, 100_000),
    "enterprise": Plan(500, 200, -1, 8, -1),
}

# Prepaid credits as they are sold: they are used when a month's own are used up, and do not expire.
CREDIT_PACKS = {"pack_250": 250, "pack_1000": 1_000, "pack_2500": 2_500}


def plan_of(tier: str) -> Plan:
    """The plan of a tier."""
    return PLANS[tier]
