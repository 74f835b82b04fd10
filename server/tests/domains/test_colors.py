"""Colours over HTTP: counting them, the families, and searches that find exactly what they should."""

import asyncio
import io
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text

from aionserver import wiring
from aionserver.domains.colors import searching, service
from aionserver.domains.colors.jobs import index
from aionserver.infra.actors import Role
from aionserver.infra.checks import Findings, Inspection
from aionserver.infra.job_worker import Attempt
from aionserver.kit.color_spaces import ciede2000, lab_from_rgb, rgb_from_hex
from plugins.product import Product, Tenant, photo, upload

FIRST = Attempt(1, is_last=False)
FOUND_WHERE_THEY_ARE = "colours are found where they are"


def stripes(*codes: str, height: int = 40) -> bytes:
    """A picture of stripes of equal height, one for each colour."""
    rows = np.concatenate([np.tile(rgb_from_hex(code), (height, 120, 1)) for code in codes])
    data = io.BytesIO()
    Image.fromarray(rows).save(data, "PNG")
    return data.getvalue()


async def stored(product: Product, tenant: Tenant, *codes: str) -> str:
    """The id of a picture of stripes that has been processed."""
    file_id = (await upload(tenant, stripes(*codes), f"{'-'.join(codes)}.png"))["image_id"]
    await product.do_jobs()
    return file_id


async def search(tenant: Tenant, **body: Any) -> dict[str, Any]:
    answer = await tenant.client.post("/api/v2/colors/search", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def found(tenant: Tenant, **body: Any) -> list[str]:
    return [one["image_id"] for one in (await search(tenant, **body))["results"]]


async def extract(tenant: Tenant, file_id: str, **query: Any) -> dict[str, Any]:
    answer = await tenant.client.post(f"/api/v2/colors/images/{file_id}/extract", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def hexes(answer: dict[str, Any]) -> list[str]:
    return [color["hex"] for color in answer["color_analysis"]["dominant_colors"]]


async def events(product: Product, tenant: Tenant, kind: str) -> list[dict[str, Any]]:
    async with product.infra.open_system_scope(tenant.id) as scope:
        query = text("select metadata from audit_entries where event_type = :kind order by event_timestamp")
        return list(await scope.session.scalars(query, {"kind": kind}))


async def test_colours_are_there_once_a_picture_was_processed(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant, stripes("FF0000", "0000FF")))["image_id"]
    path = f"/api/v2/colors/images/{file_id}"
    waiting = (await tenant.client.get(path)).json()
    assert waiting == {"image_id": file_id, "status": "pending", "color_analysis": None, "extracted_at": None}
    await product.do_jobs()
    done = (await tenant.client.get(path)).json()
    assert done["status"] == "completed"
    assert set(hexes(done)) == {"#FF0000", "#0000FF"}
    assert done["extracted_at"] == done["color_analysis"]["extracted_at"]


async def test_extracting_answers_with_the_finished_analysis_at_once(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant, stripes("FF0000", "00FF00", "0000FF", "FFFF00")))["image_id"]
    first = await extract(tenant, file_id)  # no job was done yet
    assert (first["status"], len(hexes(first))) == ("completed", 4)
    assert await found(tenant, hex_code="#00FF00") == [file_id]
    fewer = await extract(tenant, file_id, n_colors=3)
    assert len(hexes(fewer)) == 3
    assert (await tenant.client.get(f"/api/v2/colors/images/{file_id}")).json() == fewer
    await product.do_jobs()  # what was asked for stands when processing comes to it
    assert (await tenant.client.get(f"/api/v2/colors/images/{file_id}")).json() == fewer
    assert [one["n_colors"] for one in await events(product, tenant, "colors.extracted")] == [16, 3]


async def test_what_was_counted_stands_unless_it_is_forced(product: Product, tenant: Tenant) -> None:
    file_id = await stored(product, tenant, "FF0000", "0000FF")
    first = await extract(tenant, file_id)
    assert await extract(tenant, file_id) == first
    again = await extract(tenant, file_id, force=True)
    assert again["extracted_at"] > first["extracted_at"]
    assert hexes(again) == hexes(first)


async def test_the_same_request_is_carried_out_once(product: Product, tenant: Tenant) -> None:
    file_id = await stored(product, tenant, "FF0000")
    path, headers = f"/api/v2/colors/images/{file_id}/extract", {"Idempotency-Key": "one"}
    first = await tenant.client.post(path, params={"force": True}, headers=headers)
    again = await tenant.client.post(path, params={"force": True}, headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await tenant.client.post(path, params={"n_colors": 3}, headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_damaged_picture_has_no_colours_and_says_why(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant, photo()[:400]))["image_id"]
    answer = await tenant.client.post(f"/api/v2/colors/images/{file_id}/extract")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "UNREADABLE_PICTURE")
    await product.do_jobs()
    assert (await tenant.client.get(f"/api/v2/colors/images/{file_id}")).json()["status"] == "failed"


