"""What can be wrong with a question to the audit log."""

from aionserver.infra.errors import NotFound


class AuditEntryNotFound(NotFound):
    """There is no such entry in the tenant's audit log."""

    code = "AUDIT_ENTRY_NOT_FOUND"
