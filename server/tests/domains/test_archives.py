"""Many files in one zip archive, made while it is sent."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from aionserver.infra.actors import Role
from aionserver.infra.sandbox import Sandbox
from aionserver.kit.ids import new_id
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for, upload
from plugins.s3 import OwnBucket

ARCHIVE = "/api/v2/user-files/archive"
COLORS = ("red", "green", "blue")


async def three(tenant: Tenant, name: str = "photo.jpg", **fields: str) -> list[str]:
    return [(await upload(tenant, photo(color), name, **fields))["image_id"] for color in COLORS]


async def fetch(client: httpx2.AsyncClient, ids: Sequence[str], **fields: Any) -> httpx2.Response:
    return await client.post(ARCHIVE, json={"file_ids": ids, **fields}, headers={"Accept-Encoding": "gzip"})


def opened(answer: httpx2.Response) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


async def test_files_come_as_they_were_sent_under_names_of_their_own(tenant: Tenant) -> None:
    ids = await three(tenant)
    answer = await fetch(tenant.client, [*reversed(ids), ids[0]], name="Trip: 写真")
    with opened(answer) as archive:
        assert archive.namelist() == ["photo.jpg", "photo (2).jpg", "photo (3).jpg"]
        assert [archive.read(name) for name in archive.namelist()] == [photo(color) for color in reversed(COLORS)]
    assert answer.headers["Content-Type"] == "application/zip"
    assert "Content-Encoding" not in answer.headers
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;") and disposition.endswith("Trip_%20%E5%86%99%E7%9C%9F.zip")
    assert (answer.headers["X-Archive-Files"], answer.headers["X-Archive-Left-Out"]) == ("3", "0")


async def test_what_can_not_be_in_it_is_told_in_it(product: Product, tenant: Tenant) -> None:
    kept, deleted, broken = await three(tenant, "left out.txt")
    await tenant.client.delete(f"/api/v2/user-files/{deleted}")
    link = {"url": "https://example.org/", "auto_crawl": False}
    link_id = (await tenant.client.post("/api/v2/user-files/links", json=link)).json()["id"]
    theirs = (await upload(await product.tenant()))["image_id"]
    key = (await tenant.client.get(f"/api/v2/user-files/{broken}")).json()["object_key"]
    await product.infra.storage.delete(key)
    unknown = str(new_id())
    answer = await fetch(tenant.client, [kept, deleted, broken, link_id, theirs, unknown, "nonsense"])
    with opened(answer) as archive:
        assert archive.namelist() == ["left out (2).txt", "left out.txt"]
        assert archive.read("left out (2).txt") == photo("red")
        lines = archive.read("left out.txt").decode().splitlines()
    assert {line.split(":")[0] for line in lines} == {deleted, broken, link_id, theirs, unknown, "nonsense"}
    assert (answer.headers["X-Archive-Files"], answer.headers["X-Archive-Left-Out"]) == ("2", "5")


async def test_without_any_file_there_is_no_archive(product: Product, tenant: Tenant) -> None:
    theirs = await three(await product.tenant())
    for ids in (theirs, [str(new_id())], ["nonsense"]):
        refused = await fetch(tenant.client, ids)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "FILE_NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [{}, {"file_ids": []}, {"file_ids": ["x"] * 1001}, {"file_ids": ["x"], "name": "x" * 151}, {"file_ids": [1]}],
)
async def test_what_is_asked_is_bounded(tenant: Tenant, body: dict[str, Any]) -> None:
    assert (await tenant.client.post(ARCHIVE, json=body)).status_code == 422


async def test_a_viewer_downloads_and_nobody_else_does(product: Product, tenant: Tenant) -> None:
    ids = await three(tenant)
    with opened(await fetch(await product.another_key(tenant, Role.VIEWER), ids)) as archive:
        assert len(archive.namelist()) == 3
    assert (await fetch(product.client(None), ids)).status_code == 401


async def test_a_file_that_has_become_shorter_breaks_the_archive_off(product: Product, tenant: Tenant) -> None:
    """A client must not take half a photo for a whole one."""
    (file_id, *_) = ids = await three(tenant)
    key = (await tenant.client.get(f"/api/v2/user-files/{file_id}")).json()["object_key"]
    path = product.infra.storage.path_of(key)
    assert path is not None
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RuntimeError):  # what a server makes a broken connection of
        await fetch(tenant.client, ids)


async def test_files_of_buckets_are_in_it_too(
    database: Database, tmp_path: Path, sandbox: Sandbox, s3_url: str, own_bucket: OwnBucket
) -> None:
    settings = settings_for(database, tmp_path, allow_private_endpoints=True, storage_url=s3_url)
    async with running(settings, sandbox) as product:
        tenant = await product.tenant()
        answer = await tenant.client.post("/api/v2/tenant/s3-config", json=own_bucket.body())
        assert answer.status_code == 200, answer.text
        ids = [
            (await upload(tenant, photo(color), storage_target=target))["image_id"]
            for color, target in (("red", "default"), ("blue", "custom"))
        ]
        with opened(await fetch(tenant.client, ids)) as archive:
            assert [archive.read(name) for name in archive.namelist()] == [photo("red"), photo("blue")]
