"""The list of files: every filter, order and page, over one library that no test changes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from aionserver.infra.sandbox import Sandbox
from aionserver.kit.ids import new_id
from plugins.database import Databases
from plugins.folders import add_folder
from plugins.product import Product, Tenant, photo, running, settings_for, upload

LIST = "/api/v2/user-files"
FOLDER = new_id()
# Name: width of the picture (which sets its size), and what is known of it.
LIBRARY: dict[str, tuple[int, dict[str, Any]]] = {
    "harbour": (64, {"title": "Harbour at dawn", "tags": ["sea", "boat"], "day": "2024-01-10", "folder_id": FOLDER}),
    "part": (96, {"filename": "XB-1041.jpg", "tags": ["spare part"], "day": "2024-02-10"}),
    "market": (
        128,
        {"title": "market", "description": "A red car stands in a market.", "tags": ["sea"], "day": "2024-03-10"},
    ),
    "sign": (160, {"title": "Überblick", "visible_text": "Exit to the harbour", "day": "2024-04-10"}),
    "lantern_in_text": (192, {"visible_text": "lantern", "day": "2024-05-14"}),
    "lantern_in_words": (224, {"description": "It shows a lantern.", "day": "2024-05-13"}),
    "lantern_in_tags": (256, {"tags": ["lantern"], "day": "2024-05-12"}),
    "lantern_in_title": (288, {"title": "Lantern", "day": "2024-05-11"}),
    "undated": (320, {"title": "Zebra", "media_type": "document"}),
    "deleted": (352, {"title": "Harbour in the past", "tags": ["sea"], "deleted": True}),
}
COLUMNS = ("title", "tags", "filename", "description", "visible_text", "media_type", "folder_id")


class Library:
    """A tenant with the library, and its list."""

    def __init__(self, tenant: Tenant, names: dict[str, str]) -> None:
        self.tenant, self.names = tenant, names
        self.ids = {name: file_id for file_id, name in names.items()}

    async def find(self, query: str = "") -> list[str]:
        """The names of the files that are listed, in their order."""
        answer = await self.tenant.client.get(f"{LIST}?{query}")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found = [self.names[one["id"]] for one in body["files"]]
        if "limit" not in query and "offset" not in query:
            assert (body["total_count"], body["has_more"]) == (len(found), False)
        return found


async def fill(product: Product, tenant: Tenant) -> dict[str, str]:
    """Upload the library, and write what is known of each picture; id to name."""
    names: dict[str, str] = {}
    async with product.infra.open_system_scope(tenant.id) as scope:
        await add_folder(scope, FOLDER)
    for name, (width, known) in LIBRARY.items():
        picture = photo(size=(width, width), kind="PNG")
        names[(await upload(tenant, picture, f"image{width}.png"))["image_id"]] = name
        values = {column: known[column] for column in COLUMNS if column in known}
        values |= {"size_bytes": width, "content_created_at": None}
        assigned = ", ".join(f"{column} = :{column}" for column in values)
        moment = f"timestamptz '{known['day']} 12:00Z'" if "day" in known else "null"
        removed = "now()" if known.get("deleted") else "null"
        assigned = assigned.replace(":content_created_at", moment)
        values.pop("content_created_at")
        async with product.infra.open_system_scope(tenant.id) as scope:
            query = text(f"update files set {assigned}, deleted_at = {removed} where id = :id")
            await scope.session.execute(query, {**values, "id": UUID(list(names)[-1])})
    return names


@pytest_asyncio.fixture(scope="module")
async def library(
    databases: Databases, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> AsyncIterator[Library]:
    with databases.copied(migrated_template) as fresh:
        async with running(settings_for(fresh, tmp_path_factory.mktemp("library")), sandbox) as product:
            tenant, other = await product.tenant(), await product.tenant("Other")
            await upload(other, name="harbour.jpg", title="Harbour at dawn", tags="sea,boat")
            yield Library(tenant, await fill(product, tenant))


LANTERNS = ["lantern_in_title", "lantern_in_tags", "lantern_in_words", "lantern_in_text"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=harbour", {"harbour", "sign"}),
        ("search=HARB", {"harbour", "sign"}),
        ("search=harb&search_mode=metadata", {"harbour"}),
        ("search=harb&search_mode=visible_text", {"sign"}),
        ("search=exit&search_mode=metadata", set()),
        ("search=lantern&search_mode=visible_text", {"lantern_in_text"}),
        ("search=lantern&search_mode=metadata", set(LANTERNS) - {"lantern_in_text"}),
        ("search=harbour dawn", {"harbour"}),
        ("search=dawn market", set()),
        ('search="red car"', {"market"}),
        ('search="car red"', set()),
        ('search="red car" market', {"market"}),
        ("search=XB-1041", {"part"}),
        ("search=xb-10", {"part"}),
        ("search=1041", {"part"}),
        ('search="XB-1041"', {"part"}),
        ("search=spare", {"part"}),
        ("search=arbour", set()),
        ("search=!!! ???", set()),
        ("search=", set(LIBRARY) - {"deleted"}),
        ("search=   ", set(LIBRARY) - {"deleted"}),
    ],
)
async def test_words_are_searched_where_the_mode_says(library: Library, query: str, names: set[str]) -> None:
    assert set(await library.find(query)) == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("tags=sea", {"harbour", "market"}),
        ("tags=sea&tags=boat", {"harbour"}),
        ("tags=sea,boat", {"harbour"}),
        ("tags=sea , boat", {"harbour"}),
        ("tags=spare part", {"part"}),
        ("tags=spare", set()),
        ("tags=", set(LIBRARY) - {"deleted"}),
        ("tags=sea&search=market", {"market"}),
        ("has_description=true", {"market", "lantern_in_words"}),
        ("has_description=true&tags=sea", {"market"}),
        ("media_types=document", {"undated"}),
        ("media_types=document,video", {"undated"}),
        ("media_types=document&media_types=image", set(LIBRARY) - {"deleted"}),
        ("media_types=nonsense", set()),
        (f"folder_id={FOLDER}", {"harbour"}),
        (f"folder_id={new_id()}", set()),
        ("folder_id=nonsense", set()),
        ("date_from=2024-05-11T12:00:00Z&date_to=2024-05-13T12:00:00Z", {*LANTERNS} - {"lantern_in_text"}),
        ("date_from=2024-05-11T14:00:00%2B02:00&date_to=2024-05-11T12:00:00", {"lantern_in_title"}),
        ("date_from=2025-01-01", {"undated"}),
        ("date_to=2024-01-31", {"harbour"}),
        ("date_from=0001-01-01T00:00:00%2B14:00&date_to=9999-12-31T23:59:59-14:00", set(LIBRARY) - {"deleted"}),
        ("deleted=true", {"deleted"}),
        ("deleted=true&search=past", {"deleted"}),
        ("ids=nonsense", set()),
        (f"ids={new_id()}", set()),
    ],
)
async def test_filters_narrow_the_list_and_combine(library: Library, query: str, names: set[str]) -> None:
    assert set(await library.find(query)) == names


async def test_ids_are_taken_repeated_and_comma_separated_and_malformed_ones_are_not_found(library: Library) -> None:
    one, other, deleted = (library.ids[name] for name in ("harbour", "sign", "deleted"))
    for query in (f"ids={one},{other},nonsense,{deleted}", f"ids={one}&ids={other}&ids=nonsense&ids={deleted}"):
        assert set(await library.find(query)) == {"harbour", "sign"}
    many = ",".join([one, *(str(new_id()) for _ in range(499))])
    assert await library.find(f"ids={many}") == ["harbour"]
    refused = await library.tenant.client.get(f"{LIST}?ids={many},{new_id()}")
    assert refused.status_code == 422


BY_DAY = ["undated", "lantern_in_text", "lantern_in_words", "lantern_in_tags", "lantern_in_title"]
BY_DAY += ["sign", "market", "part", "harbour"]
BY_UPLOAD = [name for name in LIBRARY if name != "deleted"]
BY_TITLE = ["harbour", "lantern_in_text", "lantern_in_words", "lantern_in_tags", "lantern_in_title", "market"]
BY_TITLE += ["part", "undated", "sign"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", BY_DAY),
        ("sort_by=content_created_at", BY_DAY),
        ("sort_by=content_created_at&sort_order=asc", BY_DAY[::-1]),
        ("sort_order=asc", BY_DAY[::-1]),
        ("sort_by=created_at&sort_order=asc", BY_UPLOAD),
        ("sort_by=created_at&sort_order=desc", BY_UPLOAD[::-1]),
        ("sort_by=size_bytes&sort_order=asc", BY_UPLOAD),
        ("sort_by=size_bytes", BY_UPLOAD[::-1]),
        ("sort_by=title&sort_order=asc", BY_TITLE),
        ("sort_by=title", BY_TITLE[::-1]),
        ("search=lantern", LANTERNS),
        ("search=lantern&sort_by=content_created_at&sort_order=asc", LANTERNS),
        ("search=lantern&sort_by=content_created_at", LANTERNS[::-1]),
    ],
)
async def test_the_list_has_the_order_asked_for_and_a_search_that_of_relevance(
    library: Library, query: str, names: list[str]
) -> None:
    assert await library.find(query) == names


@pytest.mark.parametrize("order", ["", "&sort_by=title", "&sort_by=size_bytes&sort_order=asc"])
async def test_turning_the_pages_shows_every_file_once(library: Library, order: str) -> None:
    seen: list[str] = []
    for offset in range(0, 12, 4):
        answer = (await library.tenant.client.get(f"{LIST}?limit=4&offset={offset}{order}")).json()
        assert (answer["total_count"], answer["has_more"]) == (9, offset + 4 < 9)
        seen += [library.names[one["id"]] for one in answer["files"]]
    assert seen == await library.find(order[1:])
    assert await library.find("offset=9") == []
    assert await library.find(f"offset={10**30}") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("offset=-1", "offset"),
        ("sort_by=colour", "sort_by"),
        ("sort_order=up", "sort_order"),
        ("search_mode=dreams", "search_mode"),
        ("date_from=yesterday", "date_from"),
        ("has_description=perhaps", "has_description"),
        ("tags=a%00b", "tags.0"),
        ("media_types=%00", "media_types.0"),
    ],
)
async def test_what_cannot_be_asked_is_422_and_names_the_field(library: Library, query: str, field: str) -> None:
    answer = await library.tenant.client.get(f"{LIST}?{query}")
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["error"]["details"]] == [field]


@pytest.mark.parametrize(
    "search", ["%00", "a" * 5000, "%F0%A0%80%80" * 3000, "'; drop table files; --", "%5C", ":*&|!()<->"]
)
async def test_no_search_text_is_too_odd(library: Library, search: str) -> None:
    assert await library.find(f"search={search}") == []


async def test_an_item_of_the_list_says_what_the_published_api_says(library: Library) -> None:
    answer = await library.tenant.client.get(LIST, params={"ids": library.ids["market"]})
    item = answer.json()["files"][0]
    assert item["title"] == "market"
    assert item["upload_description"] == "A red car stands in a market."
    assert item["has_full_description"] is True
    assert item["filename"] == "image128.png"
    assert item["content_created_at"] == "2024-03-10T12:00:00Z"
    assert (item["media_type"], item["format"], item["content_type"]) == ("image", "PNG", "image/png")
    assert (item["thumbnail_url"], item["variant_count"], item["deleted_at"]) == (None, 0, None)


@pytest.mark.parametrize(
    "search", ["university", "universit", "univ", "running", "runnin", "run", "runs", "the runnin univ"]
)
async def test_a_word_is_found_by_any_beginning_and_in_any_form(tenant: Tenant, search: str) -> None:
    answer = await upload(tenant, title="The university's running club")
    found = (await tenant.client.get(LIST, params={"search": search})).json()
    assert [file["id"] for file in found["files"]] == [answer["image_id"]]


async def test_a_date_without_a_time_means_the_whole_day(tenant: Tenant) -> None:
    answer = await upload(tenant)
    today = datetime.now(UTC).date().isoformat()
    found = (await tenant.client.get(LIST, params={"date_from": today, "date_to": today})).json()
    assert [file["id"] for file in found["files"]] == [answer["image_id"]]
