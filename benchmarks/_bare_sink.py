"""The least a server can do with an upload: hash the body, write it, answer. ASGI applications."""

import hashlib
import os
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


async def sink(scope: Message, receive: Receive, send: Any) -> None:
    """Take one request; what was answered is in the system's memory, and lost with its power."""
    await _take(scope, receive, send, is_durable=False)


async def durable_sink(scope: Message, receive: Receive, send: Any) -> None:
    """Take one request; what was answered is on the disk, as it is with the product."""
    await _take(scope, receive, send, is_durable=True)


async def _take(scope: Message, receive: Receive, send: Any, *, is_durable: bool) -> None:
    digest = hashlib.sha256()
    # Kept, as an upload is: pages of a removed file are used again, which makes the next one cheaper.
    with tempfile.NamedTemporaryFile(dir=os.environ["AION_SINK_DIR"], delete=False) as file:
        more = scope["type"] == "http"
        while more:
            message = await receive()
            digest.update(message["body"])
            file.write(message["body"])
            more = message["more_body"]
        if is_durable:
            file.flush()
            os.fsync(file.fileno())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": f'{{"sha256": "{digest.hexdigest()}"}}'.encode()})
