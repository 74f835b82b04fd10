"""One file through HTTP: its details, changes, deletion and return, and what becomes of it in the end."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD
from sqlalchemy import text

from aionserver.domains.files.jobs import purge
from aionserver.domains.uploads.jobs import sweep_all
from aionserver.infra.actors import Role
from aionserver.infra.clock import utc_now
from aionserver.infra.database import Base
from aionserver.infra.job_worker import Attempt
from aionserver.kit.ids import new_id
from aionserver.wiring import import_tables
from plugins.product import Product, Tenant, photo, upload

FILES = "/api/v2/user-files"
UNKNOWN = [
    "nonsense",
    "0199aaaa",
    "0" * 33,
    "f" * 36,
    "-" * 8,
    "%00",
    "\u00e9" * 8,
    "%F0%9F%98%80",
    "a" * 3000,
    str(new_id()),
]


async def write(product: Product, tenant: Tenant, query: str, **values: Any) -> None:
    """Change rows of the tenant behind the product's back."""
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text(query), values)


async def rows(product: Product, tenant: Tenant, query: str, **values: Any) -> int:
    """The number that a query counts."""
    async with product.infra.open_system_scope(tenant.id) as scope:
        return (await scope.session.execute(text(query), values)).scalar_one()


async def stored_keys(product: Product) -> list[str]:
    return [key async for key in product.infra.storage.list_keys("")]


def in_days(product: Product, days: float) -> None:
    """Let the product's clock show a later day."""
    product.infra.clock = lambda: utc_now() + timedelta(days=days)


async def details_of(tenant: Tenant, file_id: str) -> dict[str, Any]:
    answer = await tenant.client.get(f"{FILES}/{file_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(tenant: Tenant, **query: str) -> list[str]:
    answer = await tenant.client.get(FILES, params=query)
    return [one["id"] for one in answer.json()["files"]]


async def test_a_file_is_read_by_its_id_or_by_a_prefix_of_it(product: Product, tenant: Tenant) -> None:
    ids = [f"0199{part}-0000-7000-8000-000000000000" for part in ("aaaa", "bbbb", "bbbc")]
    ids += ["0199aaab-0000-7000-8000-000000000001", "0199aaab-0000-7000-8000-000000000002"]
    for wanted in ids:
        sent = await upload(tenant, photo(size=(32, 32)))
        await write(
            product, tenant, "update files set id = :new where id = :old", new=UUID(wanted), old=sent["image_id"]
        )
    for name in (ids[0], ids[0].upper(), ids[0].replace("-", ""), "0199aaaa", "0199aaaa-0000-7", "0199AAAA0000"):
        assert (await details_of(tenant, name))["id"] == ids[0]
    assert (await details_of(tenant, "0199aaab-0000-7000-8000-000000000002"))["id"] == ids[4]
    for name in ("0199aaab", "0199aaab-0000-7000-8000-00000000000"):
        ambiguous = await tenant.client.get(f"{FILES}/{name}")
        assert (ambiguous.status_code, ambiguous.json()["error"]["code"]) == (409, "AMBIGUOUS_ID")
    assert (await tenant.client.delete(f"{FILES}/0199bbbb")).status_code == 200
    assert (await tenant.client.get(f"{FILES}/0199bbbb")).status_code == 404


async def test_an_id_that_is_unknown_or_none_at_all_is_404_everywhere(tenant: Tenant) -> None:
    for name in UNKNOWN:
        for method, path in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/restore"),
            ("POST", "/trigger-variants"),
            ("GET", "/download"),
            ("GET", "/variant/small_256"),
        ):
            body: Any = {"title": "x"} if method == "PATCH" else None
            answer = await tenant.client.request(method, f"{FILES}/{name}{path}", json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "FILE_NOT_FOUND"), (method, name, path)
        assert (await tenant.client.get(f"/api/v2/uploads/status/{name}")).status_code == 404
        assert (await tenant.client.get(f"/api/v2/uploads/sessions/{name}/status")).status_code == 404


