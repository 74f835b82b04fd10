"""One tree of errors: each knows its HTTP status and stable code; jobs read `retryable`.

AionError
├── InvalidInput 422        ├── NotAuthenticated 401    ├── NotAllowed 403
├── NotFound 404            ├── Conflict 409            ├── TooLarge 413
├── RateLimited 429         ├── NotConfigured 501       ├── Unavailable 503
└── OutOfStorage 507
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class AionError(Exception):
    """A fault with a sentence for people (`message`) and a code for programs (`code`)."""

    status: ClassVar[int] = 500
    code: str = "INTERNAL_ERROR"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.headers = dict(headers or {})
        if code is not None:
            self.code = code


class InvalidInput(AionError):
    status = 422
    code = "VALIDATION_ERROR"

    @classmethod
    def field(cls, name: str, issue: str) -> "InvalidInput":
        """The error for one field, in the form every 422 has."""
        return cls(f"{name}: {issue}", details=[{"field": name, "issue": issue}])


class BadRequest(AionError):
    status = 400
    code = "BAD_REQUEST"


class NotAuthenticated(AionError):
    status = 401
    code = "INVALID_API_KEY"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"WWW-Authenticate": "Bearer"})


class NotAllowed(AionError):
    status = 403
    code = "PERMISSION_DENIED"


class NotFound(AionError):
    status = 404
    code = "NOT_FOUND"


class Conflict(AionError):
    status = 409
    code = "CONFLICT"


class TooLarge(AionError):
    status = 413
    code = "PAYLOAD_TOO_LARGE"


class RateLimited(AionError):
    status = 429
    code = "RATE_LIMIT_ERROR"
    retryable = True


class NotConfigured(AionError):
    status = 501
    code = "NOT_CONFIGURED"

    @classmethod
    def setting(cls, name: str, feature: str) -> "NotConfigured":
        """The error for a feature that waits for the setting `name`."""
        return cls(f"{feature} is not configured: set {name}.", details={"setting": name})


class Unavailable(AionError):
    status = 503
    code = "SERVICE_UNAVAILABLE"
    retryable = True


class OutOfStorage(AionError):
    status = 507
    code = "STORAGE_QUOTA_EXCEEDED"
