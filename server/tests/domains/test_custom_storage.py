"""A tenant's own bucket: set, tested, used by everything that has to do with a file's bytes, and removed."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import text

from aionserver import wiring
from aionserver.domains.custom_storage.schemas import ConfigureS3Request
from aionserver.domains.files.jobs import purge
from aionserver.domains.uploads.jobs import sweep_all
from aionserver.infra.actors import Role
from aionserver.infra.auditing import Audited
from aionserver.infra.checks import Findings, Inspection
from aionserver.infra.clock import utc_now
from aionserver.infra.job_worker import Attempt
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.storage.opened import REST
from aionserver.infra.web.idempotency import fingerprint_of
from aionserver.kit.ids import new_id
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for, upload
from plugins.s3 import OwnBucket

CONFIG = "/api/v2/tenant/s3-config"
FILES = "/api/v2/user-files"
VARIANTS = ("tiny_64", "small_256", "medium_750", "large_1024")
ONCE = Attempt(1, is_last=False)
NOBODY = "http://127.0.0.1:9"


@pytest_asyncio.fixture
async def product(database: Database, tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[Product]:
    """The product where tenants may name servers of the private network, for the test's one is."""
    async with running(settings_for(database, tmp_path, allow_private_endpoints=True), sandbox) as found:
        yield found


async def configured(tenant: Tenant, bucket: OwnBucket, **changes: Any) -> dict[str, Any]:
    answer = await tenant.client.post(CONFIG, json=bucket.body(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def stored_here(product: Product) -> list[str]:
    return [key async for key in product.infra.storage.list_keys("")]


async def scalar(product: Product, tenant: Tenant, query: str) -> Any:
    async with product.infra.open_system_scope(tenant.id) as scope:
        return await scope.session.scalar(text(query))


async def bytes_of(product: Product, tenant: Tenant, path: str) -> httpx2.Response:
    """What is at the end of the redirects: of the product first, then to the bucket, without any credential."""
    answer = await tenant.client.get(f"{FILES}/{path}")
    assert answer.status_code == 302, answer.text
    answer = await product.client(None).get(answer.headers["Location"])
    if answer.status_code != 302:
        return answer
    async with httpx2.AsyncClient() as outside:
        return await outside.get(answer.headers["Location"])


async def disagreements(product: Product, **options: bool) -> list[str]:
    found: list[str] = []
    for check in wiring.CHECKS:
        findings = Findings()
        await check.run(Inspection(product.infra, **options), findings)
        found += findings.examples
    return found


async def refused(tenant: Tenant, bucket: OwnBucket, **changes: Any) -> tuple[int, str, str]:
    answer = await tenant.client.post(CONFIG, json=bucket.body(**changes))
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


async def test_the_same_bucket_sent_again_with_its_key_is_set_once_and_no_digest_of_its_secret_is_kept(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    body, once = own_bucket.body(), {"Idempotency-Key": "bucket"}
    first, again = [await tenant.client.post(CONFIG, json=body, headers=once) for _ in range(2)]
    assert first.status_code == 200, first.text
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    events = "select count(*) from audit_entries where event_type = 'tenant.s3_configured'"
    assert await scalar(product, tenant, events) == 1
    other = await tenant.client.post(CONFIG, json={**body, "prefix": "elsewhere"}, headers=once)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    sent = {"path": {}, "body": ConfigureS3Request.model_validate(body).model_dump()}
    kept = await scalar(product, tenant, "select fingerprint from idempotency_keys")
    assert kept != fingerprint_of("tenant_settings.configure_custom_s3", sent)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bucket_name": "no-such-bucket"}, "(no such bucket|Access denied)"),
        ({"bucket_name": "test-bucket"}, "Access denied"),
        ({"access_key_id": "NOBODYSACCESSKEY"}, "access key is not known"),
        ({"secret_access_key": "another-secret-access-key-0123"}, "secret access key does not belong"),
        ({"endpoint_url": NOBODY}, "can't be reached"),
    ],
)
async def test_a_bucket_that_does_not_work_is_refused_with_a_sentence_and_not_kept(
    tenant: Tenant, own_bucket: OwnBucket, changes: dict[str, str], sentence: str
) -> None:
    status, code, message = await refused(tenant, own_bucket, **changes)
    assert (status, code) == (422, "BUCKET_NOT_USABLE")
    assert re.search(sentence, message), message
    assert (await tenant.client.get(CONFIG)).json()["configured"] is False
    assert own_bucket.objects() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bucket_name": "Capital"}, "bucket_name"),
        ({"bucket_name": "192.168.5.4"}, "bucket_name"),
        ({"bucket_name": "two..dots"}, "bucket_name"),
        ({"bucket_name": "xn--bucket"}, "bucket_name"),
        ({"bucket_name": "bucket-s3alias"}, "bucket_name"),
        ({"bucket_name": "bucket/../other"}, "bucket_name"),
        ({"region": "us-east-1.evil.example/"}, "region"),
        ({"region": "moon", "endpoint_url": None}, "region"),
        ({"endpoint_url": "ftp://example.org"}, "endpoint_url"),
        ({"endpoint_url": "https://user:password@example.org"}, "endpoint_url"),
        ({"endpoint_url": "https://example.org/path"}, "endpoint_url"),
        ({"endpoint_url": "https://example.org?x=1"}, "endpoint_url"),
        ({"endpoint_url": "https://example.org:99999"}, "endpoint_url"),
        ({"prefix": "a/../b"}, "prefix"),
        ({"prefix": "a//b"}, "prefix"),
        ({"access_key_id": "short"}, "access_key_id"),
        ({"secret_access_key": "with spaces in the secret"}, "secret_access_key"),
    ],
)
async def test_what_no_bucket_has_is_refused_by_its_field(tenant: Tenant, changes: dict[str, str], field: str) -> None:
    answer = await tenant.client.post(CONFIG, json=OwnBucket(NOBODY).body(**changes))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "VALIDATION_ERROR")
    assert [one["field"] for one in error["details"]] == [field]
    assert "secret" not in error["message"].replace("secret_access_key", "")


