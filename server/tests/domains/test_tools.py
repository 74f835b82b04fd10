"""Tools: what assistants can do, in the name of whoever asks, and no more than they may."""

from uuid import UUID

import pytest

from aionserver import wiring
from aionserver.infra.errors import AionError
from aionserver.infra.tools import Errand, Outcome, Selection
from plugins.pdfs import pdf
from plugins.product import Product, Tenant, photo, upload

FILES = "/api/v2/user-files"
FOLDERS = "/api/v2/folders"
EVERYTHING = Selection()


def errand(product: Product, tenant: Tenant, selection: Selection = EVERYTHING) -> Errand:
    return Errand(tenant.actor, product.infra, selection=selection)


async def use(product: Product, tenant: Tenant, name: str, /, **arguments: object) -> Outcome:
    return await product.infra.tools[name].run(errand(product, tenant), **arguments)


async def one_photo(product: Product, tenant: Tenant, color: str = "red", **values: str) -> str:
    found = await upload(tenant, photo(color), **values)
    await product.do_jobs()
    return str(found["image_id"])


def ids(outcome: Outcome) -> list[str]:
    return [str(item.id) for item in outcome.items]


def test_each_tool_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = [tool.name for tool in wiring.TOOLS]
    assert len(set(names)) == len(names)
    assert all(len(tool.description) > 20 for tool in wiring.TOOLS)


async def test_pictures_are_found_within_what_is_asked(product: Product, tenant: Tenant) -> None:
    red = await one_photo(product, tenant, "red", title="A red wall", tags="wall")
    blue = await one_photo(product, tenant, "blue", title="A blue wall", tags="wall,door")
    assert set(ids(await use(product, tenant, "search_images", query="wall"))) == {red, blue}
    assert ids(await use(product, tenant, "search_images", query="wall", tags=["door"])) == [blue]
    assert ids(await use(product, tenant, "search_images", query="wall", color="red")) == [red]
    assert ids(await use(product, tenant, "search_images", query="wall", taken_before="1999-12-31")) == []
    chosen = errand(product, tenant, Selection(image_ids=[UUID(red)]))
    assert ids(await product.infra.tools["search_images"].run(chosen, query="wall")) == [red]


async def test_files_are_listed_counted_and_summed_up(product: Product, tenant: Tenant) -> None:
    red = await one_photo(product, tenant, "red", tags="wall")
    blue = await one_photo(product, tenant, "blue", tags="wall,door")
    listed = await use(product, tenant, "list_files", kind="image", limit=1)
    assert (ids(listed), listed.total) == ([blue], 2)
    assert ids(await use(product, tenant, "list_files", newest_first=False)) == [red, blue]
    counted = await use(product, tenant, "count_files", group_by="tag")
    assert (counted.total, {name: counted.facts["groups"][name] for name in ("wall", "door")}) == (
        2,
        {"wall": 2, "door": 1},
    )
    assert (await use(product, tenant, "count_files", tag="door")).total == 1
    figures = (await use(product, tenant, "library_overview")).facts
    assert (figures["kinds"], figures["described"], figures["waiting"]) == ({"image": 2}, 2, 0)


async def test_a_file_is_described_read_and_compared(product: Product, tenant: Tenant) -> None:
    red = await one_photo(product, tenant, "red", title="Left", tags="wall")
    blue = await one_photo(product, tenant, "blue", title="Right", tags="wall,door")
    (item,) = (await use(product, tenant, "describe_file", file=red)).items
    assert (item.name, "wall" in item.details["tags"], bool(item.text)) == ("Left", True, True)
    compared = await use(product, tenant, "compare_files", files=[red, blue])
    assert ("wall" in compared.facts["shared_tags"], "door" in compared.facts["own_tags"][blue]) == (True, True)
    assert (await use(product, tenant, "read_text", file=red)).facts == {"has_text": False}


async def test_files_are_sorted_tagged_named_and_deleted(product: Product, tenant: Tenant) -> None:
    red = await one_photo(product, tenant, "red", tags="wall")
    await use(product, tenant, "create_folder", name="Walls")
    moved = await use(product, tenant, "move_files", files=[red], folder="walls")
    assert (moved.said, ids(moved)) == ("1 file was moved to “walls”.", [red])
    assert ids(await use(product, tenant, "list_files", folder="Walls")) == [red]
    assert [(item.name, item.details["file_count"]) for item in (await use(product, tenant, "list_folders")).items] == [
        ("Walls", 1)
    ]
    await use(product, tenant, "tag_files", files=[red], add=["seen"], remove=["WALL"])
    await use(product, tenant, "rename_file", file=red, title="The wall")
    file = (await tenant.client.get(f"{FILES}/{red}")).json()
    assert ("seen" in file["tags"], "wall" in file["tags"], file["title"]) == (True, False, "The wall")
    assert (await use(product, tenant, "delete_files", files=[red])).said == "1 file was deleted."
    assert (await tenant.client.get(f"{FILES}/{red}")).status_code == 404
    assert (await use(product, tenant, "restore_files", files=[red])).said == "1 file was restored."
    assert (await tenant.client.get(f"{FILES}/{red}")).status_code == 200


