"""Conversations: begun, found again, read, named, pointed at files, closed and exported."""

import json
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from aionserver.domains.accounts import service as accounts
from aionserver.infra.actors import Role
from aionserver.infra.database import open_session
from aionserver.infra.reading import Query
from aionserver.kit.ids import new_id
from plugins.assistants import on_stage, words
from plugins.chats import CHAT, SESSIONS, begin, read, refusal, say
from plugins.product import Product, Tenant, photo, upload

COUNT = Query(text("select count(*) from chat_sessions where tenant_id = :tenant_id"))


async def test_a_conversation_is_titled_by_its_first_message_unless_it_has_a_title(
    product: Product, tenant: Tenant
) -> None:
    on_stage(product, lambda question: words("Here you are."))
    unnamed, named = await begin(tenant.client), await begin(tenant.client, title="Poles")
    for session in (unnamed, named):
        await say(
            tenant.client, session, "Which photos   show damaged poles,\nand what does the manual say to do then?"
        )
    assert (await read(tenant.client, unnamed))["session"]["title"] == (
        "Which photos show damaged poles, and what does the manual…"
    )
    assert (await read(tenant.client, named))["session"]["title"] == "Poles"
    renamed = await tenant.client.patch(f"{SESSIONS}/{named}/title", json={"title": "Leaning poles"})
    assert renamed.json()["title"] == "Leaning poles"
    assert (await read(tenant.client, named))["session"]["title"] == "Leaning poles"


async def test_messages_are_kept_counted_and_shown(product: Product, tenant: Tenant) -> None:
    on_stage(product, lambda question: words("All is well."))
    session = await begin(tenant.client)
    answer = await say(tenant.client, session, "How is it?")
    assert (answer["content"], answer["session_id"]) == ("All is well.", session)
    assert (answer["provider"], answer["model"]) == ("aionvision", "embedded-assistant")
    found = await read(tenant.client, session)
    assert [(one["role"], one["content"]) for one in found["messages"]] == [
        ("user", "How is it?"),
        ("assistant", "All is well."),
    ]
    tokens = sum(one["token_count"] for one in found["messages"])
    summary = found["session"]
    assert (summary["total_messages"], summary["remaining_messages"]) == (2, 98)
    assert (summary["total_tokens"], summary["remaining_tokens"]) == (tokens, 100_000 - tokens)
    assert answer["remaining_messages"] == 98
    assert (await read(tenant.client, session, include_messages=False))["messages"] == []
    assert [one["role"] for one in (await read(tenant.client, session, message_limit=1))["messages"]] == ["assistant"]


async def test_conversations_are_listed_searched_and_counted(product: Product, tenant: Tenant) -> None:
    on_stage(product, lambda question: words("The 100% answer."))
    first, second = await begin(tenant.client, title="First"), await begin(tenant.client, title="Second")
    await say(tenant.client, first, "Where is the gasket?")

    async def listed(**query: Any) -> list[str]:
        answer = await tenant.client.get(SESSIONS, params=query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["sessions"]]

    assert await listed() == [first, second]
    assert await listed(search="gasket") == [first]
    assert await listed(search="SECOND") == [second]
    assert await listed(search="100%") == [first]
    assert await listed(search="100_") == []
    assert await listed(min_messages=1) == [first]
    assert await listed(min_messages=10**30) == []
    assert await listed(limit=1, offset=1) == [second]
    await tenant.client.delete(f"{SESSIONS}/{second}")
    assert (await listed(is_active=True), await listed(is_active=False)) == ([first], [second])
    shown = (await tenant.client.get(SESSIONS, params={"is_active": True})).json()
    assert (shown["total_count"], shown["has_more"]) == (1, False)
    assert shown["sessions"][0]["last_user_message"] == "Where is the gasket?"
    assert shown["sessions"][0]["last_message_preview"] == "The 100% answer."