async def test_details_tell_all_of_a_file(product: Product, tenant: Tenant) -> None:
    data = photo("blue")
    sent = await upload(tenant, data, "blue.jpg")
    await product.do_jobs()
    found = await details_of(tenant, sent["image_id"])
    assert (found["original_filename"], found["content_type"], found["format"]) == ("blue.jpg", "image/jpeg", "JPEG")
    assert found["size_bytes"] == len(data)
    assert (found["media_type"], found["upload_method"], found["object_key"]) == (
        "image",
        "STREAMING",
        sent["object_key"],
    )
    assert found["variant_count"] == 5
    assert [one["description"] for one in found["full_descriptions"]] == [found["upload_description"]]
    assert found["full_descriptions"][0]["verification_level"] == "standard"
    assert all(found[name].startswith("http://testserver/") for name in ("thumbnail_url", "medium_url", "full_url"))
    listed_too = (await tenant.client.get(FILES)).json()["files"][0]
    shared = {name for name in listed_too if name in found}
    assert {name: listed_too[name] for name in shared} == {name: found[name] for name in shared}


async def test_only_what_is_sent_is_changed(tenant: Tenant) -> None:
    file_id = (await upload(tenant, title="Old", tags="one,two"))["image_id"]
    path = f"{FILES}/{file_id}"

    async def change(body: Mapping[str, Any]) -> tuple[Any, Any]:
        answer = await tenant.client.patch(path, json=body)
        assert answer.status_code == 200
        assert answer.json()["updated_at"]
        found = await details_of(tenant, file_id)
        assert (found["title"], found["tags"]) == (answer.json()["title"], answer.json()["tags"])
        return found["title"], found["tags"]

    assert await change({}) == ("Old", ["one", "two"])
    assert await change({"title": "New"}) == ("New", ["one", "two"])
    assert await change({"tags": [" Three ", "three", "four", "e\u0301t\u00e9"]}) == (
        "New",
        ["Three", "four", "\u00e9t\u00e9"],
    )
    assert await change({"title": None}) == (None, ["Three", "four", "\u00e9t\u00e9"])
    assert await change({"tags": None, "title": "x" * 255}) == ("x" * 255, [])
    assert await change({"tags": [f"{n:050}" for n in range(40)]}) == ("x" * 255, [f"{n:050}" for n in range(40)])
    for wrong in (
        {"title": "x" * 256},
        {"tags": ["x"] * 41},
        {"tags": ["x" * 51]},
        {"tags": [""]},
        {"tags": "one"},
        {"title": 7},
        {"title": "a\0b"},
        {"tags": ["a\0b"]},
    ):
        assert (await tenant.client.patch(path, json=wrong)).status_code == 422, wrong


async def test_tags_that_a_person_set_are_not_overwritten_by_processing(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant, tags="mine"))["image_id"]
    await tenant.client.patch(f"{FILES}/{file_id}", json={"tags": ["only this"]})
    await product.do_jobs()
    assert (await details_of(tenant, file_id))["tags"] == ["only this"]


async def test_a_deleted_file_is_gone_until_it_is_restored(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant, title="Seaside"))["image_id"]
    await product.do_jobs()
    answer = await tenant.client.delete(f"{FILES}/{file_id}")
    assert answer.status_code == 200
    assert answer.json()["id"] == file_id and answer.json()["deleted_at"] and "30 days" in answer.json()["message"]
    for path in ("", "/download", "/variant/small_256"):
        assert (await tenant.client.get(f"{FILES}/{file_id}{path}")).status_code == 404
    assert (await tenant.client.delete(f"{FILES}/{file_id}")).status_code == 404
    assert (await tenant.client.get(f"/api/v2/colors/images/{file_id}")).status_code == 404
    assert await listed(tenant) == []
    assert await listed(tenant, deleted="true") == [file_id]
    assert (await upload(tenant, skip_duplicates="true"))["skipped"] is False
    restored = await tenant.client.post(f"{FILES}/{file_id}/restore")
    assert restored.json()["id"] == file_id
    assert (await tenant.client.post(f"{FILES}/{file_id}/restore")).status_code == 404
    assert file_id in await listed(tenant, search="seaside")
    await product.do_jobs()
    assert (await details_of(tenant, file_id))["description_status"] == "completed"


