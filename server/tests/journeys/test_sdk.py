"""A program written for the SDK, against a real server."""

import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from aion import AionVision, InsecureTransportWarning, ResourceNotFoundError, SyncAionVision
from aion.types import DescriptionStatus
from plugins.product import photo
from plugins.served import Served

COLOURS = ("red", "green", "blue", "yellow", "orange", "purple", "white", "black")


@pytest_asyncio.fixture
async def client(served: Served) -> AsyncIterator[AionVision]:
    """The async client of a user."""
    with pytest.warns(InsecureTransportWarning):
        client = AionVision(served.key, base_url=served.api, polling_interval=0.1)
    async with client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of photos, one of them in a folder below."""
    (tmp_path / "below").mkdir()
    for number, colour in enumerate(COLOURS):
        place = tmp_path / "below" if number == 0 else tmp_path
        (place / f"{colour}.jpg").write_bytes(photo(colour, size=(150 + number, 100)))
    (tmp_path / "notes.xyz").write_text("not a photo")
    return tmp_path


async def test_a_folder_goes_in_and_comes_out_described(client: AionVision, folder: Path) -> None:
    stored: list[str] = []
    results = await client.upload(folder, on_file_complete=lambda event: stored.append(event.result.image_id))
    assert results.summary() == "8 succeeded"
    assert sorted(stored) == sorted(result.image_id for result in results)
    assert all(result.description_status is DescriptionStatus.COMPLETED for result in results)
    assert all(result.description and result.tags for result in results)


async def test_one_photo_has_all_its_parts(client: AionVision, tmp_path: Path) -> None:
    path = tmp_path / "harbour.jpg"
    path.write_bytes(photo("cyan", size=(640, 480)))
    result = await client.upload_one(path, title="The harbour", tags=["sea", "trip"])
    details = await client.files.get(result.image_id)
    assert (details.title, details.tags[:2]) == ("The harbour", ["sea", "trip"])
    assert details.dimensions == {"width": 640, "height": 480}
    assert await client.files.download(result.image_id) == path.read_bytes()
    archive = await client.files.download_archive([result.image_id], tmp_path / "all.zip")
    with zipfile.ZipFile(archive) as opened:
        assert opened.read("harbour.jpg") == path.read_bytes()
    assert (await client.files.get_variant(result.image_id, "small_256")).startswith("http")
    changed = await client.files.update(result.image_id, title="The old harbour")
    assert changed.title == "The old harbour"
    found = await client.files.list(search="old harb")
    assert [file.id for file in found.files] == [result.image_id]
    searched = await client.agent_search.images("the old harbour")
    assert searched.results[0].image_id == result.image_id
    await client.files.delete(result.image_id)
    with pytest.raises(ResourceNotFoundError):
        await client.files.get(result.image_id)


async def test_quota_and_paging(client: AionVision) -> None:
    assert (await client.uploads.check_quota(3)).can_proceed
    listed = await client.files.list(limit=1)
    every = [file.id async for file in client.files.list_all()]
    assert len(every) == len(set(every)) == listed.total_count


def test_the_blocking_client_does_the_same(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "lighthouse.jpg"
    path.write_bytes(photo("teal"))
    with pytest.warns(InsecureTransportWarning):
        client = SyncAionVision(served.key, base_url=served.api, polling_interval=0.1)
    with client:
        result = client.upload_one(path)
        assert client.files.get(result.image_id).upload_description
        names: Iterator[str | None] = (file.filename for file in client.files.list_all())
        assert "lighthouse.jpg" in names
