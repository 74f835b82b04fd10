"""Objects in a local folder and in a bucket behave the same."""

import gc
import hashlib
import os
from pathlib import Path

import httpx2
import pytest

from aionserver.infra.errors import NotFound, Unavailable
from aionserver.infra.storage import Storage

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
    writer = await storage.open_writer("uploads/large", "image/png")
    digest, piece = hashlib.sha256(), os.urandom(1 << 20)
    for _ in range(12):
        await writer.write(piece)
        digest.update(piece)
    stored = await writer.close()
    assert (stored.key, stored.size_bytes, stored.sha256) == ("uploads/large", 12 << 20, digest.hexdigest())
    assert await read(storage, "uploads/large", (12 << 20) - 5, 12 << 20) == piece[-5:]
    assert await read(storage, "uploads/large", (1 << 20) - 5, (2 << 20) + 5) == piece[-5:] + piece + piece[:5]


async def test_an_unfinished_writer_leaves_nothing_to_be_seen(storage: Storage) -> None:
    writer = await storage.open_writer("uploads/unfinished", "image/png")
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
    writer = await storage.open_writer(ODD_KEY, "image/png")
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


async def test_a_dropped_writer_leaves_no_bytes_on_the_disk(tmp_path: Path) -> None:
    storage = Storage(f"file://{tmp_path}")
    writer = await storage.open_writer("uploads/dropped", "image/png")
    for _ in range(12):
        await writer.write(bytes(1 << 20))
    del writer
    gc.collect()
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
