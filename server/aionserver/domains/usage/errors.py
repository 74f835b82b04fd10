"""When a plan is used up."""

from aionserver.infra.errors import AionError


class UsageLimitExceeded(AionError):
    """The plan's monthly limit is reached; waiting a few seconds does not help."""

    status = 402
    code = "USAGE_LIMIT_EXCEEDED"
