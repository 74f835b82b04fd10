"""Events as they are told to whoever listens, and as server-sent events on the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StreamEvent:
    """Something that happened: on the wire `type` in its data repeats the name. `id` is what a listener resumes by."""

    name: str
    data: Mapping[str, Any]
    id: str | None = None

    def frame(self) -> bytes:
        """The event as it is sent; JSON has no line ends, so it is one line."""
        body = json.dumps({"type": self.name, **self.data}, ensure_ascii=False, separators=(",", ":"))
        known = f"id: {self.id}\n" if self.id is not None else ""
        return f"event: {self.name}\n{known}data: {body}\n\n".encode("utf-8", "replace")


PING = StreamEvent("ping", {})
