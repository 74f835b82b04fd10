"""The audit log; reading it needs the role ADMIN."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Optional

from .._requests import get
from ..types.audit import AuditLogEntry, AuditLogList
from ._base import Resource, require_within

__all__ = ["AuditResource"]

MAX_PAGE_SIZE = 100


class AuditResource(Resource):
    """Who did what in the tenant."""

    async def list(
        self,
        *,
        event_type: Optional[str] = None,
        severity: Optional[str] = None,
        user_id: Optional[str] = None,
        date_from: Optional[datetime] = None,
        date_to: Optional[datetime] = None,
        result: Optional[str] = None,
        limit: int = 50,
        offset: int = 0,
    ) -> AuditLogList:
        """One page of events, newest first; enum members or their values narrow it."""
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        query = {
            "event_type": event_type,
            "severity": severity,
            "user_id": user_id,
            "date_from": date_from,
            "date_to": date_to,
            "result": result,
            "limit": limit,
            "offset": offset,
        }
        return AuditLogList.from_api_response(await self._object(get("/tenant/audit-logs", query)))

    async def list_all(
        self,
        *,
        event_type: Optional[str] = None,
        severity: Optional[str] = None,
        user_id: Optional[str] = None,
        date_from: Optional[datetime] = None,
        date_to: Optional[datetime] = None,
        result: Optional[str] = None,
        page_size: int = 100,
    ) -> AsyncIterator[AuditLogEntry]:
        """All events that match, newest first, page after page."""
        offset = 0
        while True:
            page = await self.list(
                event_type=event_type,
                severity=severity,
                user_id=user_id,
                date_from=date_from,
                date_to=date_to,
                result=result,
                limit=page_size,
                offset=offset,
            )
            for entry in page.entries:
                yield entry
            offset += len(page.entries)
            if not page.has_more or not page.entries:
                return

    async def get(self, log_id: str) -> AuditLogEntry:
        """One event."""
        return AuditLogEntry.from_api_response(await self._object(get("/tenant/audit-logs/{log_id}", log_id=log_id)))