@pytest.mark.parametrize("query", [{"n_colors": 2}, {"n_colors": 17}, {"force": "perhaps"}])
async def test_extracting_refuses_what_it_cannot_do(product: Product, tenant: Tenant, query: dict[str, Any]) -> None:
    file_id = (await upload(tenant))["image_id"]
    answer = await tenant.client.post(f"/api/v2/colors/images/{file_id}/extract", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("file_id", ["nonsense", "0190a0a0-0000-7000-8000-000000000000"])
async def test_no_such_picture_is_404(tenant: Tenant, file_id: str) -> None:
    for answer in (
        await tenant.client.get(f"/api/v2/colors/images/{file_id}"),
        await tenant.client.post(f"/api/v2/colors/images/{file_id}/extract"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "FILE_NOT_FOUND")


async def test_a_file_that_is_no_picture_has_no_colours(product: Product, tenant: Tenant) -> None:
    file_id = await stored(product, tenant, "FF0000")
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text("update files set media_type = 'document'"))
    assert (await tenant.client.post(f"/api/v2/colors/images/{file_id}/extract")).status_code == 404
    batch = await tenant.client.post("/api/v2/colors/batch/extract", json={"image_ids": [file_id], "force": True})
    assert batch.json()["queued_count"] == 0


async def test_many_are_counted_in_the_background(product: Product, tenant: Tenant) -> None:
    ids = [await stored(product, tenant, "FF0000", code) for code in ("00FF00", "0000FF")]
    stranger = await product.tenant("Other")
    foreign = (await upload(stranger, photo()))["image_id"]
    body = {"image_ids": [*ids, ids[0], "nonsense", foreign], "n_colors": 4}
    answer = (await tenant.client.post("/api/v2/colors/batch/extract", json=body)).json()
    assert answer == {"queued_count": 2, "message": "Pictures: 2 queued, 2 not found among the pictures."}
    before = (await tenant.client.get(f"/api/v2/colors/images/{ids[0]}")).json()
    await product.do_jobs()
    after = (await tenant.client.get(f"/api/v2/colors/images/{ids[0]}")).json()
    assert after["extracted_at"] > before["extracted_at"]
    again = (await tenant.client.post("/api/v2/colors/batch/extract", json=body)).json()
    assert again["message"] == "Pictures: 0 queued, 2 counted already, 2 not found among the pictures."
    forced = (await tenant.client.post("/api/v2/colors/batch/extract", json={**body, "force": True})).json()
    assert forced["queued_count"] == 2
    kept = await events(product, tenant, "colors.extraction_queued")
    assert [one["count"] for one in kept] == [2, 0, 2]


async def test_a_batch_passes_over_what_went_or_is_damaged_meanwhile(product: Product, tenant: Tenant) -> None:
    gone = await stored(product, tenant, "FF0000")
    damaged = (await upload(tenant, photo()[:400]))["image_id"]
    body = {"image_ids": [gone, damaged], "force": True}
    assert (await tenant.client.post("/api/v2/colors/batch/extract", json=body)).json()["queued_count"] == 2
    await tenant.client.delete(f"/api/v2/user-files/{gone}")
    await product.do_jobs()
    assert (await search(tenant, color_family="vibrant"))["total_count"] == 0
    async with product.infra.open_system_scope(tenant.id) as scope:
        query = "select count(*) from procrastinate_jobs where task_name = 'colors.extract' and status <> 'succeeded'"
        assert await scope.session.scalar(text(query)) == 0


@pytest.mark.parametrize("body", [{}, {"image_ids": ["x"] * 201}, {"image_ids": [], "n_colors": 2}])
async def test_a_batch_refuses_what_it_cannot_do(tenant: Tenant, body: dict[str, Any]) -> None:
    answer = await tenant.client.post("/api/v2/colors/batch/extract", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_viewer_reads_and_searches_and_extracts_nothing(product: Product, tenant: Tenant) -> None:
    file_id = await stored(product, tenant, "FF0000")
    viewer = await product.another_key(tenant, Role.VIEWER)
    assert (await viewer.get(f"/api/v2/colors/images/{file_id}")).status_code == 200
    assert (await viewer.post("/api/v2/colors/search", json={"hex_code": "f00"})).json()["total_count"] == 1
    assert (await viewer.post(f"/api/v2/colors/images/{file_id}/extract")).status_code == 403
    assert (await viewer.post("/api/v2/colors/batch/extract", json={"image_ids": [file_id]})).status_code == 403


async def test_the_seven_families_are_listed_with_their_examples(tenant: Tenant) -> None:
    families = (await tenant.client.get("/api/v2/colors/families")).json()
    assert [(one["name"], one["example_colors"]) for one in families] == [
        ("neutral", ["#FFFFFF", "#808080", "#000000", "#F5F5DC"]),
        ("earth_tone", ["#C4A87C", "#8B4513", "#D2691E", "#A0522D"]),
        ("warm", ["#FF6347", "#FFA500", "#FFD700", "#DC143C"]),
        ("cool", ["#4169E1", "#008080", "#2E8B57", "#9370DB"]),
        ("metallic", ["#FFD700", "#B87333", "#C0C0C0", "#B5A642"]),
        ("pastel", ["#FFB6C1", "#ADD8E6", "#98FB98", "#FFDAB9"]),
        ("vibrant", ["#FF1493", "#00FF00", "#FF4500", "#8A2BE2"]),
    ]
    assert all(one["display_name"] and one["description"] for one in families)


async def test_a_result_says_how_near_it_is_and_by_which_colour(product: Product, tenant: Tenant) -> None:
    file_id = await stored(product, tenant, "FF0000", "0000FF")
    answer = await search(tenant, hex_code="#F01010", delta_e_threshold=20)
    assert {name: answer[name] for name in ("total_count", "limit", "offset")} == {
        "total_count": 1,
        "limit": 50,
        "offset": 0,
    }
    (result,) = answer["results"]
    apart = float(ciede2000(*lab_from_rgb([rgb_from_hex("F01010"), rgb_from_hex("FF0000")])))
    assert result["image_id"] == file_id
    assert (result["matched_hex"], result["matched_percentage"]) == ("#FF0000", 50.0)
    assert result["delta_e"] == pytest.approx(apart, abs=1e-4)
    assert result["match_score"] == pytest.approx(1 - apart / 20, abs=1e-4)
    assert result["color_analysis"] == (await extract(tenant, file_id))["color_analysis"]
    assert (await tenant.client.get(result["thumbnail_url"])).status_code == 200


async def test_pictures_come_nearest_first_a_page_at_a_time(product: Product, tenant: Tenant) -> None:
    ids = [await stored(product, tenant, code) for code in ("FF0000", "F00000", "E00000", "0000FF")]
    assert await found(tenant, hex_code="FF0000") == ids[:3]
    page = await search(tenant, hex_code="FF0000", limit=1, offset=1)
    assert ([one["image_id"] for one in page["results"]], page["total_count"]) == ([ids[1]], 3)
    assert await found(tenant, hex_code="FF0000", offset=10**30) == []
    assert (await search(tenant, hex_code="FF0000", delta_e_threshold=0))["results"][0]["match_score"] == 1
    assert set(await found(tenant, hex_code="FF0000", delta_e_threshold=100)) == set(ids)


async def test_small_shares_are_found_when_they_are_asked_for(product: Product, tenant: Tenant) -> None:
    data = stripes("FFFFFF", "FFFFFF", "0000FF", height=10)
    file_id = (await upload(tenant, data, "third.png"))["image_id"]
    await product.do_jobs()
    assert await found(tenant, hex_code="0000FF", min_percentage=33) == [file_id]
    assert await found(tenant, hex_code="0000FF", min_percentage=34) == []
    assert await found(tenant, color_family="vibrant", min_percentage=34) == []


async def test_a_name_finds_its_shades_and_its_kinds(product: Product, tenant: Tenant) -> None:
    pure = await stored(product, tenant, "0000FF")
    sky = await stored(product, tenant, "87CEEB")
    await stored(product, tenant, "008000")
    answer = await search(tenant, color_name="blue")
    assert [one["image_id"] for one in answer["results"]] == [pure, sky]
    assert [one["match_score"] for one in answer["results"]] == [1.0, 0.0]
    assert await found(tenant, color_name="Sky Blue") == [sky]
    assert await found(tenant, color_name="turquoise") == []


async def test_a_family_is_found_by_its_largest_share(product: Product, tenant: Tenant) -> None:
    half = await stored(product, tenant, "FFB6C1", "000000")
    whole = await stored(product, tenant, "ADD8E6")
    answer = await search(tenant, color_family="Pastel")
    assert [one["image_id"] for one in answer["results"]] == [whole, half]
    first = answer["results"][0]
    assert (first["match_score"], first["delta_e"], first["matched_hex"]) == (1.0, None, "#ADD8E6")
    assert await found(tenant, color_family="pastel", limit=1, offset=1) == [half]
    assert await found(tenant, color_family="pastel", offset=10**30) == []


async def test_all_that_is_given_has_to_fit_the_same_colour(product: Product, tenant: Tenant) -> None:
    both = await stored(product, tenant, "0000FF", "FFB6C1")
    assert await found(tenant, hex_code="0000FF", color_family="pastel") == []
    assert await found(tenant, hex_code="FFB6C1", color_family="pastel") == [both]
    assert await found(tenant, hex_code="0000FF", color_name="blue", color_family="vibrant") == [both]
    assert await found(tenant, color_name="blue", color_family="pastel") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "hex_code"),
        ({"hex_code": "#12345"}, "hex_code"),
        ({"hex_code": ""}, "hex_code"),
        ({"color_name": "turqoise"}, "color_name"),
        ({"color_name": ""}, "color_name"),
        ({"color_name": "x" * 100_000}, "color_name"),
        ({"color_family": "mauve"}, "color_family"),
        ({"hex_code": "f00", "delta_e_threshold": 101}, "delta_e_threshold"),
        ({"hex_code": "f00", "min_percentage": -1}, "min_percentage"),
        ({"hex_code": "f00", "limit": 0}, "limit"),
        ({"hex_code": "f00", "limit": 201}, "limit"),
        ({"hex_code": "f00", "offset": -1}, "offset"),
    ],
)
async def test_a_search_refuses_what_it_cannot_look_for(tenant: Tenant, body: dict[str, Any], field: str) -> None:
    answer = await tenant.client.post("/api/v2/colors/search", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert answer.json()["error"]["details"][0]["field"] == field


async def test_a_mistyped_name_is_told_what_may_be_meant(tenant: Tenant) -> None:
    answer = await tenant.client.post("/api/v2/colors/search", json={"color_name": "turqoise"})
    assert "is turquoise" in answer.json()["error"]["message"]


async def test_deleted_pictures_are_gone_at_once_and_restored_ones_back_at_once(
    product: Product, tenant: Tenant
) -> None:
    file_id = await stored(product, tenant, "FF0000")
    for body in ({"hex_code": "f00"}, {"color_name": "red"}, {"color_family": "vibrant"}):
        assert await found(tenant, **body) == [file_id]
    await tenant.client.delete(f"/api/v2/user-files/{file_id}")
    for body in ({"hex_code": "f00"}, {"color_name": "red"}, {"color_family": "vibrant"}):
        assert await search(tenant, **body) == {"results": [], "total_count": 0, "limit": 50, "offset": 0}
    await tenant.client.post(f"/api/v2/user-files/{file_id}/restore")  # no job is done
    for body in ({"hex_code": "f00"}, {"color_name": "red"}, {"color_family": "vibrant"}):
        assert await found(tenant, **body) == [file_id]


async def test_a_picture_deleted_while_its_colours_are_written_is_not_found(product: Product, tenant: Tenant) -> None:
    file_id = UUID((await upload(tenant, stripes("FF0000")))["image_id"])
    analysis = (await extract(tenant, str(file_id)))["color_analysis"]
    async with product.infra.open_system_scope(tenant.id) as scope:
        await service.keep(scope, file_id, analysis, 16)
        deletion = asyncio.create_task(tenant.client.delete(f"/api/v2/user-files/{file_id}"))
        await asyncio.sleep(0.1)
        assert not deletion.done()  # it waits for the colours to be written
    assert (await deletion).status_code == 200
    assert (await search(tenant, hex_code="f00"))["total_count"] == 0


async def test_another_tenants_pictures_are_not_found(product: Product, tenant: Tenant) -> None:
    await stored(product, tenant, "FF0000")
    stranger = await product.tenant("Other")
    for body in ({"hex_code": "f00", "delta_e_threshold": 100}, {"color_name": "red"}, {"color_family": "vibrant"}):
        assert (await search(stranger, **body))["total_count"] == 0


async def put_pictures(product: Product, tenant: Tenant, count: int) -> dict[str, list[tuple[str, float]]]:
    """So many copies of a picture with colours of their own: hex codes and percentages by id."""
    seed = await stored(product, tenant, "FF0000")
    dice = np.random.default_rng(21)
    made: dict[str, list[tuple[str, float]]] = {}
    async with product.infra.open_system_scope(tenant.id) as scope:
        columns = "tenant_id, media_type, content_type, format, filename, object_key, storage_target, upload_method,"
        columns += " size_bytes, sha256, variant_status, description_status"
        copied = (
            f"insert into files (id, {columns}) select gen_random_uuid(), {columns} from files, generate_series(1, :n)"
        )
        ids = (
            await scope.session.scalars(text(f"{copied} where id = :seed returning id"), {"n": count, "seed": seed})
        ).all()
        for file_id in ids:
            levels = dice.integers(0, 256, (int(dice.integers(1, 9)), 3), dtype=np.uint8)
            shares = [round(float(share), 2) for share in dice.dirichlet(np.ones(len(levels))) * 100]
            codes = ["#" + bytes(one).hex().upper() for one in levels]
            dominant = [
                {"rank": rank, "hex": code, "percentage": share, "name": "red", "family": "warm"}
                for rank, (code, share) in enumerate(zip(codes, shares, strict=True), start=1)
            ]
            await service.keep(scope, file_id, {"dominant_colors": dominant}, 16)
            made[str(file_id)] = list(zip(codes, shares, strict=True))
    await tenant.client.delete(f"/api/v2/user-files/{seed}")
    return made


async def test_a_search_finds_exactly_what_looking_at_every_colour_finds(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "CELLS_AT_ONCE", 500)  # several pieces
    pictures = await put_pictures(product, tenant, 300)
    dice = np.random.default_rng(22)
    for threshold, least in ((3, 0), (15, 5), (30, 20), (60, 0), (100, 5)):
        code = bytes(dice.integers(0, 256, 3, dtype=np.uint8)).hex()
        wanted = lab_from_rgb(rgb_from_hex(code))
        expected: dict[str, float] = {}
        for file_id, colors in pictures.items():
            labs = lab_from_rgb([rgb_from_hex(one) for one, share in colors if share >= least] or np.empty((0, 3)))
            nearest = min(ciede2000(wanted, labs).tolist(), default=999)
            if nearest <= threshold:
                expected[file_id] = nearest
        answer = await search(tenant, hex_code=code, delta_e_threshold=threshold, min_percentage=least, limit=200)
        assert answer["total_count"] == len(expected)
        apart = [one["delta_e"] for one in answer["results"]]
        assert apart == pytest.approx(sorted(expected.values())[:200], abs=1e-4)
        assert all(expected[one["image_id"]] == pytest.approx(one["delta_e"], abs=1e-4) for one in answer["results"])


async def forget_index(product: Product, tenant: Tenant) -> None:
    """As it is after an upgrade: analyses are there, and not in the index."""
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text("delete from image_colors"))
        await scope.session.execute(text("update color_analyses set index_version = ''"))


