"""Presigned uploads of one file through HTTP: asked for, put, confirmed; and all that can go wrong between."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy import text

from aionserver import wiring
from aionserver.domains.uploads import arrivals, confirming
from aionserver.domains.uploads.jobs import expire_all, sweep_all
from aionserver.domains.usage import service as usage
from aionserver.infra.checks import Findings, Inspection
from aionserver.infra.clock import utc_now
from aionserver.infra.errors import Unavailable
from aionserver.infra.job_worker import Attempt
from aionserver.infra.pressure import Place
from aionserver.kit.ids import new_id
from plugins.product import Product, Tenant, photo

REQUEST = "/api/v2/uploads/request-presigned-url"
CONFIRM = "/api/v2/uploads/confirm"
INITIATE = "/api/v2/user-files/upload/initiate"
CONFIRM_INITIATED = "/api/v2/user-files/upload/confirm"
FILES = "/api/v2/user-files"
ONCE = Attempt(1, is_last=False)
DATA = photo()


async def requested(tenant: Tenant, data: bytes = DATA, **changes: Any) -> dict[str, Any]:
    """The offer of a URL for these bytes."""
    body = {"filename": "photo.jpg", "content_type": "image/jpeg", "size_bytes": len(data), **changes}
    answer = await tenant.client.post(REQUEST, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def put(product: Product, offer: dict[str, Any], data: bytes = DATA, **headers: str) -> httpx2.Response:
    """The answer to the bytes, sent by somebody who has nothing but the URL."""
    sent = {**offer["upload_headers"], **headers}
    return await product.client(None).put(offer["upload_url"], content=data, headers=sent)


async def confirmed(tenant: Tenant, offer: dict[str, Any], data: bytes = DATA, **changes: Any) -> httpx2.Response:
    body = {"object_key": offer["object_key"], "size_bytes": len(data), **changes}
    return await tenant.client.post(CONFIRM, json=body)


async def arrived(product: Product, tenant: Tenant, data: bytes = DATA, **changes: Any) -> dict[str, Any]:
    """An offer that was made use of."""
    offer = await requested(tenant, data, **changes)
    assert (await put(product, offer, data)).status_code == 200
    return offer


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def keys(product: Product) -> list[str]:
    return sorted([key async for key in product.infra.storage.list_keys("")])


async def scalar(product: Product, tenant: Tenant, query: str) -> Any:
    async with product.infra.open_system_scope(tenant.id) as scope:
        return await scope.session.scalar(text(query))


async def disagreements(product: Product, **options: bool) -> list[str]:
    found = Findings()
    for check in wiring.CHECKS:
        await check.run(Inspection(product.infra, **options), found)
    return found.examples


def later(product: Product, **time: float) -> None:
    product.infra.clock = lambda: utc_now() + timedelta(**time)


async def test_what_is_put_and_confirmed_is_described_like_any_other_file(product: Product, tenant: Tenant) -> None:
    offer = await arrived(product, tenant)
    assert (offer["upload_method"], offer["max_size_bytes"], offer["storage_target"]) == ("PUT", len(DATA), "default")
    assert offer["bucket_name"] is None
    checksum = hashlib.sha256(DATA).hexdigest()
    answer = await confirmed(tenant, offer, checksum=f"sha256:{checksum}")
    file_id = answer.json()["upload_id"]
    assert answer.json() == {
        "upload_id": file_id,
        "object_key": offer["object_key"],
        "storage_path": offer["object_key"],
        "confirmed": True,
    }
    await product.do_jobs()
    details = (await tenant.client.get(f"{FILES}/{file_id}")).json()
    assert (details["variant_status"], details["description_status"]) == ("completed", "completed")
    assert (details["upload_method"], details["hash"], details["size_bytes"]) == ("PRESIGNED", checksum, len(DATA))
    download = await tenant.client.get(f"{FILES}/{file_id}/download", follow_redirects=True)
    assert download.content == DATA
    assert await disagreements(product, content=True, is_quiet=True) == []
    assert not [key for key in await keys(product) if key.startswith("incoming/")]


async def test_the_other_form_keeps_title_and_tags_and_gives_the_id_at_once(product: Product, tenant: Tenant) -> None:
    form = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": str(len(DATA))}
    made = await tenant.client.post(INITIATE, data={**form, "title": "At sea", "tags": "sea, boat"})
    offer = made.json()
    assert (made.status_code, offer["upload_method"]) == (200, "DIRECT")
    assert await status_of(tenant, offer["image_id"]) == "uploading"
    await put(product, offer)
    body = {"object_key": offer["object_key"], "size_bytes": len(DATA), "image_id": offer["image_id"]}
    answer = await tenant.client.post(CONFIRM_INITIATED, json={**body, "auto_describe": False})
    assert answer.json() == {
        "image_id": offer["image_id"],
        "description_status": "skipped",
        "title": "At sea",
        "tags": ["sea", "boat"],
    }
    other = await tenant.client.post(CONFIRM_INITIATED, json={**body, "image_id": str(new_id())})
    assert code_of(other) == (404, "UPLOAD_NOT_FOUND")
    await product.do_jobs()
    assert await status_of(tenant, offer["image_id"]) == "completed"


async def status_of(tenant: Tenant, file_id: str) -> str:
    return (await tenant.client.get(f"/api/v2/uploads/status/{file_id}")).json()["unified_status"]


async def test_confirming_twice_answers_the_same_and_has_one_effect(product: Product, tenant: Tenant) -> None:
    offer = await arrived(product, tenant)
    first, again = await confirmed(tenant, offer), await confirmed(tenant, offer)
    assert (first.status_code, again.json()) == (200, first.json())
    assert await scalar(product, tenant, "select count(*) from files") == 1
    assert await scalar(product, tenant, "select count(*) from ledger_entries") == 1


async def test_confirming_several_times_at_once_has_one_effect(product: Product, tenant: Tenant) -> None:
    offer = await arrived(product, tenant)
    answers = await asyncio.gather(*(confirmed(tenant, offer) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["upload_id"] for answer in answers}) == 1
    assert await scalar(product, tenant, "select count(*) from ledger_entries") == 1
    assert await scalar(product, tenant, "select count(*) from procrastinate_jobs") == 1


async def test_a_key_repeats_the_offer_and_the_confirmation(product: Product, tenant: Tenant) -> None:
    first = await requested(tenant, idempotency_key="once")
    assert await requested(tenant, idempotency_key="once") == first
    await put(product, first)
    headers = {"Idempotency-Key": "sure"}
    body = {"object_key": first["object_key"], "size_bytes": len(DATA)}
    answers = [await tenant.client.post(CONFIRM, json=body, headers=headers) for _ in range(2)]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert answers[0].json() == answers[1].json()
    kept = await scalar(product, tenant, "select string_agg(answer::text, ' ') from idempotency_keys")
    assert "signature=" not in kept
    other = await tenant.client.post(
        REQUEST,
        json={"filename": "b", "content_type": "image/png", "size_bytes": 1},
        headers={"Idempotency-Key": "once"},
    )
    assert code_of(other) == (422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"content_type": "application/zip"}, 422, "UNSUPPORTED_FORMAT"),
        ({"content_type": "image/svg+xml"}, 422, "UNSUPPORTED_FORMAT"),
        ({"content_type": "image/jpeg\r\nX: y"}, 422, "UNSUPPORTED_FORMAT"),
        ({"size_bytes": 0}, 422, "VALIDATION_ERROR"),
        ({"size_bytes": -1}, 422, "VALIDATION_ERROR"),
        ({"size_bytes": 10**30}, 413, "FILE_TOO_LARGE"),
        ({"storage_target": "elsewhere"}, 422, "VALIDATION_ERROR"),
        ({"storage_target": "custom"}, 501, "CUSTOM_STORAGE_NOT_CONFIGURED"),
        ({"filename": "a\0b"}, 422, "VALIDATION_ERROR"),
        ({"idempotency_key": "x" * 129}, 422, "VALIDATION_ERROR"),
    ],
)
async def test_what_cannot_be_taken_gets_no_url(
    product: Product, tenant: Tenant, changes: dict[str, Any], status: int, code: str
) -> None:
    body = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 5, **changes}
    answer = await tenant.client.post(REQUEST, json=body)
    assert code_of(answer) == (status, code)
    assert await scalar(product, tenant, "select count(*) from pending_uploads") == 0


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\me\\a.jpg", "a.jpg"),
        ("a\x01\x1b\u0085b.jpg", "ab.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u0635\u0648\u0631\u0629.jpg", "\u0635\u0648\u0631\u0629.jpg"),
        ("x" * 300 + ".jpg", "x" * 251 + ".jpg"),
        ("/", "file"),
        ("..", "file"),
    ],
)
async def test_names_are_kept_as_far_as_they_are_names(product: Product, tenant: Tenant, sent: str, kept: str) -> None:
    offer = await arrived(product, tenant, filename=sent)
    assert len(offer["object_key"].encode()) < 255
    file_id = (await confirmed(tenant, offer)).json()["upload_id"]
    details = (await tenant.client.get(f"{FILES}/{file_id}")).json()
    assert details["original_filename"] == kept
    answer = await tenant.client.get(f"{FILES}/{file_id}/download", follow_redirects=True)
    assert (answer.status_code, answer.content) == (200, DATA)


async def test_nothing_about_a_signed_url_can_be_changed(product: Product, tenant: Tenant) -> None:
    url = (await requested(tenant))["upload_url"]
    other = (await requested(tenant))["upload_url"]
    signature = other.rpartition("=")[2]
    headers = {"Content-Type": "image/jpeg"}
    changed = [
        url.replace(f"size={len(DATA)}", f"size={len(DATA) + 1}"),
        url.replace("image%2Fjpeg", "text%2Fhtml"),
        url.replace(urlsplit(url).path, urlsplit(other).path),
        url.replace("/incoming/", "/uploads/"),
        url.replace("expires=1", "expires=2"),
        url.rpartition("=")[0] + "=" + signature,
        url[:-1],
    ]
    for one in changed:
        answer = await product.client(None).put(one, content=DATA, headers=headers)
        assert code_of(answer) == (403, "INVALID_SIGNATURE"), one
    assert code_of(await product.client(None).get(url))[0] == 403
    wrong = await product.client(None).put(url, content=DATA, headers={"Content-Type": "text/html"})
    assert code_of(wrong) == (403, "INVALID_SIGNATURE")
    later(product, minutes=11)
    late = await product.client(None).put(url, content=DATA, headers=headers)
    assert code_of(late) == (403, "EXPIRED_URL")
    assert await keys(product) == []


@pytest.mark.parametrize(("change", "status"), [(b"more", 413), (None, 422)])
async def test_more_or_fewer_bytes_than_announced_are_not_stored(
    product: Product, tenant: Tenant, change: bytes | None, status: int
) -> None:
    data = DATA + change if change else DATA[:-1]
    offer = await requested(tenant)
    assert (await put(product, offer, data)).status_code == status

    async def pieces() -> AsyncIterator[bytes]:
        yield data[:100]
        yield data[100:]

    answer = await product.client(None).put(
        offer["upload_url"], content=pieces(), headers=offer["upload_headers"]
    )  # without a length
    assert answer.status_code == status
    assert [path for path in (product.infra.settings.root / "objects").rglob("*") if path.is_file()] == []
    assert code_of(await confirmed(tenant, offer)) == (409, "UPLOAD_NOT_ARRIVED")


async def test_a_client_that_goes_away_leaves_nothing_and_may_come_back(product: Product, tenant: Tenant) -> None:
    offer = await requested(tenant)
    parts = urlsplit(offer["upload_url"])
    messages = iter([{"type": "http.request", "body": DATA[:500], "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: object) -> None:
        raise AssertionError(f"nobody is there to be told {message}")

    address = {"scheme": "http", "path": parts.path, "query_string": parts.query.encode()}
    headers = [(b"content-type", b"image/jpeg")]
    await product.app({"type": "http", "method": "PUT", "headers": headers, **address}, receive, send)
    assert [path for path in (product.infra.settings.root / "objects").rglob("*") if path.is_file()] == []
    assert (await put(product, offer)).status_code == 200
    assert (await confirmed(tenant, offer)).status_code == 200


async def test_pages_of_other_sites_may_put(product: Product, tenant: Tenant) -> None:
    offer = await requested(tenant)
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    allowed = await product.client(None).options(offer["upload_url"], headers=asked)
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Methods"]) == (204, "PUT")
    assert allowed.headers["Access-Control-Allow-Headers"] == "Content-Type"
    answer = await put(product, offer, Origin="https://app.example")
    refused = await put(product, offer, b"x", Origin="https://app.example")
    assert (answer.status_code, refused.status_code) == (200, 422)
    for one in (allowed, answer, refused):
        assert one.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "changes",
    [{"size_bytes": 7}, {"checksum": "0" * 64}, {"checksum": "md5:" + "0" * 32}],
    ids=["size", "sha256", "md5"],
)
async def test_a_confirmation_of_other_bytes_is_refused_and_may_be_corrected(
    product: Product, tenant: Tenant, changes: dict[str, Any]
) -> None:
    offer = await arrived(product, tenant)
    code = "SIZE_MISMATCH" if "size_bytes" in changes else "CHECKSUM_MISMATCH"
    assert code_of(await confirmed(tenant, offer, **changes)) == (422, code)
    assert await scalar(product, tenant, "select count(*) from files") == 0
    blue = photo("blue")
    sent = blue + bytes(max(0, len(DATA) - len(blue)))
    assert (await put(product, offer, sent[: len(DATA)])).status_code == 200  # the client puts it again
    md5 = hashlib.md5(sent[: len(DATA)], usedforsecurity=False).hexdigest()
    assert (await confirmed(tenant, offer, checksum=md5.upper())).status_code == 200
    assert code_of(await confirmed(tenant, await requested(tenant), checksum="crc:1"))[0] == 422


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"<html></html>", b"\0" * 5000, b"plain text"])
async def test_what_is_no_picture_is_refused_whatever_it_was_called_and_removed(
    product: Product, tenant: Tenant, data: bytes
) -> None:
    offer = await arrived(product, tenant, data)
    for _ in range(2):
        assert code_of(await confirmed(tenant, offer, data)) == (422, "UNSUPPORTED_FORMAT")
    assert await keys(product) == []
    assert await status_of(tenant, offer["object_key"].split("/")[2]) == "failed"
    assert await disagreements(product, is_quiet=True) == []


async def test_the_type_is_that_of_the_content(product: Product, tenant: Tenant) -> None:
    data = photo(kind="PNG")
    offer = await arrived(product, tenant, data)
    file_id = (await confirmed(tenant, offer, data)).json()["upload_id"]
    assert (await tenant.client.get(f"{FILES}/{file_id}")).json()["content_type"] == "image/png"


async def test_what_was_confirmed_cannot_be_overwritten_by_its_url(product: Product, tenant: Tenant) -> None:
    offer = await arrived(product, tenant)
    file_id = (await confirmed(tenant, offer)).json()["upload_id"]
    other = DATA[:-1] + b"\0"
    assert (await put(product, offer, other)).status_code == 200
    assert (await confirmed(tenant, offer)).status_code == 200
    answer = await tenant.client.get(f"{FILES}/{file_id}/download", follow_redirects=True)
    assert answer.content == DATA
    assert await disagreements(product, content=True) == []
    later(product, hours=7)
    await sweep_all(product.infra, ONCE)
    assert await keys(product) == [offer["object_key"]]


async def test_another_tenant_confirms_nothing_of_ours(product: Product, tenant: Tenant) -> None:
    offer = await arrived(product, tenant)
    other = await product.tenant("Other")
    assert code_of(await confirmed(other, offer)) == (404, "UPLOAD_NOT_FOUND")
    file_id = offer["object_key"].split("/")[2]
    assert (await other.client.get(f"/api/v2/uploads/status/{file_id}")).status_code == 404
    theirs = offer["object_key"].replace(str(tenant.id), str(other.id))
    for key in (theirs, "", "x", "../..", "incoming/" + "/".join(offer["object_key"].split("/")[1:3])):
        answer = await other.client.post(CONFIRM, json={"object_key": key, "size_bytes": 1})
        assert code_of(answer) == (404, "UPLOAD_NOT_FOUND")
        assert code_of(await confirmed(tenant, {"object_key": f"{key}x"})) == (404, "UPLOAD_NOT_FOUND")
    assert (await confirmed(tenant, offer)).status_code == 200


async def test_what_nobody_confirms_is_given_up_and_removed(product: Product, tenant: Tenant) -> None:
    offer, empty = await arrived(product, tenant), await requested(tenant)
    later(product, minutes=119)
    await expire_all(product.infra, ONCE)
    await sweep_all(product.infra, ONCE)
    assert len(await keys(product)) == 1
    assert await disagreements(product) == []
    later(product, minutes=121)
    await expire_all(product.infra, ONCE)
    assert await keys(product) == []
    for one in (offer, empty):
        assert code_of(await confirmed(tenant, one)) == (404, "UPLOAD_NOT_FOUND")
    assert await scalar(product, tenant, "select count(*) from pending_uploads") == 2
    later(product, days=31)
    await expire_all(product.infra, ONCE)
    assert await scalar(product, tenant, "select count(*) from pending_uploads") == 0


async def test_bytes_without_an_upload_are_swept_and_mended(product: Product, tenant: Tenant) -> None:
    stray = f"incoming/{tenant.id}/{new_id()}"
    await product.infra.storage.put(stray, b"x", "image/jpeg")
    assert await disagreements(product) == []
    assert await disagreements(product, is_quiet=True) == [f"object {stray}: no row names it"]
    assert await disagreements(product, is_quiet=True, repair=True) == [f"object {stray}: no row names it (mended)"]
    assert await keys(product) == []
    await product.infra.storage.put(stray, b"x", "image/jpeg")
    later(product, hours=7)
    await sweep_all(product.infra, ONCE)
    assert await keys(product) == []


STEPS = [(arrivals, "_require_size"), (arrivals, "_require_checksum"), (confirming, "settle"), (confirming, "tidy")]


@pytest.mark.parametrize(("module", "step"), STEPS, ids=[step for _, step in STEPS])
async def test_a_process_that_dies_at_any_step_loses_nothing(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, module: Any, step: str
) -> None:
    offer = await arrived(product, tenant)

    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(module, step, die)
        assert (await confirmed(tenant, offer)).status_code == 500
    assert await disagreements(product, is_quiet=True) == []
    later(product, hours=1)
    await sweep_all(product.infra, ONCE)
    answer = await confirmed(tenant, offer)
    assert answer.status_code == 200
    assert await scalar(product, tenant, "select count(*) from ledger_entries") == 1
    await product.do_jobs()
    assert await status_of(tenant, answer.json()["upload_id"]) == "completed"
    assert await disagreements(product, content=True, is_quiet=True) == []


async def test_a_store_that_does_not_answer_leaves_the_upload_as_it_was(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = await arrived(product, tenant)

    async def away(*_: Any) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(product.infra.storage, "settle", away)
        assert (await confirmed(tenant, offer)).status_code == 503
    assert (await confirmed(tenant, offer)).status_code == 200


async def test_a_plan_that_is_used_up_takes_no_more_and_forgets_nothing(product: Product) -> None:
    free = await product.tenant("Free", tier="free")
    offer = await arrived(product, free)
    async with product.infra.open_system_scope(free.id) as scope:
        uploaded = [new_id() for _ in range(1000)]
        await usage.charge_each(scope, usage.UPLOAD, uploaded, 0)
    body = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 5}
    assert code_of(await free.client.post(REQUEST, json=body)) == (402, "USAGE_LIMIT_EXCEEDED")
    assert code_of(await confirmed(free, offer)) == (402, "USAGE_LIMIT_EXCEEDED")
    assert await scalar(product, free, "select count(*) from files") == 0
    async with product.infra.open_system_scope(free.id) as scope:
        await usage.refund(scope, usage.UPLOAD, uploaded[:1])
    assert (await confirmed(free, offer)).status_code == 200


async def test_so_many_uploads_may_be_open_and_no_more(product: Product) -> None:
    free = await product.tenant("Free", tier="free")
    await requested(free)
    async with product.infra.open_system_scope(free.id) as scope:
        other = "(jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid()))).*"
        query = f"insert into pending_uploads select {other} from pending_uploads p, generate_series(1, 99)"
        await scope.session.execute(text(query))
    body = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 5}
    refused = await free.client.post(REQUEST, json=body)
    assert code_of(refused) == (429, "OPEN_UPLOAD_LIMIT")
    assert refused.headers["Retry-After"]
    later(product, hours=3)
    await expire_all(product.infra, ONCE)
    await requested(free)


async def test_a_full_disk_takes_no_new_bytes(product: Product, tenant: Tenant) -> None:
    offer = await requested(tenant)
    product.infra.pressure = type(product.infra.pressure)(
        product.infra.settings.model_copy(update={"least_free_disk_bytes": 2**62}),
        [Place(product.infra.settings.root, 0)],
        product.infra.pressure._count_waiting,  # pyright: ignore[reportPrivateUsage]
    )
    assert code_of(await put(product, offer)) == (507, "INSUFFICIENT_STORAGE")
    body = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 5}
    assert code_of(await tenant.client.post(REQUEST, json=body)) == (507, "INSUFFICIENT_STORAGE")
