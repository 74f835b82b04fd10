"""What goes wrong with requests. Settings that cannot be right are a ValueError instead.

AionvisionError
├── AuthenticationError        the key is missing, wrong or expired (401)
├── AionvisionPermissionError  the key may not do this (403)
├── ValidationError            the request cannot be right (400, 409, 413, 422, or refused before sending)
├── ResourceNotFoundError      no such thing for this key (404)
├── RateLimitError             too many requests (429)
├── QuotaExceededError         a limit of the plan or the storage is reached (402 and quota codes)
├── ServerError                the server failed (5xx)
├── AionvisionConnectionError  no answer came
├── AionvisionTimeoutError     no answer, or no result, came in time (408, 504)
├── CircuitBreakerError        not tried: this endpoint has just failed repeatedly
├── UploadError                files could not be read or stored
├── DescriptionError           a description failed
├── DocumentProcessingError · CloudStorageError · ChatError · BatchError
├── SSEStreamError             a live stream broke and could not be resumed
└── VideoUploadError · VideoAnalysisError
"""

from __future__ import annotations

from typing import Any, Optional

__all__ = [
    "AionvisionConnectionError",
    "AionvisionError",
    "AionvisionPermissionError",
    "AionvisionTimeoutError",
    "AuthenticationError",
    "BatchError",
    "ChatError",
    "CircuitBreakerError",
    "CloudStorageError",
    "DescriptionError",
    "DocumentProcessingError",
    "QuotaExceededError",
    "RateLimitError",
    "ResourceNotFoundError",
    "SSEStreamError",
    "ServerError",
    "UploadError",
    "ValidationError",
    "VideoAnalysisError",
    "VideoUploadError",
]


class AionvisionError(Exception):
    """An error with a code for programs, a sentence for people, and details."""

    def __init__(self, code: str, message: str, *, details: Optional[dict[str, Any]] = None) -> None:
        super().__init__(f"[{code}] {message}")
        self.code = code
        self.message = message
        self.details: dict[str, Any] = dict(details or {})

    def __reduce__(self) -> tuple[Any, ...]:
        # subclasses take other arguments than `args` holds, so pickling must not call __init__
        return (_restore, (type(self), self.args, self.__dict__))


def _restore(kind: type[AionvisionError], args: tuple[Any, ...], state: dict[str, Any]) -> AionvisionError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class AuthenticationError(AionvisionError):
    """The key is missing, wrong or expired."""

    def __init__(self, message: str = "Authentication failed") -> None:
        super().__init__("AUTH_ERROR", message)


class RateLimitError(AionvisionError):
    """Too many requests; `retry_after` is in seconds, `reset` in unix time."""

    def __init__(
        self,
        message: str = "Rate limit exceeded",
        *,
        retry_after: Optional[int] = None,
        limit: Optional[int] = None,
        remaining: Optional[int] = None,
        reset: Optional[int] = None,
    ) -> None:
        details = {"retry_after": retry_after, "limit": limit, "remaining": remaining, "reset": reset}
        super().__init__("RATE_LIMIT", message, details=details)
        self.retry_after = retry_after
        self.limit = limit
        self.remaining = remaining
        self.reset = reset


class ValidationError(AionvisionError):
    """The request cannot be right; `details["errors"]` lists fields where the server names them."""

    def __init__(self, message: str, *, details: Optional[dict[str, Any]] = None) -> None:
        super().__init__("VALIDATION_ERROR", message, details=details)


class QuotaExceededError(AionvisionError):
    """A limit of the plan or the storage is reached; `partial_results` holds what was done before."""

    def __init__(self, message: str, *, available: int = 0, limit: int = 0, partial_results: Any = None) -> None:
        super().__init__("QUOTA_EXCEEDED", message, details={"available": available, "limit": limit})
        self.available = available
        self.limit = limit
        self.partial_results = partial_results


class ResourceNotFoundError(AionvisionError):
    """Nothing with this id can be seen with this key."""

    def __init__(
        self,
        resource_type: str,
        resource_id: str,
        *,
        message: Optional[str] = None,
        details: Optional[dict[str, Any]] = None,
    ) -> None:
        about = {"resource_type": resource_type, "resource_id": resource_id}
        text = message or f"{resource_type} '{resource_id}' was not found"
        super().__init__("NOT_FOUND", text, details={**about, **(details or {})})
        self.resource_type = resource_type
        self.resource_id = resource_id


class AionvisionTimeoutError(AionvisionError):
    """The time allowed is over; `last_result` is the last state seen."""

    def __init__(self, message: str = "Operation timed out", *, last_result: Optional[Any] = None) -> None:
        details = {} if last_result is None else {"last_result": last_result}
        super().__init__("TIMEOUT", message, details=details)
        self.last_result = last_result


class ServerError(AionvisionError):
    """The server failed, or answered in a way that cannot be read."""

    def __init__(self, message: str = "Server error") -> None:
        super().__init__("SERVER_ERROR", message)


class AionvisionPermissionError(AionvisionError):
    """The key is valid but may not do this."""

    def __init__(self, message: str = "Permission denied") -> None:
        super().__init__("PERMISSION_DENIED", message)