async def test_a_batch_deletes_what_it_can_skips_what_is_busy_and_tells_the_rest(
    product: Product, tenant: Tenant
) -> None:
    idle, busy, queued = [(await upload(tenant, photo(size=(32, size))))["image_id"] for size in (32, 33, 34)]
    await write(product, tenant, "update files set variant_status = 'processing' where id = :id", id=busy)
    await write(product, tenant, "update files set variant_status = 'completed' where id = :id", id=idle)
    unknown = str(new_id())
    sent = [idle, busy, queued, unknown, "nonsense", idle.upper()]
    answer = (await tenant.client.post(f"{FILES}/batch-delete", json={"file_ids": sent})).json()
    assert answer["summary"] == {"total": 5, "deleted": 2, "skipped": 1, "failed": 2}
    assert [one["id"] for one in answer["deleted"]] == [idle, queued]
    assert all(one["deleted_at"] and one["status"] == "deleted" for one in answer["deleted"])
    assert [(one["id"], one["status"]) for one in answer["skipped"]] == [(busy, "skipped")]
    assert {one["id"] for one in answer["failed"]} == {unknown, "nonsense"}
    assert all(one["message"].endswith(".") for one in answer["skipped"] + answer["failed"])
    assert await listed(tenant) == [busy]
    body, headers = b'{"file_ids": ["\\ud800", "\\u0000"]}', {"Content-Type": "application/json"}
    odd = (await tenant.client.post(f"{FILES}/batch-delete", content=body, headers=headers)).json()
    assert [one["id"] for one in odd["failed"]] == ["?", "\0"]
    again = (await tenant.client.post(f"{FILES}/batch-delete", json={"file_ids": [idle]})).json()
    assert again["summary"] == {"total": 1, "deleted": 0, "skipped": 0, "failed": 1}
    for size in (0, 101):
        refused = await tenant.client.post(f"{FILES}/batch-delete", json={"file_ids": [unknown] * size})
        assert refused.status_code == 422


