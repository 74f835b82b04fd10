"""From a failed answer to an exception. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional, cast

from ._requests import Request, Response
from .exceptions import (
    AionvisionError,
    AionvisionPermissionError,
    AionvisionTimeoutError,
    AuthenticationError,
    QuotaExceededError,
    RateLimitError,
    ResourceNotFoundError,
    ServerError,
    ValidationError,
)

_LONGEST_MESSAGE = 500


@dataclass(frozen=True)
class Fault:
    """What a failed answer says, whatever shape it has."""

    message: str
    code: Optional[str] = None
    details: Optional[Mapping[str, Any]] = None
    request_id: Optional[str] = None


def error_from(request: Request, response: Response) -> AionvisionError:
    """The exception for a failed answer; its details name status, request id and the server's code."""
    fault = read_fault(response)
    error = _exception(request, response, fault)
    known = {
        "status_code": response.status,
        "request_id": fault.request_id or response.headers.get("x-request-id"),
        "error_code": fault.code,
    }
    error.details.update({name: value for name, value in known.items() if value is not None})
    for name, value in (fault.details or {}).items():
        error.details.setdefault(name, value)
    return error


def _exception(request: Request, response: Response, fault: Fault) -> AionvisionError:
    status, message = response.status, fault.message
    if status == 402 or _is_quota_code(fault.code):
        return _quota_error(fault)
    if status == 404:
        return ResourceNotFoundError(*_missing(request, fault.code), message=message)
    if status == 429:
        return _rate_limit_error(response, message)
    simple: dict[int, type[AionvisionError]] = {
        401: AuthenticationError,
        403: AionvisionPermissionError,
        408: AionvisionTimeoutError,
        504: AionvisionTimeoutError,
    }
    kind = simple.get(status, ServerError if status >= 500 else ValidationError)
    # all of these take the message alone
    return kind(message)  # pyright: ignore[reportCallIssue]


def _missing(request: Request, code: Optional[str]) -> tuple[str, str]:
    """Kind and id of what was not found; a code such as FOLDER_NOT_FOUND names what the path does not."""
    kind, _, found = (code or "").lower().partition("_not_found")
    if request.path_values or not kind or found:
        return request.resource
    return kind, ""


def _is_quota_code(code: Optional[str]) -> bool:
    upper = (code or "").upper()
    is_rate = upper.startswith("RATE_LIMIT")
    return not is_rate and ("QUOTA" in upper or "LIMIT_EXCEEDED" in upper)


def _quota_error(fault: Fault) -> QuotaExceededError:
    details = fault.details or {}
    available, limit = _integer(details.get("available")), _integer(details.get("limit"))
    return QuotaExceededError(fault.message, available=available or 0, limit=limit or 0)


def _rate_limit_error(response: Response, message: str) -> RateLimitError:
    headers = response.headers
    return RateLimitError(
        message,
        retry_after=_integer(headers.get("retry-after")),
        limit=_integer(headers.get("x-ratelimit-limit")),
        remaining=_integer(headers.get("x-ratelimit-remaining")),
        reset=_integer(headers.get("x-ratelimit-reset")),
    )


def read_fault(response: Response) -> Fault:
    """What the body says: the API's envelope, an older flat shape, a framework's `detail`, or plain text."""
    try:
        data: Any = json.loads(response.content)
    except (ValueError, RecursionError):
        return Fault(_plain_text(response))
    if not isinstance(data, dict):
        return Fault(_plain_text(response))
    body = cast("dict[str, Any]", data)
    fault = _from_error(body) or _from_detail(body) or Fault(_text(body.get("message")) or _plain_text(response))
    return Fault(fault.message, fault.code, fault.details, _text(body.get("request_id")))


def _from_error(body: Mapping[str, Any]) -> Optional[Fault]:
    error = body.get("error")
    if isinstance(error, dict):
        inner = cast("dict[str, Any]", error)
        message = _text(inner.get("message")) or _text(inner.get("code")) or "Unknown error"
        return Fault(message, _text(inner.get("code")), _details(inner.get("details")))
    if isinstance(error, str) and error:
        code = _text(body.get("error_code")) or _text(body.get("code")) or (error if error.isupper() else None)
        message = _text(body.get("message")) or _text(body.get("detail")) or error
        return Fault(message[:_LONGEST_MESSAGE], code, _details(body.get("details")))
    return None


def _from_detail(body: Mapping[str, Any]) -> Optional[Fault]:
    detail = body.get("detail")
    if isinstance(detail, str) and detail:
        return Fault(detail[:_LONGEST_MESSAGE], _text(body.get("error_code")))
    if isinstance(detail, dict):
        inner = cast("dict[str, Any]", detail)
        return _from_error({"error": inner.get("error", inner)})
    if isinstance(detail, list):
        return _from_issues(cast("list[Any]", detail))
    return None


def _from_issues(items: list[Any]) -> Fault:
    issues = [_issue(cast("dict[str, Any]", item)) for item in items[:100] if isinstance(item, dict)]
    message = "; ".join(f"{issue['field']}: {issue['issue']}" for issue in issues[:3])
    return Fault(message or "The request is invalid", "VALIDATION_ERROR", {"errors": issues})


def _issue(item: Mapping[str, Any]) -> dict[str, str]:
    location = item.get("loc")
    parts = cast("list[Any]", location) if isinstance(location, list) else []
    path = ".".join(str(part) for part in parts if part not in ("body", "query", "path"))
    return {"field": path, "issue": str(item.get("msg", ""))}


def _details(value: Any) -> Optional[Mapping[str, Any]]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return {"errors": value} if isinstance(value, list) else None


def _plain_text(response: Response) -> str:
    is_text = "html" not in response.headers.get("content-type", "")
    text = response.content[:_LONGEST_MESSAGE].decode("utf-8", "replace").strip() if is_text else ""
    return text or f"The server answered with status {response.status}"


def _text(value: Any) -> Optional[str]:
    return value[:_LONGEST_MESSAGE] if isinstance(value, str) and value else None


def _integer(value: Any) -> Optional[int]:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None
