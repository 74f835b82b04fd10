"""How long a request's body may be."""

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

MAX_BODY_BYTES = 4 * 1024 * 1024


class BodyLimit:
    """Hands a body on and counts it: 413 beyond `most_bytes`, for what reads it keeps all of it in memory.

    A reader that keeps nothing sets `most_bytes` to None.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.seen_bytes = 0
        self.most_bytes: int | None = MAX_BODY_BYTES

    async def __call__(self) -> Message:
        """The next piece of the body."""
        message = await self._receive()
        self.seen_bytes += len(message.get("body", b""))
        if self.most_bytes is not None and self.seen_bytes > self.most_bytes:
            raise HTTPException(413, f"The request's body is longer than {self.most_bytes // (1024 * 1024)} MB.")
        return message
