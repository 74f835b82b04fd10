"""Why a language model gave no answer, in sentences that hold neither key nor address."""

import json
import traceback
from types import TracebackType
from typing import Final

import anyio
import structlog

log = structlog.get_logger(__name__)
BROKE_OFF: Final = "its answer broke off"
NOT_UNDERSTOOD: Final = "its answer could not be understood"
# Nobody listens to the answer any more.
GONE: Final = (anyio.BrokenResourceError, anyio.ClosedResourceError)
OURS: Final = "aionserver."
CLIENTS: Final = frozenset({"httpx2", "httpx", "httpcore2", "httpcore", "openai", "anthropic", "google"})


def reason_of(error: Exception, asking: str) -> str | None:
    """Why a model gave no answer; None for faults of ours. `asking` is the module that asks by the library."""
    from pydantic_ai import exceptions as faults

    reasons: tuple[tuple[type[Exception], str], ...] = (
        (faults.ModelRateLimitError, "it is rate-limited at the moment"),
        (faults.ModelQuotaExceededError, "its quota is used up"),
        (faults.ModelAuthenticationError, "its key was refused"),
        (faults.ModelNotFoundError, "its provider does not know it"),
        (faults.ModelContextWindowExceededError, "the conversation is too long for it"),
        (faults.ModelTimeoutError, "it took too long to answer"),
        (faults.ModelRequestTimeout, "it took too long to answer"),
        (faults.ModelConnectionError, "it cannot be reached"),
        (faults.ModelUnavailableError, "it is not available at the moment"),
        (faults.ModelServerError, "its provider failed"),
        (faults.ModelRequestRejectedError, "its provider refused the request"),
        (faults.ModelAPIError, "its provider failed"),
        (faults.UsageLimitExceeded, "it needed more tokens or steps than it may use"),
        (faults.ContentFilterError, "its provider withheld the answer"),
        (faults.UnexpectedModelBehavior, NOT_UNDERSTOOD),
        (TimeoutError, "it took too long to answer"),
        (json.JSONDecodeError, NOT_UNDERSTOOD),
    )
    if "ended without a `finish_reason`" in str(error):
        return BROKE_OFF
    for kind, reason in reasons:
        if isinstance(error, kind):
            return reason
    if isinstance(error, GONE):
        return None
    if type(error).__module__.split(".")[0] in CLIENTS:
        return "it cannot be reached"
    return _of_library(error, asking)


def _of_library(error: Exception, asking: str) -> str | None:
    """Answers that are no answers at all trip the libraries anywhere; what trips us is ours to mend, and not hidden."""
    if _last_of_ours(error.__traceback__) != asking:
        return None
    log.warning("language_model_not_understood", kind=type(error).__name__)
    return NOT_UNDERSTOOD


def _last_of_ours(trace: TracebackType | None) -> str | None:
    names = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(trace)]
    return next((name for name in reversed(names) if name.startswith(OURS)), None)
