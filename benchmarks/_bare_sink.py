"""The least a server can do with an upload: hash the body, write it, answer. An ASGI application."""

import hashlib
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]


async def sink(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
    """Take one request."""
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as file:
        more = scope["type"] == "http"
        while more:
            message = await receive()
            digest.update(message["body"])
            file.write(message["body"])
            more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": digest.digest()})
