"""Plans: shown before anything is changed, decided once, done step by step and each step once, reported on."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from aionserver.domains.assistant.schemas import PlanStep
from aionserver.domains.chat import plans
from aionserver.domains.chat.plan_texts import proposal
from aionserver.infra.actors import Role
from aionserver.infra.errors import Unavailable
from aionserver.infra.job_worker import Attempt
from aionserver.infra.reading import Query
from aionserver.infra.tools import Errand, Outcome, Tool
from aionserver.kit.ids import new_id
from plugins.assistants import on_stage, plan
from plugins.chats import SESSIONS, begin, read, refusal, say
from plugins.product import Product, Tenant, upload
from plugins.streams import events_in, names

FIRST_TRY = Attempt(1, is_last=False)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Approvals wait for no worker: the tests do the jobs themselves."""
    monkeypatch.setattr(plans, "PATIENCE_SECONDS", 0.0)


async def proposed(product: Product, client: httpx2.AsyncClient, *steps: PlanStep) -> tuple[str, dict[str, Any]]:
    """A conversation in which these steps wait for approval, and the plan."""
    on_stage(product, plan(*steps))
    session = await begin(client)
    return session, (await say(client, session, "Tidy up!"))["plan"]


async def decide(
    client: httpx2.AsyncClient, session: str, plan_id: str, action: str, **headers: str
) -> httpx2.Response:
    path = f"{SESSIONS}/{session}/plans/{plan_id}/action"
    return await client.post(path, json={"action": action, "plan_data": {"steps": []}}, headers=headers)


def folder(name: str = "Walls") -> PlanStep:
    return PlanStep("create_folder", {"name": name}, f"Make the folder “{name}”.")


def move(*ids: str, to: str = "Walls") -> PlanStep:
    return PlanStep("move_files", {"files": list(ids), "folder": to}, f"Move {len(ids)} files to “{to}”.")


async def folders(client: httpx2.AsyncClient) -> dict[str, int]:
    tree = (await client.get("/api/v2/folders")).json()["folders"]
    return {one["name"]: one["file_count"] for one in tree}


async def test_a_plan_waits_for_approval_and_is_done_then(product: Product, tenant: Tenant) -> None:
    image = (await upload(tenant))["image_id"]
    session, found = await proposed(product, tenant.client, folder(), move(image))
    assert (found["status"], [one["description"] for one in found["steps"]]) == (
        "pending",
        ["Make the folder “Walls”.", "Move 1 files to “Walls”."],
    )
    assert await folders(tenant.client) == {}
    running = await decide(tenant.client, session, found["plan_id"], "approve")
    assert (running.status_code, running.json()["status"], len(running.json()["pending_actions"])) == (
        202,
        "accepted",
        2,
    )
    await product.do_jobs()
    assert await folders(tenant.client) == {"Walls": 1}
    _, answered, reported = (await read(tenant.client, session))["messages"]
    assert "1. Make the folder “Walls”." in answered["content"] and "until you approve" in answered["content"]
    assert answered["metadata"]["plan"]["status"] == "completed"
    assert [one["status"] for one in answered["metadata"]["plan"]["outcomes"]] == ["completed", "completed"]
    assert reported["content"].startswith("The plan is done.\n\n1. The folder “Walls” was made.\n2. 1 file was moved")
    assert (await read(tenant.client, session))["session"]["total_messages"] == 3


async def test_a_plan_that_is_done_in_time_is_answered_with_its_results(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "PATIENCE_SECONDS", 10.0)
    session, found = await proposed(product, tenant.client, folder())
    approving = asyncio.create_task(decide(tenant.client, session, found["plan_id"], "approve"))
    while not approving.done():
        await product.do_jobs()
        await asyncio.sleep(0.02)
    answer = (await approving).json()
    assert (approving.result().status_code, answer["success"], answer["action_taken"]) == (200, True, "approved")
    assert answer["results"] == {"steps_completed": 1, "total_steps": 1}
    assert answer["agent_results"][0]["message"] == "The folder “Walls” was made."
    assert answer["pending_actions"] == []


async def test_a_plan_is_told_in_place_of_an_answer(product: Product, tenant: Tenant) -> None:
    on_stage(product, plan(folder()))
    session = await begin(tenant.client)
    answer = await tenant.client.post(f"{SESSIONS}/{session}/messages/stream", json={"message": "Tidy up!"})
    events = events_in(answer.text)
    assert names(events) == ["connection", "thinking", "thinking_step", "plan_pending_approval", "close"]
    told = events[3].data
    assert (told["summary"], told["steps"][0]["tool"], told["status"]) == (
        "Let me tidy up.",
        "create_folder",
        "pending",
    )
    cancelled = await decide(tenant.client, session, told["plan_id"], "cancel")
    assert (cancelled.status_code, cancelled.json()["action_taken"]) == (200, "cancelled")


