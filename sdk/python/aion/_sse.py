"""Server-sent events from bytes (WHATWG HTML, 9.2.6). Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional, cast

from .exceptions import ServerError

# far above what a whole answer needs; a stream without line ends must not fill the memory
LONGEST_EVENT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class ServerEvent:
    """One event; `data` is its text, `id` what to resume after, where it has one of its own."""

    event: str
    data: str
    id: Optional[str] = None

    def object(self) -> dict[str, Any]:
        """The data as a JSON object; what is none is its `message`."""
        try:
            value = json.loads(self.data)
        except (ValueError, RecursionError):
            return {"message": self.data}
        return cast("dict[str, Any]", value) if isinstance(value, dict) else {"message": self.data}


class EventParser:
    """Turns blocks of bytes, cut anywhere, into events. Raises ServerError for an event of more than 8 MiB."""

    def __init__(self) -> None:
        self._left = b""
        self._is_first = True
        self._event = ""
        self._data: list[str] = []
        self._size_bytes = 0
        self._id: Optional[str] = None
        self.retry_seconds: Optional[float] = None

    def feed(self, block: bytes) -> Iterator[ServerEvent]:
        """The events that `block` completes."""
        text = self._left + block
        lines, self._left = _split(text)
        if len(self._left) > LONGEST_EVENT_BYTES:
            raise ServerError("The stream holds a line that does not end")
        for line in lines:
            event = self._take(line)
            if event is not None:
                yield event

    def _take(self, line: bytes) -> Optional[ServerEvent]:
        if self._is_first:
            line, self._is_first = line[3:] if line.startswith(b"\xef\xbb\xbf") else line, False
        if not line:
            return self._dispatch()
        if line.startswith(b":"):
            return None
        name, _, value = line.decode("utf-8", "replace").partition(":")
        self._field(name, value[1:] if value.startswith(" ") else value)
        return None

    def _field(self, name: str, value: str) -> None:
        if name == "event":
            self._event = value
        elif name == "data":
            self._size_bytes += len(value)
            if self._size_bytes > LONGEST_EVENT_BYTES:
                raise ServerError("The stream holds an event that does not end")
            self._data.append(value)
        elif name == "id" and "\x00" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_seconds = int(value[:9]) / 1000

    def _dispatch(self) -> Optional[ServerEvent]:
        event, data, event_id = self._event or "message", self._data, self._id
        self._event, self._data, self._size_bytes, self._id = "", [], 0, None
        return ServerEvent(event, "\n".join(data), event_id) if data else None


def _split(text: bytes) -> tuple[list[bytes], bytes]:
    """The lines that have ended, and what is left; lines end with LF, CR or both."""
    # a CR at the end may be half of a CR LF
    tail = b"\r" if text.endswith(b"\r") else b""
    body = text[: len(text) - len(tail)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    *lines, left = body.split(b"\n")
    return lines, left + tail
