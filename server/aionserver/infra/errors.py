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
    code: ClassVar[str] = "INTERNAL_ERROR"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        details: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.headers = dict(headers or {})


class InvalidInput(AionError):
    """The request is understood, and something in it is not valid."""

    status = 422
    code = "VALIDATION_ERROR"

    @classmethod
    def field(cls, name: str, issue: str) -> "InvalidInput":
        """The error for one field, in the form every 422 has."""
        return cls(f"{name}: {issue}", details=[{"field": name, "issue": issue}])


class BadRequest(AionError):
    """The request makes no sense as it stands."""

    status = 400
    code = "BAD_REQUEST"


class NotAuthenticated(AionError):
    """Who is calling is not known: no credential was sent."""

    status = 401
    code = "NOT_AUTHENTICATED"

    def __init__(self, message: str, *, actor: Any = None) -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Bearer"})
        self.actor = actor  # whose credential it was, where that is known: for the audit log


class InvalidApiKey(NotAuthenticated):
    """The API key is mistyped, unknown or revoked."""

    code = "INVALID_API_KEY"


class ExpiredApiKey(NotAuthenticated):
    """The API key was valid once."""

    code = "EXPIRED_API_KEY"


class InvalidSession(NotAuthenticated):
    """The session is unknown, over, or was ended."""

    code = "INVALID_SESSION"


class ExpiredSession(NotAuthenticated):
    """The session was valid once; log in again."""

    code = "EXPIRED_SESSION"


class NotAllowed(AionError):
    """The caller is known, and may not do this."""

    status = 403
    code = "PERMISSION_DENIED"

    def __init__(self, message: str, *, details: Any = None, actor: Any = None) -> None:
        super().__init__(message, details=details)
        self.actor = actor  # where the request has none yet: whose credential it was, for the audit log


class NotFound(AionError):
    """There is no such thing, or it is not the caller's."""

    status = 404
    code = "NOT_FOUND"


class Conflict(AionError):
    """The state of things does not allow it (any more)."""

    status = 409
    code = "CONFLICT"


class TooLarge(AionError):
    """More was sent than is taken."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"


class RateLimited(AionError):
    """Too much at once; `Retry-After` says when to come back."""

    status = 429
    code = "RATE_LIMIT_ERROR"
    retryable = True


class NotConfigured(AionError):
    """The feature waits for a setting, which the message names."""

    status = 501
    code = "NOT_CONFIGURED"

    @classmethod
    def setting(cls, name: str, feature: str) -> "NotConfigured":
        """The error for a feature that waits for the setting `name`."""
        return cls(f"{feature} is not configured: set {name}.", details={"setting": name})


class Unavailable(AionError):
    """It can't be done at the moment; it can be tried again."""

    status = 503
    code = "SERVICE_UNAVAILABLE"
    retryable = True


class OutOfStorage(AionError):
    """The server has no room for more; `Retry-After` says when to ask again."""

    status = 507
    code = "INSUFFICIENT_STORAGE"
    retryable = True
