"""A real server on a disk that fills: uploads are refused in time, and what was taken is finished in the end."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from aion import InsecureTransportWarning, ServerError, SyncAionVision
from plugins.disks import mounted
from plugins.product import photo
from plugins.served import Served, serving

MIB = 1024 * 1024
DISK_BYTES = 400 * MIB
LEAST_FREE_BYTES = 40 * MIB
FILES = 12
PATIENCE_SECONDS = 60


def client_of(server: Served) -> httpx2.Client:
    return httpx2.Client(headers={"Authorization": f"Bearer {server.key}"}, timeout=30, trust_env=False)


def send(client: httpx2.Client, server: Served, number: int) -> httpx2.Response:
    picture = photo(size=(400 + number, 300))
    return client.post(f"{server.api}/user-files/upload/stream", files={"file": (f"{number}.jpg", picture)})


def described(client: httpx2.Client, server: Served) -> int:
    answer = client.get(f"{server.api}/user-files", params={"has_description": True})
    return int(answer.json()["total_count"])


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def test_a_nearly_full_disk_refuses_uploads_and_loses_none_of_those_before(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    least = {"AIONVISION_LEAST_FREE_DISK_BYTES": str(LEAST_FREE_BYTES)}
    with mounted(folder, DISK_BYTES) as disk, serving(folder, **least) as server, client_of(server) as client:
        wait_until(lambda: send(client, server, 0).status_code == 200, "an upload was taken")
        wait_until(lambda: described(client, server) == 1, "the workers work")

        # So little that the workers rest too, while the reading that lets uploads in is still a second old.
        for number in range(1, FILES):
            assert send(client, server, number).status_code == 200
        disk.fill(but_bytes=LEAST_FREE_BYTES // 8)
        wait_until(lambda: send(client, server, FILES).status_code == 507, "uploads are refused")
        taken = int(client.get(f"{server.api}/user-files").json()["total_count"])
        assert client.get(f"{server.url}/health").json()["short_of"] == ["disk"]
        (tmp_path / "one-more.jpg").write_bytes(photo())
        with pytest.warns(InsecureTransportWarning):
            sdk = SyncAionVision(server.key, base_url=server.api)
        with sdk, pytest.raises(ServerError, match="disk is nearly full") as refused:
            sdk.upload_one(tmp_path / "one-more.jpg")
        assert refused.value.details["status_code"] == 507

        disk.clear()
        wait_until(lambda: send(client, server, FILES).status_code == 200, "uploads are taken again")
        wait_until(lambda: described(client, server) == taken + 1, "all that was taken is described")