class UploadError(AionvisionError):
    """Files could not be read or stored.

    `stage` is one of quota, presigned, upload, confirm, session_results, chunk_upload.
    """

    def __init__(
        self,
        message: str,
        *,
        filename: Optional[str] = None,
        stage: Optional[str] = None,
        session_id: Optional[str] = None,
        partial_results: Any = None,
    ) -> None:
        details = {"filename": filename, "stage": stage, "session_id": session_id}
        super().__init__("UPLOAD_ERROR", message, details=details)
        self.filename = filename
        self.stage = stage
        self.session_id = session_id
        self.partial_results = partial_results


class DescriptionError(AionvisionError):
    """A description failed; `partial_results` holds all results of the same upload."""

    def __init__(
        self,
        message: str,
        *,
        image_id: Optional[str] = None,
        status: Optional[str] = None,
        partial_results: Any = None,
    ) -> None:
        super().__init__("DESCRIPTION_ERROR", message, details={"image_id": image_id, "status": status})
        self.image_id = image_id
        self.status = status
        self.partial_results = partial_results


class DocumentProcessingError(AionvisionError):
    """The text of a document could not be extracted; `partial_results` holds all results of the same upload."""

    def __init__(
        self,
        message: str,
        *,
        document_id: Optional[str] = None,
        status: Optional[str] = None,
        partial_results: Any = None,
    ) -> None:
        details = {"document_id": document_id, "status": status}
        super().__init__("DOCUMENT_PROCESSING_ERROR", message, details=details)
        self.document_id = document_id
        self.status = status
        self.partial_results = partial_results


class CloudStorageError(AionvisionError):
    """An import from or export to a cloud storage failed."""

    def __init__(self, message: str, *, job_id: Optional[str] = None, job_status: Optional[str] = None) -> None:
        super().__init__("CLOUD_STORAGE_ERROR", message, details={"job_id": job_id, "job_status": job_status})
        self.job_id = job_id
        self.job_status = job_status


class ChatError(AionvisionError):
    """A chat message failed; `code` is the server's where it names one."""

    def __init__(
        self,
        message: str,
        *,
        session_id: Optional[str] = None,
        error_code: Optional[str] = None,
        plan_data: Optional[dict[str, Any]] = None,
    ) -> None:
        details: dict[str, Any] = {"session_id": session_id}
        if plan_data is not None:
            details["plan_data"] = plan_data
        super().__init__(error_code or "CHAT_ERROR", message, details=details)
        self.session_id = session_id
        self.plan_data = plan_data


class BatchError(AionvisionError):
    """A batch failed; `failed_items` are ids."""

    def __init__(
        self, message: str, *, batch_id: Optional[str] = None, failed_items: Optional[list[str]] = None
    ) -> None:
        details = {"batch_id": batch_id, "failed_items": failed_items}
        super().__init__("BATCH_ERROR", message, details=details)
        self.batch_id = batch_id
        self.failed_items = failed_items


class AionvisionConnectionError(AionvisionError):
    """No answer came: the network, the name or the server is not there."""

    def __init__(self, message: str = "Connection failed") -> None:
        super().__init__("CONNECTION_ERROR", message)


class CircuitBreakerError(AionvisionError):
    """Not tried, because this endpoint has just failed repeatedly; `retry_after` is in seconds."""

    def __init__(self, endpoint: str, retry_after: float) -> None:
        message = f"{endpoint} keeps failing; next try in {retry_after:.1f} s"
        super().__init__("CIRCUIT_OPEN", message, details={"endpoint": endpoint, "retry_after": retry_after})
        self.endpoint = endpoint
        self.retry_after = retry_after


class SSEStreamError(AionvisionError):
    """A live stream broke and could not be resumed."""

    def __init__(
        self,
        message: str,
        *,
        last_event_id: Optional[str] = None,
        events_received: int = 0,
        reconnect_attempts: int = 0,
    ) -> None:
        details = {
            "last_event_id": last_event_id,
            "events_received": events_received,
            "reconnect_attempts": reconnect_attempts,
        }
        super().__init__("SSE_STREAM_ERROR", message, details=details)
        self.last_event_id = last_event_id
        self.events_received = events_received
        self.reconnect_attempts = reconnect_attempts


class VideoUploadError(AionvisionError):
    """A video could not be stored; `stage` is one of initiate, chunk_upload, confirm, complete."""

    def __init__(
        self,
        message: str,
        *,
        media_id: Optional[str] = None,
        stage: Optional[str] = None,
        partial_chunks: int = 0,
    ) -> None:
        details = {"media_id": media_id, "stage": stage, "partial_chunks": partial_chunks}
        super().__init__("VIDEO_UPLOAD_ERROR", message, details=details)
        self.media_id = media_id
        self.stage = stage
        self.partial_chunks = partial_chunks


class VideoAnalysisError(AionvisionError):
    """The analysis of a video failed."""

    def __init__(
        self,
        message: str,
        *,
        media_id: Optional[str] = None,
        analysis_job_id: Optional[str] = None,
        status: Optional[str] = None,
    ) -> None:
        details = {"media_id": media_id, "analysis_job_id": analysis_job_id, "status": status}
        super().__init__("VIDEO_ANALYSIS_ERROR", message, details=details)
        self.media_id = media_id
        self.analysis_job_id = analysis_job_id
        self.status = status
