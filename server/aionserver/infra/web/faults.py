"""The one error body: every fault, expected or not, leaves the server in the same form."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from aionserver.infra.database import is_full
from aionserver.infra.errors import AionError, OutOfStorage
from aionserver.infra.web.refusals import Repetitions, note_refusal

log = structlog.get_logger(__name__)

CODES_BY_STATUS = {
    400: "BAD_REQUEST",
    401: "NOT_AUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
}


class ErrorDetail(BaseModel):
    """What went wrong: `code` for programs, `message` for people."""

    code: str
    message: str
    details: Any = None


class ErrorBody(BaseModel):
    """The body of every answer with a status of 400 and above."""

    error: ErrorDetail
    request_id: str


def error_response(
    request: Request,
    status: int,
    code: str,
    message: str,
    details: Any = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer for a fault."""
    body = {
        "error": {"code": code, "message": message, "details": details},
        "request_id": getattr(request.state, "request_id", ""),
    }
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))


def issues_of(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Pydantic's findings as `{field, issue}`; the input itself is never echoed."""
    return [{"field": _field_of(error), "issue": _issue_of(error)} for error in errors]


def _field_of(error: Any) -> str:
    if error["type"] == "json_invalid":
        return "body"
    return ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])


def _issue_of(error: Any) -> str:
    """Pydantic's sentence, or a plainer one where its own speaks of Python."""
    context = error.get("ctx", {})
    if error["type"] == "json_invalid":
        return "is not valid JSON"
    if error["type"] == "model_attributes_type":
        return "must be a JSON object, sent with 'Content-Type: application/json'"
    if error["type"] in ("too_long", "too_short") and context.get("field_type") == "Value":
        bound = f"most {context['max_length']}" if error["type"] == "too_long" else f"least {context['min_length']}"
        return f"must have at {bound} characters"
    return str(error["msg"]).removeprefix("Value error, ")


async def _expected(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AionError)
    if error.status >= 500:
        log.error("request_failed", code=error.code, message=error.message)
    await note_refusal(request, error)
    return error_response(request, error.status, error.code, error.message, error.details, error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    issues = issues_of(error.errors())
    first = f"{issues[0]['field']}: {issues[0]['issue']}" if issues else "The request is not valid."
    return error_response(request, 422, "VALIDATION_ERROR", first, issues)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = CODES_BY_STATUS.get(error.status_code, "HTTP_ERROR")
    return error_response(request, error.status_code, code, str(error.detail), None, error.headers)


async def _database_away(request: Request, error: Exception) -> JSONResponse:
    log.error("database_away", error=str(error).splitlines()[0])
    if is_full(error):
        return error_response(
            request, 507, OutOfStorage.code, "The database's disk is full.", None, {"Retry-After": "60"}
        )
    message = "The database did not answer; the request changed nothing. Try again."
    return error_response(request, 503, "SERVICE_UNAVAILABLE", message, None, {"Retry-After": "1"})


def add_error_handlers(app: FastAPI) -> None:
    """Render every error the same way. Unforeseen ones are caught by the request middleware."""
    app.state.repetitions = Repetitions()
    app.add_exception_handler(AionError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(psycopg.OperationalError, _database_away)