async def test_a_plan_is_decided_once(product: Product, tenant: Tenant) -> None:
    for first in ("approve", "cancel"):
        session, found = await proposed(product, tenant.client, folder(first))
        many = await asyncio.gather(*(decide(tenant.client, session, found["plan_id"], first) for _ in range(3)))
        done = 202 if first == "approve" else 200
        assert sorted(one.status_code for one in many) == [done, 409, 409]
        for action in ("approve", "cancel"):
            again = await decide(tenant.client, session, found["plan_id"], action)
            assert refusal(again) == (409, "PLAN_DECIDED")
    await product.do_jobs()
    assert await folders(tenant.client) == {"approve": 0}


async def test_an_approval_sent_again_under_its_key_is_one(product: Product, tenant: Tenant) -> None:
    session, found = await proposed(product, tenant.client, folder())
    headers = {"Idempotency-Key": "yes"}
    assert (await decide(tenant.client, session, found["plan_id"], "approve", **headers)).status_code == 202
    await product.do_jobs()
    again = await decide(tenant.client, session, found["plan_id"], "approve", **headers)
    assert (again.status_code, again.json()["status"]) == (200, "completed")


async def test_plans_of_others_and_unknown_ones_are_not_found(product: Product, tenant: Tenant) -> None:
    session, found = await proposed(product, tenant.client, folder())
    other = await begin(tenant.client)
    stranger = await product.tenant("Stranger")
    for client, place, plan_id in (
        (tenant.client, other, found["plan_id"]),
        (tenant.client, session, str(new_id())),
        (tenant.client, session, "nonsense"),
    ):
        assert refusal(await decide(client, place, plan_id, "approve")) == (404, "PLAN_NOT_FOUND")
    theirs = await decide(stranger.client, session, found["plan_id"], "approve")
    assert refusal(theirs) == (404, "CHAT_SESSION_NOT_FOUND")


async def test_who_may_change_nothing_can_approve_nothing(product: Product, tenant: Tenant) -> None:
    viewer = await product.person(tenant, Role.VIEWER)
    session, found = await proposed(product, viewer.client, folder())
    assert refusal(await decide(viewer.client, session, found["plan_id"], "approve")) == (403, "PERMISSION_DENIED")
    assert (await decide(viewer.client, session, found["plan_id"], "cancel")).status_code == 200
    await product.do_jobs()
    assert await folders(viewer.client) == {}


async def test_a_step_that_fails_stops_the_plan_and_changes_nothing(product: Product, tenant: Tenant) -> None:
    image = (await upload(tenant))["image_id"]
    session, found = await proposed(product, tenant.client, folder(), move(image, to="Nowhere"), folder("Last"))
    await decide(tenant.client, session, found["plan_id"], "approve")
    await product.do_jobs()
    assert await folders(tenant.client) == {"Walls": 0}
    *_, answered, reported = (await read(tenant.client, session))["messages"]
    outcomes = answered["metadata"]["plan"]["outcomes"]
    assert [one["status"] for one in outcomes] == ["completed", "failed", "skipped"]
    assert outcomes[1]["code"] == "FOLDER_NOT_FOUND"
    assert reported["content"].startswith("The plan was stopped: 1 of 3 steps are done.")


class Flaky:
    """A tool that makes a folder and then dies, the first time."""

    def __init__(self, product: Product) -> None:
        self.product, self.calls = product, 0

    async def run(self, errand: Errand, **arguments: Any) -> Outcome:
        self.calls += 1
        done = await self.made.run(errand, **arguments)
        if self.calls == 1:
            raise Unavailable("Not now.")
        return done

    def take_the_place_of(self, name: str) -> None:
        tools = dict(self.product.infra.tools)
        self.made: Tool = tools[name]
        tools[name] = Tool(name, self.run, self.made.access, changes=True)
        self.product.infra.tools = tools


async def test_a_step_is_done_once_however_often_its_job_begins(product: Product, tenant: Tenant) -> None:
    flaky = Flaky(product)
    flaky.take_the_place_of("create_folder")
    session, found = await proposed(product, tenant.client, folder("One"), folder("Two"))
    await decide(tenant.client, session, found["plan_id"], "approve")
    ids = {"tenant_id": str(tenant.id), "plan_id": found["plan_id"]}
    with pytest.raises(Unavailable):
        await plans.run_plan(product.infra, FIRST_TRY, **ids)
    assert await folders(tenant.client) == {}
    await asyncio.gather(*(plans.run_plan(product.infra, FIRST_TRY, **ids) for _ in range(4)))
    assert await folders(tenant.client) == {"One": 0, "Two": 0}
    assert flaky.calls == 3
    assert [one["role"] for one in (await read(tenant.client, session))["messages"]] == ["user", *["assistant"] * 2]