async def misfound(product: Product, **options: bool) -> Findings:
    findings = Findings()
    check = next(one for one in wiring.CHECKS if one.subject == FOUND_WHERE_THEY_ARE)
    await check.run(Inspection(product.infra, is_quiet=True, **options), findings)
    return findings


async def test_analyses_from_before_are_indexed_by_the_clock(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "INDEXED_AT_ONCE", 2)
    ids = [await stored(product, tenant, code) for code in ("FF0000", "FE0000", "FD0000", "FC0000", "FB0000")]
    await tenant.client.delete(f"/api/v2/user-files/{ids[1]}")
    await forget_index(product, tenant)
    assert await found(tenant, hex_code="f00") == []
    await index(product.infra, FIRST)
    assert await found(tenant, hex_code="f00") == [ids[0], *ids[2:]]
    assert (await misfound(product)).disagreements == 0


async def test_verify_finds_and_mends_what_searches_would_miss_or_should_not_find(
    product: Product, tenant: Tenant
) -> None:
    ids = [await stored(product, tenant, code) for code in ("FF0000", "00FF00", "0000FF")]
    assert (await misfound(product)).disagreements == 0
    async with product.infra.open_system_scope(tenant.id) as scope:
        statement = text("delete from image_colors where file_id = :id")
        await scope.session.execute(statement, {"id": ids[0]})
        await scope.session.execute(text("update files set deleted_at = now() where id = :id"), {"id": ids[1]})
    findings = await misfound(product)
    assert findings.disagreements == 2
    assert "it is not found by the colours it has" in findings.examples[0]
    assert "it is deleted, and found by its colours" in findings.examples[1]
    assert (await misfound(product, repair=True)).mended == 2
    assert (await misfound(product)).disagreements == 0
    assert await found(tenant, hex_code="f00") == [ids[0]]
    assert await found(tenant, hex_code="0f0") == []