async def test_a_configured_bucket_is_shown_without_its_keys(tenant: Tenant, own_bucket: OwnBucket) -> None:
    assert (await tenant.client.get(CONFIG)).json() == {
        **dict.fromkeys(("bucket_name", "region", "configured_at", "is_validated", "error", "endpoint_url", "prefix")),
        "configured": False,
    }
    shown = await configured(tenant, own_bucket)
    assert shown == (await tenant.client.get(CONFIG)).json()
    assert shown.pop("configured_at")
    assert shown == {
        "configured": True,
        "bucket_name": "tenant-bucket",
        "region": "us-east-1",
        "is_validated": True,
        "error": None,
        "endpoint_url": own_bucket.endpoint,
        "prefix": "photos",
    }
    assert own_bucket.objects() == []


async def test_only_administrators_change_a_bucket_and_viewers_see_it(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    for role in (Role.VIEWER, Role.EDITOR):
        client = await product.another_key(tenant, role)
        assert (await client.get(CONFIG)).json()["configured"] is True
        assert (await client.post(CONFIG, json=own_bucket.body())).status_code == 403
        assert (await client.post(f"{CONFIG}/validate")).status_code == 403
        assert (await client.delete(CONFIG)).status_code == 403


async def test_a_file_for_the_own_bucket_goes_there_and_nowhere_else(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    data = photo("green")
    answer = await upload(tenant, data, storage_target="custom")
    assert answer["storage_target"] == "custom"
    await product.do_jobs()
    file_id = answer["image_id"]
    found = (await tenant.client.get(f"{FILES}/{file_id}")).json()
    assert (found["variant_status"], found["description_status"]) == ("completed", "completed")
    assert await stored_here(product) == []
    assert [key.rpartition("/")[2] for key in own_bucket.objects()] == [
        "photo.jpg",
        *(f"{n}.webp" for n in sorted(VARIANTS, key=str)),
    ]
    assert (await bytes_of(product, tenant, f"{file_id}/download")).content == data
    for name in VARIANTS:
        assert (await bytes_of(product, tenant, f"{file_id}/variant/{name}")).content[8:12] == b"WEBP"
    for field in ("original_url", "thumbnail_url", "medium_url", "full_url"):
        assert (await product.client(None).get(found[field])).status_code == 302
    head = await product.client(None).head(found["original_url"])
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(data)))
    assert await disagreements(product, content=True) == []


