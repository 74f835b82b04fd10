"""Objects in a local folder and in a bucket behave the same."""

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from aionserver.infra.errors import NotFound, OutOfStorage, Unavailable
from aionserver.infra.storage import Storage
from aionserver.infra.storage.writing import BLOCK_BYTES
from plugins.disks import SmallDisk

ODD_KEY = "uploads/x é+1 %41 ünï.bin"


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A storage without objects in the folder or bucket of this test."""
    if request.param == "local":
        return Storage(f"file://{tmp_path}/objects")
    return Storage(f"{request.getfixturevalue('s3_url')}/{tmp_path.name}")


async def keys_of(storage: Storage, prefix: str = "") -> list[str]:
    return [key async for key in storage.list_keys(prefix)]


async def read(storage: Storage, key: str, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in storage.stream(key, start, end)])


async def test_what_was_put_comes_back_whole_by_range_and_by_its_size(storage: Storage) -> None:
    await storage.put(ODD_KEY, b"0123456789", "image/png")
    assert await storage.get(ODD_KEY) == b"0123456789"
    assert await read(storage, ODD_KEY, 3, 7) == b"3456"
    first = await storage.head(ODD_KEY)
    assert first.size_bytes == 10
    await storage.put(ODD_KEY, b"9876543210", "image/png")
    assert (await storage.head(ODD_KEY)).etag != first.etag


async def test_a_written_object_is_hashed_and_counted(storage: Storage) -> None:
    writer = storage.open_writer("uploads/large", "image/png")
    digest, piece = hashlib.sha256(), os.urandom(1 << 20)
    for _ in range(12):
        await writer.write(piece)
        digest.update(piece)
    stored = await writer.close()
    assert (stored.key, stored.size_bytes, stored.sha256) == ("uploads/large", 12 << 20, digest.hexdigest())
    assert await read(storage, "uploads/large", (12 << 20) - 5, 12 << 20) == piece[-5:]
    assert await read(storage, "uploads/large", (1 << 20) - 5, (2 << 20) + 5) == piece[-5:] + piece + piece[:5]


async def test_an_unfinished_writer_leaves_nothing_to_be_seen(storage: Storage) -> None:
    writer = storage.open_writer("uploads/unfinished", "image/png")
    for _ in range(12):
        await writer.write(bytes(1 << 20))
    assert await keys_of(storage) == []
    with pytest.raises(NotFound):
        await storage.head("uploads/unfinished")


async def test_keys_are_listed_by_whole_segments_of_their_path(storage: Storage) -> None:
    for key in ("uploads/a/1", "uploads/a/2", "uploads/ab/3", "variants/a/4"):
        await storage.put(key, b"", "image/png")
    assert sorted(await keys_of(storage, "uploads/a")) == ["uploads/a/1", "uploads/a/2"]
    assert await keys_of(storage, "nothing") == []


async def test_a_deleted_object_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    await storage.put("uploads/a", b"x", "image/png")
    await storage.delete("uploads/a")
    await storage.delete("uploads/a")
    for use in (storage.get("uploads/a"), storage.head("uploads/a"), read(storage, "uploads/a", 0, 1)):
        with pytest.raises(NotFound):
            await use


async def test_a_bucket_signs_its_own_urls_and_refuses_changed_ones(s3_url: str) -> None:
    storage = Storage(s3_url)
    writer = storage.open_writer(ODD_KEY, "image/png")
    await writer.write(b"0123456789")
    await writer.close()
    await storage.put("uploads/other", b"other", "image/png")
    url = storage.signed_url(ODD_KEY, 60)
    async with httpx2.AsyncClient() as client:
        answer = await client.get(url, headers={"Range": "bytes=2-4"})
        assert (answer.status_code, answer.content) == (206, b"234")
        assert answer.headers["Content-Type"] == "image/png"
        assert (await client.get(url[:-4] + "0000")).status_code == 403
        assert (await client.get(url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"))).status_code == 403
        other = storage.signed_url("uploads/other", 60)
        assert (await client.get(other.split("?")[0] + "?" + url.split("?")[1])).status_code == 403
        assert (await client.put(url, content=b"mine")).status_code == 403


async def test_a_store_that_is_away_is_unavailable_and_can_be_tried_again(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    storage = Storage(s3_url)
    with pytest.raises(Unavailable) as caught:
        await storage.put("uploads/a", b"x", "image/png")
    assert caught.value.retryable
    assert "127.0.0.1" not in caught.value.message  # nor anything else of what the store said
    with pytest.raises(Unavailable):
        await keys_of(storage)


def staged(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_an_abandoned_writer_leaves_no_bytes_on_the_disk(tmp_path: Path) -> None:
    storage = Storage(f"file://{tmp_path}")
    writer = storage.open_writer("uploads/abandoned", "image/png")
    for _ in range(12):
        await writer.write(bytes(1 << 20))
    await writer.abandon()
    assert staged(tmp_path) == []


async def test_a_folder_that_takes_no_files_is_unavailable(tmp_path: Path) -> None:
    storage = Storage(f"file://{tmp_path}")
    (tmp_path / "uploads").write_bytes(b"a file where a folder is needed")
    with pytest.raises(Unavailable):
        await storage.put("uploads/a", b"x", "image/png")


async def test_a_folder_has_paths_and_signs_no_urls(tmp_path: Path) -> None:
    storage = Storage(f"file://{tmp_path}/with #, ? and %20")
    await storage.put("uploads/a", b"x", "image/png")
    path = tmp_path / "with #, ? and %20" / "uploads" / "a"
    assert storage.path_of("uploads/a") == path
    assert path.read_bytes() == b"x"
    with pytest.raises(NotFound):
        storage.signed_url("uploads/a", 60)


async def test_a_piece_larger_than_a_block_and_no_piece_at_all_are_written_alike(storage: Storage) -> None:
    for size_bytes in (0, 1, 3 * BLOCK_BYTES + 1):
        data = os.urandom(size_bytes)
        writer = storage.open_writer("uploads/a", "image/png")
        await writer.write(memoryview(data))
        stored = await writer.close()
        assert (stored.size_bytes, stored.sha256) == (size_bytes, hashlib.sha256(data).hexdigest())
        assert await storage.get("uploads/a") == data


async def test_abandoning_what_is_finished_takes_nothing_away(storage: Storage) -> None:
    writer = storage.open_writer("uploads/a", "image/png")
    await writer.write(b"x")
    await writer.close()
    await writer.abandon()
    assert await storage.get("uploads/a") == b"x"


async def test_a_writer_cancelled_while_it_closes_leaves_the_whole_object_or_nothing(storage: Storage) -> None:
    data = os.urandom(2 * BLOCK_BYTES + 1)
    for turns in range(6):
        writer = storage.open_writer(f"uploads/{turns}", "image/png")
        await writer.write(data)
        closing = asyncio.ensure_future(writer.close())
        for _ in range(turns):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        await writer.abandon()
    for key in await keys_of(storage):
        assert await storage.get(key) == data


async def test_what_is_being_written_is_listed_nowhere_and_removed_once_nobody_writes_it(tmp_path: Path) -> None:
    storage = Storage(f"file://{tmp_path}")
    writer = storage.open_writer("uploads/a", "image/png")
    for _ in range(3):
        await writer.write(bytes(BLOCK_BYTES))
    long_ago, soon = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    await storage.remove_unfinished(long_ago)
    assert len(staged(tmp_path)) == 1
    assert await keys_of(storage) == []
    await storage.remove_unfinished(soon)
    assert staged(tmp_path) == []
    with pytest.raises(NotFound):
        await writer.close()
    await writer.abandon()


async def test_a_full_disk_is_said_to_be_full_and_keeps_nothing_of_the_object(small_disk: SmallDisk) -> None:
    storage = Storage(f"file://{small_disk.folder}")
    writer = storage.open_writer("uploads/a", "image/png")

    async def write_too_much() -> None:
        for _ in range(12):
            await writer.write(bytes(BLOCK_BYTES))

    with pytest.raises(OutOfStorage):
        await write_too_much()
    await writer.abandon()
    assert staged(small_disk.folder) == []
    await storage.put("uploads/b", b"x", "image/png")


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace to see what is asked of the disk")
def test_an_object_is_on_the_disk_before_it_has_its_name_and_its_name_before_the_call_returns(tmp_path: Path) -> None:
    objects, calls = tmp_path / "objects", tmp_path / "calls"
    program = (
        "import asyncio, os, sys; from aionserver.infra.storage import Storage;"
        " asyncio.run(Storage(sys.argv[1]).put('uploads/t/f/a', b'x', 'image/png')); os.path.exists('/returned')"
    )
    trace = ["strace", "-f", "-y", "-e", "trace=fsync,rename,stat,newfstatat", "-o", str(calls)]
    command = [*trace, sys.executable, "-c", program, f"file://{objects}"]
    found = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if "ptrace" in found.stderr:
        pytest.skip("nothing may be traced here")
    assert found.returncode == 0, found.stderr
    done = re.findall(rf'(fsync|rename)[^/]*{objects}(/.unfinished|[^>"]*)|/(returned)"', calls.read_text())
    assert ["".join(one) for one in done] == [
        "fsync/.unfinished",
        "rename/.unfinished",
        *(f"fsync{folder}" for folder in ("/uploads/t/f", "/uploads/t", "/uploads", "")),
        "returned",
    ]