async def test_a_closed_conversation_is_read_and_not_gone_on_with(product: Product, tenant: Tenant) -> None:
    on_stage(product, lambda question: words("Yes."))
    session = await begin(tenant.client)
    await say(tenant.client, session, "Still there?")
    closed = (await tenant.client.delete(f"{SESSIONS}/{session}")).json()
    assert (closed["session_id"], closed["total_messages"]) == (session, 2)
    assert (await tenant.client.delete(f"{SESSIONS}/{session}")).json() == closed
    refused = await tenant.client.post(f"{SESSIONS}/{session}/messages", json={"message": "And now?"})
    assert refusal(refused) == (409, "CHAT_SESSION_CLOSED")
    assert len((await read(tenant.client, session))["messages"]) == 2


async def test_a_conversation_is_about_what_is_selected(product: Product, tenant: Tenant) -> None:
    assistant = on_stage(product)
    red, blue = [(await upload(tenant, photo(color), title=f"A {color} wall"))["image_id"] for color in ("red", "blue")]
    await product.do_jobs()
    session = await begin(tenant.client, initial_image_ids=[red])
    assert (await read(tenant.client, session))["context_summary"] == "1 image selected"
    assert {one["image_id"] for one in (await say(tenant.client, session, "wall"))["images"]} == {red}
    stray = str(new_id())
    chosen = await tenant.client.put(f"{SESSIONS}/{session}/images", json={"image_ids": [blue, stray, "nonsense", red]})
    assert chosen.json()["selected_image_ids"] == [blue, red]
    assert (chosen.json()["context_summary"], chosen.json()["estimated_tokens"]) == ("2 images selected", 2400)
    mode = await tenant.client.patch(f"{SESSIONS}/{session}/mode", json={"use_all_images": True})
    assert (mode.json()["use_all_images"], mode.json()["selected_image_count"]) == (True, 2)
    await say(tenant.client, session, "wall")
    assert assistant.asked[-1].errand.selection.image_ids is None
    await say(tenant.client, session, "wall", expected_image_ids=[blue])
    assert assistant.asked[-1].errand.selection.image_ids == (UUID(blue),)
    assert (await read(tenant.client, session))["selected_image_ids"] == [blue]


async def test_only_files_of_the_kind_are_selected_and_not_too_many(product: Product, tenant: Tenant) -> None:
    image = (await upload(tenant))["image_id"]
    session = await begin(tenant.client)
    for what, most in (("images", 1000), ("documents", 100), ("videos", 100)):
        field = f"{what[:-1]}_ids"
        too_many = await tenant.client.put(
            f"{SESSIONS}/{session}/{what}", json={field: [str(new_id()) for _ in range(most + 1)]}
        )
        assert refusal(too_many) == (400, "TOO_MANY_SELECTED")
        answer = await tenant.client.put(f"{SESSIONS}/{session}/{what}", json={field: [image]})
        assert answer.json()[f"selected_{field}"] == ([image] if what == "images" else [])


DOORS = ("messages", "messages/stream")


@pytest.mark.parametrize("message", ["", "   ", "x" * 10_001, "a\0b", "a\x1bb", "\ud800"])
async def test_what_is_no_message_is_refused(product: Product, tenant: Tenant, message: str) -> None:
    on_stage(product)
    session = await begin(tenant.client)
    for door in DOORS:
        sent = json.dumps({"message": message}).encode()
        headers = {"Content-Type": "application/json"}
        answer = await tenant.client.post(f"{SESSIONS}/{session}/{door}", content=sent, headers=headers)
        assert refusal(answer) == (422, "VALIDATION_ERROR")
    assert (await read(tenant.client, session))["messages"] == []


async def test_another_persons_conversation_is_refused_and_an_unknown_one_is_not_found(
    product: Product, tenant: Tenant
) -> None:
    on_stage(product)
    ada, bob = await product.person(tenant), await product.person(tenant, Role.VIEWER)
    mine = await begin(ada.client)
    theirs = await begin(bob.client)
    assert (await bob.client.get(SESSIONS)).json()["sessions"][0]["id"] == theirs
    for client in (bob.client, tenant.client):
        assert refusal(await client.get(f"{SESSIONS}/{mine}")) == (403, "CHAT_SESSION_NOT_YOURS")
        for door in DOORS:
            sent = await client.post(f"{SESSIONS}/{mine}/{door}", json={"message": "Hello"})
            assert refusal(sent) == (403, "CHAT_SESSION_NOT_YOURS")
    for unknown in (str(new_id()), "nonsense"):
        assert refusal(await ada.client.get(f"{SESSIONS}/{unknown}")) == (404, "CHAT_SESSION_NOT_FOUND")
        for door in DOORS:
            sent = await ada.client.post(f"{SESSIONS}/{unknown}/{door}", json={"message": "Hello"})
            assert refusal(sent) == (404, "CHAT_SESSION_NOT_FOUND")