async def test_a_batch_goes_to_the_own_bucket_too_wherever_the_field_stands_in_the_form(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    colors = ("red", "green", "blue")
    parts: list[Any] = [("files", (f"{color}.jpg", photo(color))) for color in colors]
    last = [*parts, ("storage_target", (None, "custom"))]
    first = [("storage_target", (None, "custom")), *parts]
    for form in (last, first):
        answer = await tenant.client.post(f"{FILES}/upload/stream-batch", files=form)
        assert answer.status_code == 200, answer.text
        assert [one["storage_target"] for one in answer.json()["files"]] == ["custom"] * 3
    assert await stored_here(product) == []
    assert len(own_bucket.objects()) == 6
    await product.do_jobs()
    assert len(own_bucket.objects()) == 30
    for color, one in zip(colors, answer.json()["files"], strict=True):
        assert (await bytes_of(product, tenant, f"{one['image_id']}/download")).content == photo(color)
    assert await disagreements(product, content=True) == []


async def test_a_file_of_several_parts_arrives_whole_in_the_own_bucket(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    data = photo() + bytes(range(256)) * 4096 * 18
    for form in (
        [("storage_target", (None, "custom")), ("file", ("a.jpg", data))],
        [("file", ("a.jpg", data)), ("storage_target", (None, "custom"))],
    ):
        answer = await tenant.client.post(f"{FILES}/upload/stream", files=form)
        assert answer.status_code == 200, answer.text
        assert (await bytes_of(product, tenant, f"{answer.json()['image_id']}/download")).content == data
    assert await stored_here(product) == []


async def test_without_the_field_files_stay_with_the_server(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    assert (await upload(tenant))["storage_target"] == "default"
    assert (await upload(tenant, photo("blue"), storage_target="default"))["storage_target"] == "default"
    assert own_bucket.objects() == []
    assert len(await stored_here(product)) == 2


async def test_a_tenant_without_a_bucket_is_told_so_whatever_others_have(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    other = await product.tenant("Other")
    assert (await other.client.get(CONFIG)).json()["configured"] is False
    for path, name in (("stream", "file"), ("stream-batch", "files")):
        answer = await other.client.post(
            f"{FILES}/upload/{path}", files={name: ("a.jpg", photo())}, data={"storage_target": "custom"}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (501, "CUSTOM_STORAGE_NOT_CONFIGURED")
    assert (own_bucket.objects(), await stored_here(product)) == ([], [])
    assert (await other.client.post(f"{CONFIG}/validate")).json()["valid"] is False
    assert (await other.client.delete(CONFIG)).json()["removed"] is False
    assert (await tenant.client.get(CONFIG)).json()["configured"] is True


async def test_another_tenant_neither_sees_nor_reaches_a_file_in_the_bucket(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    file_id = (await upload(tenant, storage_target="custom"))["image_id"]
    await product.do_jobs()
    other = await product.tenant("Other")
    for path in (file_id, f"{file_id}/download", f"{file_id}/variant/small_256"):
        assert (await other.client.get(f"{FILES}/{path}")).status_code == 404
    url = (await tenant.client.get(f"{FILES}/{file_id}/download")).headers["Location"]
    assert str(tenant.id) in url
    for changed in (url.replace(str(tenant.id), str(other.id), 1), url.replace("/buckets/", "/objects/", 1), url[:-1]):
        answer = await product.client(None).get(changed)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INVALID_SIGNATURE")
    product.infra.clock = lambda: utc_now() + timedelta(hours=2)
    assert (await product.client(None).get(url)).json()["error"]["code"] == "EXPIRED_URL"


async def test_deleting_and_purging_a_file_empties_the_bucket_of_it(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    gone, kept = [
        (await upload(tenant, photo(color), storage_target="custom"))["image_id"] for color in ("red", "blue")
    ]
    await product.do_jobs()
    await tenant.client.delete(f"{FILES}/{gone}")
    assert len(own_bucket.objects()) == 10
    assert (await tenant.client.post(f"{FILES}/{gone}/restore")).status_code == 200
    assert (await bytes_of(product, tenant, f"{gone}/download")).status_code == 200
    await tenant.client.delete(f"{FILES}/{gone}")
    product.infra.clock = lambda: utc_now() + timedelta(days=31)
    await purge(product.infra, ONCE)
    assert len(own_bucket.objects()) == 5
    assert all(kept in key for key in own_bucket.objects())
    assert (await tenant.client.get(CONFIG)).json()["configured"] is True


async def test_bytes_that_no_file_points_at_are_swept_from_the_bucket_and_only_the_tenants_own(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    file_id = (await upload(tenant, storage_target="custom"))["image_id"]
    orphan = f"uploads/{tenant.id}/{new_id()}/x.jpg"
    others = [f"uploads/{new_id()}/{new_id()}/x.jpg", "my-own/notes.txt"]
    for key in (orphan, *others):
        own_bucket.put(key, b"x")
    mine = f"uploads/{tenant.id}/{file_id}/photo.jpg"
    product.infra.clock = lambda: utc_now() + timedelta(hours=7)
    (line,) = [line for line in await disagreements(product) if "no row names it" in line]
    assert orphan in line
    await sweep_all(product.infra, ONCE)
    assert set(own_bucket.objects()) == {mine, *others}
    assert not [line for line in await disagreements(product) if "object" in line]


async def test_what_could_be_a_files_in_another_store_is_never_removed(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    file_id = (await upload(tenant, storage_target="custom"))["image_id"]
    stray = f"uploads/{tenant.id}/{file_id}/photo.jpg"
    await product.infra.storage.put(stray, b"x", "image/jpeg")
    product.infra.clock = lambda: utc_now() + timedelta(hours=7)
    await sweep_all(product.infra, ONCE)
    lines = await disagreements(product, repair=True, is_quiet=True)
    assert [line for line in lines if stray in line] == [f"object {stray}: no row names it"]
    assert await stored_here(product) == [stray]


async def test_a_place_where_files_are_already_is_refused_by_whatever_name(
    database: Database, tmp_path: Path, sandbox: Sandbox, own_bucket: OwnBucket, s3_url: str
) -> None:
    settings = settings_for(database, tmp_path, allow_private_endpoints=True, storage_url="s3://tenant-bucket/photos")
    async with running(settings, sandbox) as product:
        tenant = await product.tenant()
        status, code, message = await refused(tenant, own_bucket)
        assert (status, code) == (422, "BUCKET_NOT_USABLE")
        assert "already" in message
        await configured(tenant, own_bucket, prefix="photos/mine")
        alias = own_bucket.endpoint.replace("127.0.0.1", "localhost")
        assert (await refused(tenant, own_bucket, prefix="photos/mine", endpoint_url=alias))[0] == 422
        await configured(tenant, own_bucket, prefix="photos/mine")
    assert own_bucket.objects() == []


async def test_verify_finds_what_is_missing_from_the_bucket_or_changed_in_it(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    await upload(tenant, storage_target="custom")
    await product.do_jobs()
    original, *_, variant = own_bucket.objects()
    own_bucket.put(original, b"x" * len(photo()))
    assert [line for line in await disagreements(product, content=True) if "content is not" in line]
    own_bucket.clear()
    lines = await disagreements(product)
    assert any(variant in line and "is gone" in line for line in lines)


async def test_after_removal_files_in_the_bucket_stay_readable_until_the_last_is_purged(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    file_id = (await upload(tenant, storage_target="custom"))["image_id"]
    await product.do_jobs()
    answer = (await tenant.client.delete(CONFIG)).json()
    assert answer["removed"] is True
    assert "stay readable" in answer["message"]
    assert (await tenant.client.get(CONFIG)).json()["configured"] is False
    assert (await bytes_of(product, tenant, f"{file_id}/variant/small_256")).status_code == 200
    late = await tenant.client.post(
        f"{FILES}/upload/stream", files={"file": ("a.jpg", photo())}, data={"storage_target": "custom"}
    )
    assert late.status_code == 501
    await purge(product.infra, ONCE)
    assert await scalar(product, tenant, "select count(*) from tenant_buckets") == 1
    await tenant.client.delete(f"{FILES}/{file_id}")
    product.infra.clock = lambda: utc_now() + timedelta(days=31)
    await purge(product.infra, ONCE)
    assert own_bucket.objects() == []
    assert await scalar(product, tenant, "select count(*) from tenant_buckets") == 0


async def test_a_bucket_without_files_is_forgotten_at_once(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    assert "forgotten" in (await tenant.client.delete(CONFIG)).json()["message"]
    assert await scalar(product, tenant, "select count(*) from tenant_buckets") == 0


async def test_with_another_bucket_files_stay_where_they_are_and_new_ones_go_there(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    old = (await upload(tenant, storage_target="custom"))["image_id"]
    await configured(tenant, own_bucket, prefix="photos/later")
    new = (await upload(tenant, photo("blue"), storage_target="custom"))["image_id"]
    await product.do_jobs()
    assert [new in key for key in own_bucket.objects() if key.startswith("later/")] == [True] * 5
    for file_id, color in ((old, "red"), (new, "blue")):
        assert (await bytes_of(product, tenant, f"{file_id}/download")).content == photo(color)
    await configured(tenant, own_bucket)
    assert await scalar(product, tenant, "select count(*) from tenant_buckets") == 2


async def test_keys_are_changed_without_moving_anything(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    file_id = (await upload(tenant, storage_target="custom"))["image_id"]
    before = await scalar(product, tenant, "select id from tenant_buckets")
    again = OwnBucket(f"{own_bucket.endpoint}/", own_bucket.other_keys)
    await configured(tenant, again, prefix="/photos/")
    assert await scalar(product, tenant, "select id from tenant_buckets") == before
    assert await scalar(product, tenant, "select version from tenant_buckets") == 2
    assert (await bytes_of(product, tenant, f"{file_id}/download")).content == photo()


async def test_an_upload_whose_bucket_was_removed_on_its_way_is_refused_and_leaves_nothing(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    request = tenant.client.build_request(
        "POST",
        f"{FILES}/upload/stream",
        files={"file": ("a.jpg", photo(size=(2000, 2000)))},
        data={"storage_target": "custom"},
    )
    body = await request.aread()

    async def pieces() -> AsyncIterator[bytes]:
        yield body[:-100]
        await tenant.client.delete(CONFIG)
        yield body[-100:]

    answer = await tenant.client.post(
        f"{FILES}/upload/stream", content=pieces(), headers={"Content-Type": request.headers["Content-Type"]}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CUSTOM_STORAGE_CHANGED")
    assert own_bucket.objects() == []


async def unreachable(product: Product, tenant: Tenant) -> None:
    """From now on nobody listens where the bucket was."""
    async with product.infra.open_system_scope(tenant.id) as scope:
        query = text("update tenant_buckets set endpoint_url = :nobody, version = version + 1")
        await scope.session.execute(query, {"nobody": NOBODY})


async def reachable(product: Product, tenant: Tenant, bucket: OwnBucket) -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        query = text("update tenant_buckets set endpoint_url = :there, version = version + 1")
        await scope.session.execute(query, {"there": bucket.endpoint})


async def test_while_the_bucket_is_away_everything_says_so_and_nothing_is_lost(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    file_id = (await upload(tenant, storage_target="custom"))["image_id"]
    url = (await tenant.client.get(f"{FILES}/{file_id}/download")).headers["Location"]
    await unreachable(product, tenant)
    answer = await tenant.client.post(
        f"{FILES}/upload/stream", files={"file": ("a.jpg", photo("blue"))}, data={"storage_target": "custom"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "CUSTOM_STORAGE_UNREACHABLE")
    assert answer.headers["Retry-After"]
    assert (await product.client(None).get(url)).json()["error"]["code"] == "CUSTOM_STORAGE_UNREACHABLE"
    assert (await tenant.client.get(f"{FILES}/{file_id}")).status_code == 200
    assert (await upload(tenant, photo("gray")))["status"] == "processing"
    await sweep_all(product.infra, ONCE)
    assert any("does not answer" in line for line in await disagreements(product))
    checked = (await tenant.client.post(f"{CONFIG}/validate")).json()
    assert (checked["valid"], checked["error"]) == (False, "The bucket can't be reached.")
    assert (await tenant.client.get(CONFIG)).json()["is_validated"] is False
    await product.do_jobs()
    assert (await tenant.client.get(f"{FILES}/{file_id}")).json()["variant_status"] == "processing"
    await reachable(product, tenant, own_bucket)
    assert (await tenant.client.post(f"{CONFIG}/validate")).json()["valid"] is True
    assert (await product.client(None).get(url)).status_code == 302


async def test_a_purge_goes_on_with_the_others_while_a_bucket_is_away(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    await configured(tenant, own_bucket)
    there = (await upload(tenant, storage_target="custom"))["image_id"]
    here = (await upload(tenant, photo("blue")))["image_id"]
    await unreachable(product, tenant)
    for file_id in (there, here):
        await tenant.client.delete(f"{FILES}/{file_id}")
    product.infra.clock = lambda: utc_now() + timedelta(days=31)
    await purge(product.infra, ONCE)
    assert await kept_ids(product, tenant) == [there]
    await reachable(product, tenant, own_bucket)
    await purge(product.infra, ONCE)
    assert own_bucket.objects() == []
    assert await kept_ids(product, tenant) == []


async def kept_ids(product: Product, tenant: Tenant) -> list[str]:
    """The files that there are rows of, deleted ones too."""
    async with product.infra.open_system_scope(tenant.id) as scope:
        return [str(one) for one in await scope.session.scalars(text("select id from files"))]


class Relay:
    """Another way to the bucket's server, that can be closed and opened again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.is_open = True

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_open:
            there, out = await asyncio.open_connection("127.0.0.1", self._port)
            await asyncio.gather(self._pass_on(reader, out), self._pass_on(there, writer))
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.is_open and (data := await reader.read(65536)):
            writer.write(data)
            await writer.drain()
        writer.close()


async def test_a_bucket_that_did_not_answer_is_asked_again_after_a_rest(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    relay = Relay(int(own_bucket.endpoint.rpartition(":")[2]))
    server = await asyncio.start_server(relay.take, "127.0.0.1", 0)
    async with server:
        await configured(tenant, own_bucket, endpoint_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        file_id = (await upload(tenant, storage_target="custom"))["image_id"]
        url = (await tenant.client.get(f"{FILES}/{file_id}/download")).headers["Location"]
        statuses: list[int] = []
        for is_open, seconds in ((True, 0), (False, 0), (True, 0), (True, REST.seconds + 1)):
            relay.is_open, later = is_open, utc_now() + timedelta(seconds=seconds)
            product.infra.clock = lambda later=later: later
            statuses.append((await product.client(None).get(url)).status_code)
        assert statuses == [302, 503, 503, 302]
        relay.is_open = False


async def test_the_secret_is_nowhere_to_be_found(
    product: Product, tenant: Tenant, own_bucket: OwnBucket, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = [await tenant.client.post(CONFIG, json=own_bucket.body())]
    answers.append(await tenant.client.post(CONFIG, json=own_bucket.body(bucket_name="test-bucket")))
    answers.append(await tenant.client.post(CONFIG, json=own_bucket.body(bucket_name="Bad Name")))
    await upload(tenant, storage_target="custom")
    await unreachable(product, tenant)
    await product.do_jobs()
    answers += [await tenant.client.get(CONFIG), await tenant.client.post(f"{CONFIG}/validate")]
    told = "".join(answer.text for answer in answers)
    async with product.infra.open_system_scope(tenant.id) as scope:
        tables = (
            await scope.session.scalars(text("select tablename from pg_tables where schemaname = 'public'"))
        ).all()
        kept = [str((await scope.session.execute(text(f"select t::text from {name} t"))).all()) for name in tables]
    out, err = capfd.readouterr()
    secret = own_bucket.keys[1]
    for where in (told, out, err, *kept):
        assert secret not in where
        assert secret.encode().hex() not in where
    assert own_bucket.keys[0] not in told + "".join(kept)


async def test_what_is_done_to_a_bucket_is_told_to_the_audit_log(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    told: list[Any] = []

    async def listen(_: object, event: Any) -> None:
        told.append(event)

    product.infra.subscriptions = {**product.infra.subscriptions, Audited: (listen,)}
    await configured(tenant, own_bucket)
    await tenant.client.post(f"{CONFIG}/validate")
    await tenant.client.delete(CONFIG)
    mine = [one for one in told if one.event_type.startswith("tenant.s3_")]
    assert [one.event_type for one in mine] == ["tenant.s3_configured", "tenant.s3_validated", "tenant.s3_removed"]
    assert mine[0].changes["bucket_name"] == (None, "tenant-bucket")
    assert own_bucket.keys[1] not in json.dumps([str(one) for one in mine])


async def test_the_operators_own_variables_do_not_reach_a_tenants_server(
    product: Product, tenant: Tenant, own_bucket: OwnBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"):
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the-operators")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    await configured(tenant, own_bucket)
    file_id = (await upload(tenant, storage_target="custom"))["image_id"]
    assert (await bytes_of(product, tenant, f"{file_id}/download")).content == photo()


async def test_a_limit_holds_for_each_operation(tenant: Tenant) -> None:
    statuses = [(await tenant.client.delete(CONFIG)).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    statuses = [(await tenant.client.post(f"{CONFIG}/validate")).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
