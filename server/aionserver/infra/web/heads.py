"""How long the head of a request may be: of uvicorn's two parsers, the fast one bounds it nowhere."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# A full read of the socket may still hold a head and all of what follows it; so this bounds what comes after.
MOST_HEAD_BYTES: Final = 64 * 1024


class BoundedHttp(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on a client whose bytes become neither a head nor a body: endless headers or trailers."""

    _pending_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        self._pending_bytes += len(data)
        super().data_received(data)
        if self._pending_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's head is too long.")

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._pending_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body has come."""
        self._pending_bytes = 0
        super().on_body(body)
