"""Words that several resources share."""

from __future__ import annotations

from enum import Enum
from typing import Literal

__all__ = [
    "ChatTokenType",
    "CloudStorageJobStatus",
    "CloudStorageJobType",
    "CloudStorageProvider",
    "DescriptionStatus",
    "MessageRole",
    "StorageTarget",
    "VerificationLevel",
    "VerificationLevelLiteral",
]

VerificationLevelLiteral = Literal["quick", "standard", "thorough", "critical"]


class DescriptionStatus(str, Enum):
    """How far the description of a picture is."""

    PENDING = "pending"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class ChatTokenType(str, Enum):
    """What an event of a chat stream is about."""

    TOKEN = "token"  # noqa: S105 (a piece of text, no secret)
    STATUS = "status"
    IMAGE_RESULTS = "image_results"
    COMPLETE = "complete"
    ERROR = "error"
    RECONNECTING = "reconnecting"
    PLAN_PENDING_APPROVAL = "plan_pending_approval"
    THINKING = "thinking"
    THINKING_STEP = "thinking_step"
    TOOL_INVOCATION = "tool_invocation"
    TOOL_RESULT = "tool_result"
    CONNECTION = "connection"
    PING = "ping"
    CLOSE = "close"
    AUTH_ERROR = "auth_error"


class StorageTarget(str, Enum):
    """Where a file is kept: the service's storage, or the tenant's own bucket."""

    DEFAULT = "default"
    CUSTOM = "custom"


class MessageRole(str, Enum):
    """Who wrote a chat message."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class CloudStorageProvider(str, Enum):
    """A cloud storage that can be connected."""

    GOOGLE_DRIVE = "google_drive"


class CloudStorageJobStatus(str, Enum):
    """How far an import or export is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CloudStorageJobType(str, Enum):
    """The direction of a cloud storage job."""

    IMPORT = "import"
    EXPORT = "export"


class VerificationLevel(str, Enum):
    """How thoroughly a picture is looked at."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"
    CRITICAL = "critical"
