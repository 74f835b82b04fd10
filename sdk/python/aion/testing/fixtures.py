"""Fixtures for pytest: `pytest_plugins = ["aion.testing.fixtures"]`.

`fake_client` needs no plugin for asyncio: it opens with its first request and is closed by the collector of garbage.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..client import AionVision
from ..sync import SyncAionVision
from .server import FakeServer

__all__ = ["fake_client", "fake_server", "fake_sync_client"]


@pytest.fixture
def fake_server() -> FakeServer:
    """A server in memory, empty."""
    return FakeServer()


@pytest.fixture
def fake_client(fake_server: FakeServer) -> AionVision:
    """An asynchronous client of `fake_server`; it holds no connections, so it need not be closed."""
    return fake_server.client()


@pytest.fixture
def fake_sync_client(fake_server: FakeServer) -> Iterator[SyncAionVision]:
    """A blocking client of `fake_server`."""
    with fake_server.sync_client() as client:
        yield client