async def test_changes_tell_what_takes_them_back(product: Product, tenant: Tenant) -> None:
    red = await one_photo(product, tenant, "red", tags="wall")
    await use(product, tenant, "create_folder", name="Walls")
    moved = await use(product, tenant, "move_files", files=[red], folder="Walls")
    assert [(one.tool, one.arguments) for one in moved.undo] == [("move_files", {"files": [red], "folder": "root"})]
    assert (await use(product, tenant, "move_files", files=[red], folder="Walls")).undo == ()
    tagged = await use(product, tenant, "tag_files", files=[red], add=["seen", "Wall"], remove=["door"])
    assert [dict(one.arguments) for one in tagged.undo] == [{"files": [red], "add": [], "remove": ["seen"]}]
    (back,) = (await use(product, tenant, "delete_files", files=[red])).undo
    assert (back.tool, back.description) == ("restore_files", "Restore 1 deleted file")


async def test_a_tool_knows_nothing_of_another_tenant(product: Product, tenant: Tenant) -> None:
    other = await product.tenant("Other")
    theirs = await one_photo(product, other, "red", title="A red wall")
    await other.client.post(FOLDERS, json={"name": "Walls"})
    assert (await use(product, tenant, "search_images", query="wall")).items == ()
    assert (await use(product, tenant, "list_files")).total == 0
    for name, arguments in (
        ("describe_file", {"file": theirs}),
        ("list_files", {"folder": "Walls"}),
        ("move_files", {"files": [theirs], "folder": "Walls"}),
        ("restore_files", {"files": [theirs]}),
    ):
        with pytest.raises(AionError):
            await use(product, tenant, name, **arguments)
    for name, arguments in (("delete_files", {}), ("tag_files", {"add": ["x"]}), ("move_files", {"folder": "root"})):
        assert (await use(product, tenant, name, files=[theirs], **arguments)).items == ()
    assert (await other.client.get(f"{FILES}/{theirs}")).json()["tags"] != ["x"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [({"taken_after": "yesterday"}, "taken_after"), ({"color": "no such colour"}, "color_name")],
)
async def test_a_wrong_argument_is_told(
    product: Product, tenant: Tenant, arguments: dict[str, str], field: str
) -> None:
    with pytest.raises(AionError) as refused:
        await use(product, tenant, "search_images", query="wall", **arguments)
    assert field in str(refused.value.details)


async def test_what_a_document_says_of_itself_is_told_to_those_who_may_see_it(product: Product, tenant: Tenant) -> None:
    data = {"file": ("two.pdf", pdf(["The pump moves water."], ["Seals are sold."]), "application/pdf")}
    document = (await tenant.client.post(f"{FILES}/upload/stream", files=data)).json()["image_id"]
    await product.do_jobs()
    (item,) = (await use(product, tenant, "describe_document", file=document)).items
    assert (item.name, item.details["page_count"], item.details["characters"] > 20) == ("two.pdf", 2, True)
    with pytest.raises(AionError, match="no such document"):
        await use(product, await product.tenant("Other"), "describe_document", file=document)
    with pytest.raises(AionError, match="no such document"):
        await use(product, tenant, "describe_document", file=await one_photo(product, tenant))
    narrow = errand(product, tenant, Selection(document_ids=[]))
    with pytest.raises(AionError, match="no such document"):
        await product.infra.tools["describe_document"].run(narrow, file=document)


async def test_files_are_listed_and_counted_by_type(product: Product, tenant: Tenant) -> None:
    data = {"file": ("one.pdf", pdf(["The pump moves water."]), "application/pdf")}
    document = (await tenant.client.post(f"{FILES}/upload/stream", files=data)).json()["image_id"]
    await one_photo(product, tenant)
    assert ids(await use(product, tenant, "list_files", types=["pdf"])) == [document]
    assert (await use(product, tenant, "count_files", types=["pdf", "docx"])).total == 1
    assert (await use(product, tenant, "count_files", types=["docx"])).total == 0