async def test_a_file_that_was_deleted_before_its_turn_is_not_processed(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    await tenant.client.delete(f"{FILES}/{file_id}")
    await product.do_jobs()
    assert await rows(product, tenant, "select count(*) from file_steps") == 0
    assert await rows(product, tenant, "select count(*) from ledger_entries where operation = 'describe'") == 0


async def test_variants_are_made_again_on_request(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    early = (await tenant.client.post(f"{FILES}/{file_id}/trigger-variants")).json()
    assert (early["success"], early["skipped_duplicate"], early["current_status"]) == (True, True, "queued")
    await product.do_jobs()
    variants = [key for key in await stored_keys(product) if key.startswith("variants/")]
    assert len(variants) == 4
    for key in variants:
        await product.infra.storage.delete(key)
    answer = (await tenant.client.post(f"{FILES}/{file_id}/trigger-variants")).json()
    assert (answer["skipped_duplicate"], answer["current_status"], answer["image_id"]) == (False, "queued", file_id)
    assert answer["task_id"] == early["task_id"]
    assert (await tenant.client.get(f"{FILES}/{file_id}/variant/small_256")).status_code == 404
    await product.do_jobs()
    assert [key for key in await stored_keys(product) if key.startswith("variants/")] == variants
    assert await rows(product, tenant, "select count(*) from descriptions") == 1


async def test_a_purge_removes_rows_and_objects_when_the_time_to_restore_is_over(
    product: Product, tenant: Tenant
) -> None:
    gone, kept = [(await upload(tenant, photo(size=(32, size))))["image_id"] for size in (32, 33)]
    await product.do_jobs()
    await tenant.client.delete(f"{FILES}/{gone}")
    in_days(product, 29)
    await purge(product.infra, Attempt(1, is_last=False))
    assert await listed(tenant, deleted="true") == [gone]
    in_days(product, 31)
    # Before the purge comes round, too: what it is about to remove can't come back meanwhile.
    assert await listed(tenant, deleted="true") == []
    assert (await tenant.client.post(f"{FILES}/{gone}/restore")).status_code == 404
    await purge(product.infra, Attempt(1, is_last=False))
    assert not [key for key in await stored_keys(product) if gone in key]
    assert len([key for key in await stored_keys(product) if kept in key]) == 5
    for table in ("file_steps", "file_variants", "descriptions", "picture_facts", "color_analyses", "search_vectors"):
        assert await rows(product, tenant, f"select count(*) from {table} where file_id = :id", id=gone) == 0
        assert await rows(product, tenant, f"select count(*) from {table} where file_id = :id", id=kept) > 0
    assert (await details_of(tenant, kept))["id"] == kept


async def test_nothing_refers_to_what_was_purged(product: Product, tenant: Tenant) -> None:
    files = [("files", (f"{color}.jpg", photo(color))) for color in ("red", "green")]
    batch = (await tenant.client.post(f"{FILES}/upload/stream-batch", files=files)).json()
    again = (
        await tenant.client.post(f"{FILES}/upload/stream-batch", files=files, data={"skip_duplicates": "1"})
    ).json()
    put = {"files": [{"filename": "red.jpg", "size_bytes": len(photo("red")), "content_type": "image/jpeg"}]}
    put |= {"intent": "describe", "additional_params": {"skip_duplicates": True}}
    offered = (await tenant.client.post("/api/v2/uploads/batch-prepare", json=put)).json()
    url = offered["presigned_urls"][0]
    await product.client(None).put(url["upload_url"], content=photo("red"), headers=url["upload_headers"])
    said = {"object_key": url["object_key"], "success": True, "file_size": len(photo("red"))}
    confirmation = {"batch_id": offered["batch_id"], "confirmations": [said]}
    assert (await tenant.client.post("/api/v2/uploads/batch-confirm", json=confirmation)).json()["successful_uploads"]
    await product.do_jobs()
    gone = batch["files"][0]["image_id"]
    assert again["files"][0]["skipped_existing_image_id"] == gone
    await tenant.client.delete(f"{FILES}/{gone}")
    in_days(product, 31)
    await purge(product.infra, Attempt(1, is_last=False))
    # What was done, and what it cost, is remembered.
    assert await tables_naming(product, tenant, gone) == {"audit_entries", "ledger_entries"}
    for session in (batch["session_id"], again["session_id"], offered["batch_id"]):
        answer = await tenant.client.get(f"/api/v2/uploads/sessions/{session}/status")
        assert answer.json()["status"] == "completed"
        assert gone not in answer.text
    assert (await tenant.client.get(f"/api/v2/uploads/status/{url['image_id']}")).status_code == 404


async def tables_naming(product: Product, tenant: Tenant, file_id: str) -> set[str]:
    """The tables in which a row has the id anywhere."""
    import_tables()
    query = "select count(*) from {} t where strpos(t::text, :id) > 0"
    names = [name for name, table in Base.metadata.tables.items() if "tenant_id" in table.columns]
    return {name for name in names if await rows(product, tenant, query.format(name), id=file_id)}


async def test_a_sweep_removes_bytes_of_no_file_once_no_upload_can_last_that_long(
    product: Product, tenant: Tenant
) -> None:
    file_id = (await upload(tenant))["image_id"]
    await product.do_jobs()
    deleted = (await upload(tenant, photo("green")))["image_id"]
    await tenant.client.delete(f"{FILES}/{deleted}")
    storage = product.infra.storage
    orphans = [f"{kind}/{tenant.id}/{new_id()}/x.jpg" for kind in ("uploads", "variants")]
    strange = f"uploads/{tenant.id}/no-id/x.jpg"
    for key in [*orphans, strange]:
        await storage.put(key, b"x", "image/jpeg")
    before = set(await stored_keys(product))
    await sweep_all(product.infra, Attempt(1, is_last=False))
    assert set(await stored_keys(product)) == before
    in_days(product, 0.26)
    await sweep_all(product.infra, Attempt(1, is_last=False))
    assert before - set(await stored_keys(product)) == set(orphans)
    assert (await tenant.client.get(f"{FILES}/{file_id}/download", follow_redirects=True)).status_code == 200


def photo_with_a_place() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (48.0, 30.0, 0.0),
            GPS.GPSLongitudeRef: "W",
            GPS.GPSLongitude: (2.0, 15.0, 0.0),
        }
    )
    return photo(exif=exif.tobytes())


async def test_where_a_picture_was_taken_is_not_shown_to_viewers(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant, photo_with_a_place()))["image_id"]
    await product.do_jobs()
    assert (await details_of(tenant, file_id))["place"] == {"latitude": 48.5, "longitude": -2.25}
    viewer = await product.another_key(tenant, Role.VIEWER)
    assert (await viewer.get(f"{FILES}/{file_id}")).json()["place"] is None
    for name in ("tiny_64", "small_256", "medium_750", "large_1024"):
        variant = await viewer.get(f"{FILES}/{file_id}/variant/{name}", follow_redirects=True)
        assert variant.status_code == 200 and b"EXIF" not in variant.content


@pytest.mark.parametrize("fields", [{"title": "a\0b"}, {"tags": "a\0b"}])
async def test_an_upload_with_text_that_cannot_be_stored_is_422(
    product: Product, tenant: Tenant, fields: dict[str, str]
) -> None:
    answer = await tenant.client.post(f"{FILES}/upload/stream", files={"file": ("a.jpg", photo())}, data=fields)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == next(iter(fields))
    assert await stored_keys(product) == []
