"""Presigned uploads straight into buckets of a real S3 server, which checks signatures itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import pytest_asyncio

from aionserver import wiring
from aionserver.domains.uploads.jobs import expire_all, sweep_all
from aionserver.infra.checks import Findings, Inspection
from aionserver.infra.clock import utc_now
from aionserver.infra.job_worker import Attempt
from aionserver.infra.sandbox import Sandbox
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for
from plugins.s3 import OwnBucket

CONFIG = "/api/v2/tenant/s3-config"
UPLOADS = "/api/v2/uploads"
FILES = "/api/v2/user-files"
ONCE = Attempt(1, is_last=False)
DATA = photo("green")
TARGETS = ("default", "custom")


@pytest_asyncio.fixture
async def product(database: Database, tmp_path: Path, sandbox: Sandbox, s3_url: str) -> AsyncIterator[Product]:
    """The product over a bucket of its own, where tenants may name servers of the private network."""
    settings = settings_for(database, tmp_path, allow_private_endpoints=True, storage_url=s3_url)
    async with running(settings, sandbox) as found:
        await empty(found)  # of what other tests have left in the run's bucket
        yield found
        await empty(found)


async def empty(product: Product) -> None:
    storage = product.infra.storage
    for key in [key async for key in storage.list_keys("")]:
        await storage.delete(key)


@pytest_asyncio.fixture
async def tenant(product: Product, own_bucket: OwnBucket) -> Tenant:
    """A tenant with a bucket of its own."""
    found = await product.tenant()
    answer = await found.client.post(CONFIG, json=own_bucket.body())
    assert answer.status_code == 200, answer.text
    return found


async def requested(tenant: Tenant, target: str, data: bytes = DATA, **changes: Any) -> dict[str, Any]:
    body = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": len(data), "storage_target": target}
    answer = await tenant.client.post(f"{UPLOADS}/request-presigned-url", json={**body, **changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def put(offer: dict[str, Any], data: bytes = DATA, url: str = "", **headers: str) -> httpx2.Response:
    """What the S3 server itself says to the bytes."""
    async with httpx2.AsyncClient() as client:
        return await client.put(
            url or offer["upload_url"], content=data, headers={**offer["upload_headers"], **headers}
        )


async def confirmed(tenant: Tenant, offer: dict[str, Any], data: bytes = DATA) -> httpx2.Response:
    body = {"object_key": offer["object_key"], "size_bytes": len(data)}
    return await tenant.client.post(f"{UPLOADS}/confirm", json=body)


async def stored(product: Product, bucket: OwnBucket, target: str) -> list[str]:
    """The keys of what is in the bucket of a target."""
    if target == "custom":
        return bucket.objects()
    return sorted([key async for key in product.infra.storage.list_keys("")])


async def downloaded(product: Product, tenant: Tenant, file_id: str) -> bytes:
    """The bytes of a file, from where the redirects lead: past this server, to the S3 server."""
    found = await tenant.client.get(f"{FILES}/{file_id}/download")
    while "testserver" in found.headers["Location"]:
        found = await product.client(None).get(found.headers["Location"])
    async with httpx2.AsyncClient() as client:
        return (await client.get(found.headers["Location"])).content


async def disagreements(product: Product, **options: bool) -> list[str]:
    found = Findings()
    for check in wiring.CHECKS:
        await check.run(Inspection(product.infra, **options), found)
    return found.examples


@pytest.mark.parametrize("target", TARGETS)
async def test_bytes_go_straight_to_the_bucket_and_become_a_file(
    product: Product, tenant: Tenant, own_bucket: OwnBucket, target: str
) -> None:
    offer = await requested(tenant, target)
    assert offer["upload_url"].startswith(own_bucket.endpoint)
    assert offer["bucket_name"] == ("tenant-bucket" if target == "custom" else None)
    assert (await confirmed(tenant, offer)).json()["error"]["code"] == "UPLOAD_NOT_ARRIVED"
    assert (await put(offer)).status_code == 200
    assert len(await stored(product, own_bucket, target)) == 1
    assert await disagreements(product, is_quiet=True) == []
    first, again = await asyncio.gather(*(confirmed(tenant, offer) for _ in range(2)))
    assert first.status_code == 200, first.text
    assert again.json() == first.json()
    await product.do_jobs()
    found = (await tenant.client.get(f"{FILES}/{first.json()['upload_id']}")).json()
    assert (found["variant_status"], found["description_status"]) == ("completed", "completed")
    keys = await stored(product, own_bucket, target)
    assert [key for key in keys if not key.startswith("variants/")] == [offer["object_key"]]
    assert len(keys) == 5
    assert await disagreements(product, content=True, is_quiet=True) == []


@pytest.mark.parametrize("target", TARGETS)
async def test_the_store_refuses_what_was_not_signed(
    product: Product, tenant: Tenant, own_bucket: OwnBucket, target: str
) -> None:
    offer = await requested(tenant, target)
    url = offer["upload_url"]
    other = urlsplit((await requested(tenant, target))["upload_url"]).path
    refused = [
        await put(offer, url=url.replace(urlsplit(url).path, other)),
        await put(offer, url=url.replace("X-Amz-Expires=600", "X-Amz-Expires=6000")),
        await put(offer, url=url[:-1] + ("0" if url[-1] != "0" else "1")),
        await put(offer, url=url.replace("content-length%3B", "")),
        await put(offer, **{"Content-Type": "text/html"}),
        await put(offer, DATA + b"more"),
        await put(offer, DATA[:-1]),
    ]
    async with httpx2.AsyncClient() as client:
        refused += [await client.get(url), await client.delete(url)]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert await stored(product, own_bucket, target) == []


async def test_the_store_refuses_a_url_whose_time_is_over(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aionserver.domains.uploads.presigned.URL_SECONDS", 1)
    offers = [await requested(tenant, target) for target in TARGETS]
    await asyncio.sleep(2.1)
    assert [(await put(offer)).status_code for offer in offers] == [403, 403]


@pytest.mark.parametrize("target", TARGETS)
async def test_what_is_no_picture_is_removed_from_the_bucket(
    product: Product, tenant: Tenant, own_bucket: OwnBucket, target: str
) -> None:
    data = b"<html>no picture</html>"
    offer = await requested(tenant, target, data)
    assert (await put(offer, data)).status_code == 200
    answer = await confirmed(tenant, offer, data)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "UNSUPPORTED_FORMAT")
    assert await stored(product, own_bucket, target) == []


@pytest.mark.parametrize("target", TARGETS)
async def test_what_was_confirmed_is_not_what_is_put_later(
    product: Product, tenant: Tenant, own_bucket: OwnBucket, target: str
) -> None:
    offer = await requested(tenant, target)
    await put(offer)
    file_id = (await confirmed(tenant, offer)).json()["upload_id"]
    assert (await put(offer, DATA[:-1] + b"\0")).status_code == 200
    assert await disagreements(product, content=True) == []
    product.infra.clock = lambda: utc_now() + timedelta(hours=7)
    await sweep_all(product.infra, ONCE)
    assert await stored(product, own_bucket, target) == [offer["object_key"]]
    product.infra.clock = utc_now
    assert await downloaded(product, tenant, file_id) == DATA


@pytest.mark.parametrize("target", TARGETS)
async def test_what_nobody_confirms_is_removed_from_the_bucket(
    product: Product, tenant: Tenant, own_bucket: OwnBucket, target: str
) -> None:
    await put(await requested(tenant, target))
    product.infra.clock = lambda: utc_now() + timedelta(hours=3)
    await expire_all(product.infra, ONCE)
    assert await stored(product, own_bucket, target) == []


async def test_a_batch_may_go_to_both_places(product: Product, tenant: Tenant, own_bucket: OwnBucket) -> None:
    file = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": len(DATA)}
    body = {"files": [{**file, "storage_target": target} for target in TARGETS], "intent": "describe"}
    batch = (await tenant.client.post(f"{UPLOADS}/batch-prepare", json=body)).json()
    for one in batch["presigned_urls"]:
        assert (await put(one)).status_code == 200
    answer = (await tenant.client.post(f"{UPLOADS}/batch/{batch['batch_id']}/auto-recover")).json()
    assert answer["recovered_files"] == 2
    await product.do_jobs()
    assert len(own_bucket.objects()) == 5
    assert len(await stored(product, own_bucket, "default")) == 5
    assert await disagreements(product, content=True, is_quiet=True) == []


async def test_a_bucket_that_was_changed_meanwhile_takes_nothing_more(
    product: Product, tenant: Tenant, own_bucket: OwnBucket
) -> None:
    offer = await requested(tenant, "custom")
    await put(offer)
    await tenant.client.delete(CONFIG)
    answer = await confirmed(tenant, offer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CUSTOM_STORAGE_CHANGED")
    product.infra.clock = lambda: utc_now() + timedelta(hours=3)
    await expire_all(product.infra, ONCE)
    assert own_bucket.objects() == []


async def test_without_the_keys_secret_the_url_is_the_stores_own(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product.infra.storage, "_signing_keys", {})
    offer = await requested(tenant, "default")
    assert "content-length" not in offer["upload_url"]
    assert (await put(offer, DATA + bytes(100))).status_code == 200
    answer = await confirmed(tenant, offer, DATA + bytes(100))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")
    assert [key async for key in product.infra.storage.list_keys("")] == []
