"""A server in memory, for tests of programs that use this package: no network, no database, no models.

    from aion.testing import FakeServer

    async def test_my_program():
        server = FakeServer()
        async with server.client() as client:
            result = await client.upload_one(b"...", filename="red car.jpg")
            assert result.description
        assert server.asked[-1].path == "/user-files"

Uploads become described, search finds them by their words, documents are read, chat answers and streams. With pytest,
`pytest_plugins = ["aion.testing.fixtures"]` gives the fixtures `fake_server`, `fake_client` and `fake_sync_client`.
"""

from __future__ import annotations

from ._wire import Asked, Reply
from .server import FakeServer

__all__ = ["Asked", "FakeServer", "Reply"]
