"""Folders: shown, made, renamed, moved, deleted and filled, also by several people at once."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from aionserver.domains.folders.service import require_folder
from aionserver.kit.ids import new_id
from plugins.folders import FOLDERS, add_files, make, nest, outline, tree
from plugins.product import Product, Tenant, photo, upload

LIST = "/api/v2/user-files"


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def move(tenant: Tenant, folder: str, parent: str | None) -> httpx2.Response:
    return await tenant.client.post(f"{FOLDERS}/{folder}/move", json={"new_parent_id": parent})


async def delete(tenant: Tenant, folder: str, mode: str | None = None) -> dict[str, Any]:
    answer = await tenant.client.delete(f"{FOLDERS}/{folder}", params={"mode": mode} if mode else {})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def files_of(product: Product, tenant: Tenant, count: int, folder: str | None = None) -> list[str]:
    async with product.infra.open_system_scope(tenant.id) as scope:
        return await add_files(scope, count, folder)


async def folder_of(tenant: Tenant, file_id: str) -> str | None:
    return (await tenant.client.get(f"{LIST}/{file_id}")).json()["folder_id"]


async def contents(tenant: Tenant, folder: str, **paging: int) -> dict[str, Any]:
    answer = await tenant.client.get(f"{FOLDERS}/{folder}", params=paging)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_new_folder_is_shown_with_its_depth_and_is_empty(tenant: Tenant) -> None:
    parent = await make(tenant.client, "Trips")
    answer = await tenant.client.post(FOLDERS, json={"name": "  Oslo \u00e5", "parent_id": parent})
    made = answer.json()
    assert answer.status_code == 201
    assert made == {
        "id": made["id"],
        "name": "Oslo å",
        "parent_id": parent,
        "depth": 1,
        "file_count": 0,
        "subfolder_count": 0,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }


async def test_the_tree_names_parents_first_and_counts_what_lies_directly_inside(
    product: Product, tenant: Tenant
) -> None:
    zoo, animals = await make(tenant.client, "zoo"), await make(tenant.client, "Animals")
    lions = await make(tenant.client, "Lions", zoo)
    await files_of(product, tenant, 2, zoo)
    (gone, *_) = await files_of(product, tenant, 3, lions)
    await tenant.client.delete(f"{LIST}/{gone}")
    await files_of(product, tenant, 1)
    shown = [(one["id"], one["depth"], one["file_count"], one["subfolder_count"]) for one in await tree(tenant.client)]
    assert shown == [(animals, 0, 0, 0), (zoo, 0, 2, 1), (lions, 1, 2, 0)]
    assert await tree(tenant.client) == [(await contents(tenant, folder))["folder"] for folder in (animals, zoo, lions)]


async def test_a_tenant_without_folders_has_an_empty_tree(tenant: Tenant) -> None:
    assert await tree(tenant.client) == []


async def test_contents_show_the_way_the_subfolders_and_whether_more_files_follow(
    product: Product, tenant: Tenant
) -> None:
    outer, middle = await nest(tenant.client, 2)
    inner = await make(tenant.client, "Inner", middle)
    await nest(tenant.client, 1, inner)
    ids = await files_of(product, tenant, 3, middle)
    found = await contents(tenant, middle)
    assert (found["folder"]["id"], found["folder"]["depth"]) == (middle, 1)
    assert found["breadcrumbs"] == [
        {"id": outer, "name": "Level 0", "depth": 0},
        {"id": middle, "name": "Level 1", "depth": 1},
    ]
    assert [(one["id"], one["depth"], one["subfolder_count"]) for one in found["subfolders"]] == [(inner, 2, 1)]
    assert (found["total_files"], found["has_more_files"]) == (3, False)
    assert [(await contents(tenant, middle, limit=2, offset=at))["has_more_files"] for at in (0, 1, 2, 9)] == [
        True,
        False,
        False,
        False,
    ]
    listed = (await tenant.client.get(LIST, params={"folder_id": middle})).json()
    assert {one["id"] for one in listed["files"]} == set(ids)


async def test_breadcrumbs_lead_from_the_root_to_the_folder(tenant: Tenant) -> None:
    made = await nest(tenant.client, 10)
    answer = await tenant.client.get(f"{FOLDERS}/{made[-1]}/breadcrumbs")
    way = answer.json()["breadcrumbs"]
    assert [(one["id"], one["name"], one["depth"]) for one in way] == [
        (folder, f"Level {depth}", depth) for depth, folder in enumerate(made)
    ]


@pytest.mark.parametrize("folder", ["nonsense", "0" * 40, str(new_id()), "%00"])
async def test_a_folder_that_is_not_there_is_not_found_by_any_operation(tenant: Tenant, folder: str) -> None:
    there, path = await make(tenant.client, "There"), f"{FOLDERS}/{folder}"
    client = tenant.client
    for answer in (
        await client.get(path),
        await client.get(f"{path}/breadcrumbs"),
        await client.patch(path, json={"name": "x"}),
        await client.delete(path),
        await client.post(f"{path}/move", json={"new_parent_id": None}),
        await client.post(FOLDERS, json={"name": "x", "parent_id": folder}),
        await client.post(f"{FOLDERS}/{there}/move", json={"new_parent_id": folder}),
        await client.post(f"{FOLDERS}/move-files", json={"file_ids": [str(new_id())], "folder_id": folder}),
    ):
        assert refusal(answer) == (404, "FOLDER_NOT_FOUND")
    assert len(await tree(client)) == 1


@pytest.mark.parametrize(
    ("name", "issue"),
    [
        ("", "at least 1 character"),
        ("x" * 256, "at most 255 characters"),
        (" \t\u00a0", "blank"),
        ("a\nb", "control characters"),
        ("a\x7f", "control characters"),
        ("a\u2028b", "control characters"),
        ("gpj.\u202eexe", "control characters"),
        ("a\x00b", "U+0000"),
    ],
)
async def test_a_name_that_can_not_be_read_is_refused(tenant: Tenant, name: str, issue: str) -> None:
    folder = await make(tenant.client, "Good")
    for answer in (
        await tenant.client.post(FOLDERS, json={"name": name}),
        await tenant.client.patch(f"{FOLDERS}/{folder}", json={"name": name}),
    ):
        assert refusal(answer) == (422, "VALIDATION_ERROR")
        (detail,) = answer.json()["error"]["details"]
        assert detail["field"] == "name" and issue in detail["issue"]


@pytest.mark.parametrize(
    "name", ["2024/06", "..", "C:\\x", "👩‍👩‍👧", "\u05e9\u200f", "%_'\"", "x" * 255, "e\u0301" * 255]
)
async def test_a_name_may_have_any_character_that_is_seen(tenant: Tenant, name: str) -> None:
    folder = await make(tenant.client, name)
    shown = (await contents(tenant, folder))["folder"]["name"]
    assert shown == name.replace("e\u0301", "é")


@pytest.mark.parametrize("name", ["trips", "TRIPS", " Trips "])
async def test_a_name_is_taken_in_its_place_in_whatever_case(tenant: Tenant, name: str) -> None:
    first, other = await make(tenant.client, "Trips"), await make(tenant.client, "Other")
    inner = await make(tenant.client, name, other)
    for answer in (
        await tenant.client.post(FOLDERS, json={"name": name}),
        await tenant.client.patch(f"{FOLDERS}/{other}", json={"name": name}),
        await move(tenant, inner, None),
    ):
        assert refusal(answer) == (409, "FOLDER_NAME_TAKEN")
    changed = await tenant.client.patch(f"{FOLDERS}/{first}", json={"name": name})
    assert (changed.status_code, changed.json()["name"]) == (200, name.strip())


async def test_renaming_and_moving_change_when_a_folder_was_changed(tenant: Tenant) -> None:
    folder, parent = await make(tenant.client, "One"), await make(tenant.client, "Two")
    made = (await contents(tenant, folder))["folder"]
    renamed = (await tenant.client.patch(f"{FOLDERS}/{folder}", json={"name": "Uno"})).json()
    moved = (await move(tenant, folder, parent)).json()
    assert (moved["name"], moved["parent_id"], moved["depth"]) == ("Uno", parent, 1)
    assert made["created_at"] == moved["created_at"] == made["updated_at"] < renamed["updated_at"] < moved["updated_at"]


async def test_a_folder_moves_with_all_that_is_in_it_and_back_to_the_root(product: Product, tenant: Tenant) -> None:
    source, target = await make(tenant.client, "Source"), await make(tenant.client, "Target")
    inner = await make(tenant.client, "Inner", source)
    (file_id,) = await files_of(product, tenant, 1, inner)
    assert (await move(tenant, source, target)).status_code == 200
    assert outline(await tree(tenant.client)) == {"Target": {"Source": {"Inner": {}}}}
    assert await folder_of(tenant, file_id) == inner
    assert (await move(tenant, source, target)).status_code == 200
    assert (await move(tenant, source, None)).json()["depth"] == 0
    assert outline(await tree(tenant.client)) == {"Target": {}, "Source": {"Inner": {}}}


async def test_a_folder_is_never_moved_into_itself_or_below(tenant: Tenant) -> None:
    made = await nest(tenant.client, 3)
    for parent in made:
        assert refusal(await move(tenant, made[0], parent)) == (422, "FOLDER_INSIDE_ITSELF")
    assert outline(await tree(tenant.client)) == {"Level 0": {"Level 1": {"Level 2": {}}}}


async def test_there_are_ten_levels_and_no_eleventh(tenant: Tenant) -> None:
    made = await nest(tenant.client, 10)
    answer = await tenant.client.post(FOLDERS, json={"name": "Eleventh", "parent_id": made[-1]})
    assert refusal(answer) == (422, "FOLDER_TOO_DEEP")
    top = await make(tenant.client, "Top")
    assert refusal(await move(tenant, made[0], top)) == (422, "FOLDER_TOO_DEEP")
    assert (await move(tenant, made[1], top)).status_code == 200
    assert max(one["depth"] for one in await tree(tenant.client)) == 9


async def test_a_deleted_folders_contents_move_up(product: Product, tenant: Tenant) -> None:
    outer, doomed = await nest(tenant.client, 2)
    inner = await make(tenant.client, "Inner", doomed)
    (direct, gone), (deep,) = await files_of(product, tenant, 2, doomed), await files_of(product, tenant, 1, inner)
    await tenant.client.delete(f"{LIST}/{gone}")
    assert await delete(tenant, doomed) == {
        "id": doomed,
        "files_affected": 1,
        "subfolders_affected": 1,
        "mode": "move_to_parent",
    }
    assert outline(await tree(tenant.client)) == {"Level 0": {"Inner": {}}}
    await tenant.client.post(f"{LIST}/{gone}/restore")
    assert [await folder_of(tenant, one) for one in (direct, gone, deep)] == [outer, outer, inner]
    await delete(tenant, outer, "move_to_parent")
    assert outline(await tree(tenant.client)) == {"Inner": {}}
    assert [await folder_of(tenant, one) for one in (direct, gone, deep)] == [None, None, inner]


async def test_folders_that_move_up_beside_one_of_their_name_are_numbered(tenant: Tenant) -> None:
    client, doomed = tenant.client, await make(tenant.client, "Doomed")
    for name in ("Trip", "TRIP (2)", "x" * 255):
        await make(client, name)
    for name in ("trip", "Trip (3)", "Doomed", "x" * 255):
        await make(client, "Marked", await make(client, name, doomed))
    assert (await delete(tenant, doomed))["subfolders_affected"] == 4
    marked = {name for name, inside in outline(await tree(client)).items() if inside}
    assert marked == {"trip (4)", "Trip (3)", "Doomed", "x" * 251 + " (2)"}


async def test_deleting_all_takes_files_out_of_lists_and_they_come_back_to_the_root(
    product: Product, tenant: Tenant
) -> None:
    client, doomed = tenant.client, await make(tenant.client, "Doomed")
    inner = await make(client, "Inner", doomed)
    found = (await upload(tenant, folder_id=inner))["image_id"]
    others = await files_of(product, tenant, 120, doomed)
    (kept,) = await files_of(product, tenant, 1)
    await product.do_jobs()
    query = {"query": "red", "similarity_threshold": 0}
    assert found in (await client.post("/api/v2/agents/search/images", json=query)).text
    answer = await delete(tenant, doomed, "delete_all")
    assert (answer["files_affected"], answer["subfolders_affected"], answer["mode"]) == (121, 1, "delete_all")
    assert await tree(client) == []
    assert [one["id"] for one in (await client.get(LIST)).json()["files"]] == [kept]
    assert found not in (await client.post("/api/v2/agents/search/images", json=query)).text
    listed = (await client.get(LIST, params={"deleted": True})).json()
    assert listed["total_count"] == 121
    for file_id in (found, others[0]):
        assert (await client.post(f"{LIST}/{file_id}/restore")).status_code == 200
        assert await folder_of(tenant, file_id) is None


async def test_files_are_moved_and_unknown_ones_are_passed_over(product: Product, tenant: Tenant) -> None:
    stranger, folder = await product.tenant("Stranger"), await make(tenant.client, "Here")
    mine, deleted = await files_of(product, tenant, 3), await files_of(product, tenant, 1)
    theirs = await files_of(product, stranger, 1)
    await tenant.client.delete(f"{LIST}/{deleted[0]}")
    sent = [*mine, mine[0], *deleted, *theirs, str(new_id()), "nonsense"]
    answer = await tenant.client.post(f"{FOLDERS}/move-files", json={"file_ids": sent, "folder_id": folder})
    assert answer.json() == {"moved": 3, "total_requested": 7}
    assert [await folder_of(tenant, one) for one in mine] == [folder] * 3
    assert await folder_of(stranger, theirs[0]) is None
    back = await tenant.client.post(f"{FOLDERS}/move-files", json={"file_ids": mine[:2], "folder_id": None})
    assert back.json() == {"moved": 2, "total_requested": 2}
    assert [await folder_of(tenant, one) for one in mine] == [None, None, folder]


@pytest.mark.parametrize("count", [0, 101])
async def test_one_to_a_hundred_files_are_moved_at_once(tenant: Tenant, count: int) -> None:
    body = {"file_ids": [str(new_id())] * count, "folder_id": None}
    assert refusal(await tenant.client.post(f"{FOLDERS}/move-files", json=body)) == (422, "VALIDATION_ERROR")


async def test_a_folder_is_made_once_under_its_idempotency_key(tenant: Tenant) -> None:
    answers = [
        await tenant.client.post(FOLDERS, json={"name": "Once"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert len(await tree(tenant.client)) == 1


async def test_every_change_is_in_the_audit_log(product: Product, tenant: Tenant) -> None:
    client, parent = tenant.client, await make(tenant.client, "Parent")
    child = await make(client, "Child", parent)
    (file_id,) = await files_of(product, tenant, 1)
    await client.patch(f"{FOLDERS}/{child}", json={"name": "Kid"})
    await move(tenant, child, None)
    await client.post(f"{FOLDERS}/move-files", json={"file_ids": [file_id], "folder_id": parent})
    shouting = await make(client, "PARENT", child)
    await delete(tenant, child)
    await delete(tenant, parent, "delete_all")
    entries = (await client.get("/api/v2/tenant/audit-logs")).json()["entries"]
    told = [(one["event_type"], one["resource_id"], one["metadata"]) for one in reversed(entries)]
    assert told == [
        ("folder.created", parent, {"changes": {"name": [None, "Parent"]}}),
        ("folder.created", child, {"changes": {"name": [None, "Child"], "parent_id": [None, parent]}}),
        ("folder.renamed", child, {"changes": {"name": ["Child", "Kid"]}}),
        ("folder.moved", child, {"changes": {"parent_id": [parent, None]}}),
        ("file.moved", file_id, {"changes": {"folder_id": [None, parent]}}),
        ("folder.created", shouting, {"changes": {"name": [None, "PARENT"], "parent_id": [None, child]}}),
        ("folder.renamed", shouting, {"changes": {"name": ["PARENT", "PARENT (2)"]}}),
        ("folder.deleted", child, {"mode": "move_to_parent", "name": "Kid", "files": 0, "subfolders": 1}),
        ("file.deleted", None, {"count": 1, "file_ids": [file_id]}),
        ("folder.deleted", parent, {"mode": "delete_all", "name": "Parent", "files": 1, "subfolders": 0}),
    ]


async def test_of_two_folders_that_move_into_each_other_at_once_one_does(tenant: Tenant) -> None:
    for number in range(5):
        one, two = await make(tenant.client, f"One {number}"), await make(tenant.client, f"Two {number}")
        answers = await asyncio.gather(move(tenant, one, two), move(tenant, two, one))
        assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_many_changes_at_once_leave_a_tree(product: Product, tenant: Tenant) -> None:
    client, first = tenant.client, [await make(tenant.client, f"Folder {number}") for number in range(6)]
    deep = [folder for number in range(6) for folder in await nest(client, 4, first[number])]
    everything = [*first, *deep]
    moves = [move(tenant, everything[n * 7 % 30], everything[n * 11 % 30]) for n in range(1, 60)]
    makes = [client.post(FOLDERS, json={"name": "Same", "parent_id": everything[n % 3]}) for n in range(12)]
    answers = await asyncio.gather(*moves, *makes)
    assert {answer.status_code for answer in answers} <= {200, 201, 409, 422}
    assert sum(answer.status_code == 201 for answer in answers) == 3
    shown = await tree(client)
    assert len(shown) == 33  # one on a cycle is reached from nowhere
    assert max(one["depth"] for one in shown) <= 9


@pytest.mark.parametrize("mode", ["move_to_parent", "delete_all"])
async def test_a_file_that_comes_while_its_folder_is_deleted_shares_the_lot_of_the_others(
    product: Product, tenant: Tenant, mode: str
) -> None:
    outer, doomed = await nest(tenant.client, 2)
    async with product.infra.open_system_scope(tenant.id) as scope:
        await require_folder(scope, doomed)
        deleting = asyncio.create_task(delete(tenant, doomed, mode))
        await waits_for_a_lock(product)
        (file_id,) = await add_files(scope, 1, doomed)
    assert (await deleting)["files_affected"] == 1
    lost = (await tenant.client.get(LIST, params={"deleted": True})).json()["total_count"]
    assert (lost == 1) if mode == "delete_all" else (await folder_of(tenant, file_id) == outer)


async def waits_for_a_lock(product: Product) -> None:
    """Return once a connection to the database waits for another's row."""
    query = text("select count(*) from pg_locks where not granted")
    async with asyncio.timeout(30):
        async with product.infra.engine.connect() as connection:
            while not await connection.scalar(query):
                await asyncio.sleep(0.01)


async def test_an_upload_into_a_folder_that_was_just_deleted_is_refused(product: Product, tenant: Tenant) -> None:
    folder = await make(tenant.client, "Doomed")
    await delete(tenant, folder)
    sent = await tenant.client.post(
        f"{LIST}/upload/stream", files={"file": ("a.jpg", photo())}, data={"folder_id": folder}
    )
    assert refusal(sent) == (404, "FOLDER_NOT_FOUND")


async def test_the_database_itself_refuses_a_folder_of_another_tenant(product: Product, tenant: Tenant) -> None:
    stranger = await product.tenant("Stranger")
    theirs = await make(stranger.client, "Theirs")
    with pytest.raises(IntegrityError, match="fk_files_folder_id"):
        await files_of(product, tenant, 1, theirs)
    async with product.infra.open_system_scope(tenant.id) as scope:
        query = text("insert into folders (id, tenant_id, name, parent_id) values (:id, :tenant, 'Mine', :theirs)")
        with pytest.raises(IntegrityError, match="fk_folders_parent_id"):
            await scope.session.execute(query, {"id": new_id(), "tenant": tenant.id, "theirs": theirs})