async def test_what_a_plan_changes_is_recorded_as_done_by_whoever_approved_it(product: Product, tenant: Tenant) -> None:
    ada = await product.person(tenant, Role.EDITOR)
    session, found = await proposed(product, ada.client, folder())
    await decide(ada.client, session, found["plan_id"], "approve")
    await product.do_jobs()
    query = Query(text("select event_type, user_id from audit_entries where tenant_id = :tenant_id order by id"))
    async with product.infra.open_system_scope(tenant.id) as scope:
        (rows,) = await scope.fetch([query])
    events = [row.event_type for row in rows if row.user_id == ada.user_id]
    assert events == ["chat_session.created", "chat.send_chat_message", "chat_plan.approved", "folder.created"]


def test_a_plan_says_each_step_once() -> None:
    assert proposal("1. Delete x", ["Delete x"]).count("Delete x") == 1
    assert proposal("Tidy up.", ["Delete x"]).count("Delete x") == 1


async def done(product: Product, client: httpx2.AsyncClient, session: str, words: str) -> str:
    """What is reported of the plan that these words lead to, approved."""
    found = (await say(client, session, words))["plan"]
    await decide(client, session, found["plan_id"], "approve")
    await product.do_jobs()
    return (await read(client, session))["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("put all photos in a folder called Walls", {"folder": "Walls"}),
        ("tag all photos as seen", {"tags": ["wall", "seen"]}),
        ("rename wall.jpg to “The old wall”", {"title": "The old wall"}),
        ("delete wall.jpg", {"deleted": True}),
    ],
)
async def test_what_was_done_is_undone(product: Product, tenant: Tenant, words: str, changed: dict[str, Any]) -> None:
    image = (await upload(tenant, name="wall.jpg", tags="wall"))["image_id"]
    await product.do_jobs()
    before = await state(tenant.client, image)
    session = await begin(tenant.client)
    told = await done(product, tenant.client, session, words)
    assert told.endswith("Say “undo” to take it back.")
    after = await state(tenant.client, image)
    assert after != before and all(
        after[name] == value or set(value if isinstance(value, list) else ()) <= set(after["tags"])
        for name, value in changed.items()
    )
    await done(product, tenant.client, session, "undo that, please")
    assert await state(tenant.client, image) == before


async def state(client: httpx2.AsyncClient, image: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v2/user-files/{image}")
    if answer.status_code != httpx2.codes.OK:
        return {"deleted": True, "tags": []}
    file = answer.json()
    lies_in = [name for name, count in (await folders(client)).items() if count]
    return {"tags": file["tags"], "title": file["title"] or "wall.jpg", "folder": "".join(lies_in)}


async def test_nothing_is_undone_where_nothing_was_done(product: Product, tenant: Tenant) -> None:
    session = await begin(tenant.client)
    assert (await say(tenant.client, session, "undo"))["content"] == "There is nothing here that I can take back."


@pytest.mark.parametrize("is_used", [False, True])
async def test_a_folder_that_a_plan_made_goes_with_it_if_it_is_empty(
    product: Product, tenant: Tenant, is_used: bool
) -> None:
    await upload(tenant, name="wall.jpg", tags="wall")
    await product.do_jobs()
    session = await begin(tenant.client)
    await done(product, tenant.client, session, "put all photos in a folder called Walls")
    assert await folders(tenant.client) == {"Walls": 1}
    if is_used:
        (made,) = (await tenant.client.get("/api/v2/folders")).json()["folders"]
        inside = await tenant.client.post("/api/v2/folders", json={"name": "Inside", "parent_id": made["id"]})
        assert inside.status_code < httpx2.codes.BAD_REQUEST, inside.text
    told = await done(product, tenant.client, session, "undo that, please")
    stays = {"Walls": 0, "Inside": 0}
    assert await folders(tenant.client) == (stays if is_used else {})
    assert ("The folder “Walls” stays: something lies in it." in told) == is_used
    if not is_used:
        await done(product, tenant.client, session, "undo")
        assert await folders(tenant.client) == {"Walls": 1}


async def test_a_folder_that_is_gone_holds_up_no_undoing(product: Product, tenant: Tenant) -> None:
    session = await begin(tenant.client)
    await done(product, tenant.client, session, "make a folder called Walls")
    (made,) = (await tenant.client.get("/api/v2/folders")).json()["folders"]
    await tenant.client.delete(f"/api/v2/folders/{made['id']}")
    assert "The folder is not there any more." in await done(product, tenant.client, session, "undo")
