"""The audit log: who did what, when, and whether it was allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Optional

from ._decoding import ApiObject, member_of

__all__ = ["AuditEventType", "AuditLogEntry", "AuditLogList", "AuditResult", "AuditSeverity"]


class AuditEventType(str, Enum):
    """What happened."""

    AUTH_LOGIN = "auth.login"
    AUTH_LOGOUT = "auth.logout"
    AUTH_LOGIN_FAILED = "auth.login_failed"
    AUTH_TOKEN_REFRESH = "auth.token_refresh"  # noqa: S105 (a kind of event, no secret)
    AUTH_EMAIL_VERIFIED = "auth.email_verified"
    AUTH_PASSWORD_CHANGED = "auth.password_changed"  # noqa: S105 (a kind of event, no secret)
    AUTH_OAUTH_LOGIN = "auth.oauth_login"
    PERMISSION_DENIED = "permission.denied"
    PERMISSION_GRANTED = "permission.granted"
    ROLE_CHANGED = "role.changed"
    API_KEY_CREATED = "api_key.created"
    API_KEY_DELETED = "api_key.deleted"
    API_KEY_USED = "api_key.used"
    API_KEY_FAILED = "api_key.failed"
    TENANT_CREATED = "tenant.created"
    TENANT_UPDATED = "tenant.updated"
    TENANT_MEMBER_ADDED = "tenant.member_added"
    TENANT_MEMBER_REMOVED = "tenant.member_removed"
    TENANT_MEMBER_ROLE_CHANGED = "tenant.member_role_changed"
    RULE_SET_CREATED = "rule_set.created"
    RULE_SET_UPDATED = "rule_set.updated"
    RULE_SET_DELETED = "rule_set.deleted"
    RULE_SET_SHARED = "rule_set.shared"
    RULE_SET_SHARE_REVOKED = "rule_set.share_revoked"
    SECURITY_RATE_LIMIT_EXCEEDED = "security.rate_limit_exceeded"
    SECURITY_INVALID_TOKEN = "security.invalid_token"  # noqa: S105 (a kind of event, no secret)
    SECURITY_SUSPICIOUS_ACTIVITY = "security.suspicious_activity"


class AuditSeverity(str, Enum):
    """How much an event matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class AuditResult(str, Enum):
    """How what was tried ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    DENIED = "denied"


@dataclass(frozen=True)
class AuditLogEntry(ApiObject):
    """One event of the audit log."""

    id: str
    event_type: str
    event_timestamp: Optional[datetime]
    severity: str
    action: str
    result: str
    user_id: Optional[str] = None
    api_key_id: Optional[str] = None
    ip_address: Optional[str] = None
    resource_type: Optional[str] = None
    resource_id: Optional[str] = None
    error_message: Optional[str] = None
    metadata: Optional[dict[str, Any]] = None
    session_id: Optional[str] = None
    user_agent: Optional[str] = None
    request_id: Optional[str] = None

    @property
    def event_type_enum(self) -> Optional[AuditEventType]:
        """The event as a member of the enum; None for one that this version does not know."""
        return member_of(AuditEventType, self.event_type)

    @property
    def severity_enum(self) -> AuditSeverity:
        """The severity as a member of the enum. Raises ValueError for one that this version does not know."""
        return AuditSeverity(self.severity)

    @property
    def result_enum(self) -> AuditResult:
        """The result as a member of the enum. Raises ValueError for one that this version does not know."""
        return AuditResult(self.result)


@dataclass(frozen=True)
class AuditLogList(ApiObject):
    """A page of the audit log, newest first."""

    entries: list[AuditLogEntry]
    total_count: int
    has_more: bool