async def test_keys_of_nobody_share_conversations_and_those_that_only_read_begin_none(
    product: Product, tenant: Tenant
) -> None:
    session = await begin(tenant.client)
    another = await product.another_key(tenant, Role.EDITOR)
    assert (await another.get(f"{SESSIONS}/{session}")).status_code == 200
    reading = await product.another_key(tenant, Role.VIEWER)
    assert refusal(await reading.post(SESSIONS, json={})) == (403, "PERMISSION_DENIED")


async def test_conversations_go_with_their_person(product: Product, tenant: Tenant) -> None:
    owner = await product.person(tenant)
    bob = await product.person(tenant, Role.EDITOR)
    other = await product.tenant("Other")
    await product.person(other)
    async with open_session(product.infra.engine) as db, db.begin():
        await accounts.add_member(db, other.id, bob.user_id, Role.EDITOR)
    await begin(bob.client)
    headers = {"X-Tenant-ID": str(other.id)}
    assert (await bob.client.post(SESSIONS, json={}, headers=headers)).status_code == 200
    kept = await begin(owner.client)
    gone = await bob.client.post("/api/v2/user/account/delete", json={"confirmation": "delete my account"})
    assert gone.status_code == 200, gone.text
    assert [one["id"] for one in (await owner.client.get(SESSIONS)).json()["sessions"]] == [kept]
    for place, left in ((tenant.id, 1), (other.id, 0)):
        async with product.infra.open_system_scope(place) as scope:
            ((row,),) = await scope.fetch([COUNT])
            assert row.count == left


async def test_a_conversation_is_exported(product: Product, tenant: Tenant) -> None:
    on_stage(product)
    image = (await upload(tenant, title="A red wall"))["image_id"]
    await product.do_jobs()
    session = await begin(tenant.client, title='Walls / "rot" ü')
    await say(tenant.client, session, "wall")

    async def exported(**query: Any) -> httpx2.Response:
        answer = await tenant.client.get(f"{SESSIONS}/{session}/export", params=query)
        assert answer.status_code == 200, answer.text
        return answer

    markdown = await exported()
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert markdown.headers["content-disposition"] == (
        "attachment; filename=\"Walls rot _.md\"; filename*=UTF-8''Walls%20rot%20%C3%BC.md"
    )
    assert markdown.text == ('# Walls / "rot" ü\n\n## You\n\nwall\n\n## Aionvision\n\n1 pictures: A red wall\n')
    assert "tokens" in (await exported(format="text", include_metadata=True)).text
    assert "Aionvision:\n\n1 pictures: A red wall" in (await exported(format="text")).text
    whole, short = (await exported(format="json", include_metadata=True)).json(), (await exported(format="json")).json()
    assert whole["messages"][1]["image_context"][0]["image_id"] == image
    assert "image_context" not in short["messages"][1]
    refused = await tenant.client.get(f"{SESSIONS}/{session}/export", params={"format": "pdf"})
    assert refusal(refused) == (422, "VALIDATION_ERROR")


async def test_all_images_are_listed_by_id(product: Product, tenant: Tenant) -> None:
    ids = [(await upload(tenant, photo(color)))["image_id"] for color in ("red", "green", "blue")]
    page = (await tenant.client.get(f"{CHAT}/images/all", params={"limit": 2})).json()
    assert (page["image_ids"], page["total_count"], page["has_more"]) == (ids[:0:-1], 3, True)
    assert (await tenant.client.get(f"{CHAT}/images/all", params={"offset": 2})).json()["image_ids"] == ids[:1]
