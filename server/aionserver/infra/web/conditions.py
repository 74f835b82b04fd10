"""Conditional requests (RFC 9110, section 13): what a client has already, and what it has a part of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

_TAGS = re.compile(r'(?:W/)?"[^"]*"')


@dataclass(frozen=True)
class Version:
    """What tells one state of an object from another: its entity tag, with its quotes, and when it was written."""

    etag: str
    modified_at: datetime

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell it to clients."""
        return {"ETag": self.etag, "Last-Modified": format_datetime(self.modified_at.astimezone(UTC), usegmt=True)}

    def fails(self, asked: Mapping[str, str]) -> bool:
        """Whether a client wants the object only in another state than this (412)."""
        if "if-match" in asked:
            return not _names(asked["if-match"], self.etag)
        since = _moment(asked.get("if-unmodified-since"))
        return since is not None and self._second > since

    def is_known(self, asked: Mapping[str, str]) -> bool:
        """Whether a client has the object in this state (304)."""
        if "if-none-match" in asked:
            return _names(asked["if-none-match"], self.etag)
        since = _moment(asked.get("if-modified-since"))
        return since is not None and self._second <= since

    def is_continued(self, asked: Mapping[str, str]) -> bool:
        """Whether a range is of the state that a client has the rest of; the whole is sent otherwise."""
        condition = asked.get("if-range")
        return condition is None or condition == self.etag or _moment(condition) == self._second

    @property
    def _second(self) -> datetime:
        return self.modified_at.astimezone(UTC).replace(microsecond=0)


def _names(condition: str, etag: str) -> bool:
    """Whether a list of entity tags has this one, or means any."""
    return condition.strip() == "*" or etag in (tag.removeprefix("W/") for tag in _TAGS.findall(condition))


def _moment(text: str | None) -> datetime | None:
    """A moment of a header; None for what is none."""
    try:
        found = parsedate_to_datetime(text or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
