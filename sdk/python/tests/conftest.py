"""Fixtures: a server to talk to, clients for it, and small files."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from aion import AionVision, ClientConfig, InsecureTransportWarning, SyncAionVision

from .stand_in import Running, StandIn

KEY = "aion_" + "k" * 40


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AIONVISION_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def running_stand_in() -> Iterator[StandIn]:
    state = StandIn()
    with Running(state):
        yield state


@pytest.fixture
def api(running_stand_in: StandIn) -> StandIn:
    running_stand_in.reset()
    return running_stand_in


@pytest.fixture
def config(api: StandIn) -> ClientConfig:
    """Settings for the stand-in, with pauses too short to notice."""
    with pytest.warns(InsecureTransportWarning):
        return ClientConfig(KEY, base_url=api.base_url, retry_delay=0.001, polling_interval=0.005, polling_timeout=5.0)


@pytest.fixture
async def client(config: ClientConfig) -> AsyncIterator[AionVision]:
    async with AionVision.from_config(config) as client:
        yield client


@pytest.fixture
def blocking(config: ClientConfig) -> Iterator[SyncAionVision]:
    with SyncAionVision.from_config(config) as client:
        yield client


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file and gives its path."""

    def write(name: str = "photo.jpg", content: bytes = b"\xff\xd8 some bytes") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write
