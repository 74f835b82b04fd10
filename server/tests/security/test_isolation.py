"""No tenant reaches another's, through no route and not even by SQL; and nobody gets in without a key."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aionserver.app import describe_app
from aionserver.infra.actors import Role
from aionserver.infra.database import Base
from aionserver.infra.sandbox import Sandbox
from aionserver.kit.ids import new_id
from aionserver.wiring import import_tables
from plugins.chats import put_plan
from plugins.database import Database, Databases
from plugins.product import Person, Product, Tenant, photo, running, settings_for, upload
from plugins.routes import PUBLIC, routes_of

DOCUMENT: dict[str, Any] = describe_app().openapi()
ROUTES = [route for route in routes_of(describe_app()) if route[1] not in PUBLIC]
# Read before a tenant is known, or across tenants; each has its reason beside its table.
WITHOUT_ROW_SECURITY = {"api_keys", "memberships", "sessions", "job_turns"}
# They change nothing but what is charged, so viewers may.
READING_POSTS = {
    "/api/v2/agents/analyze/documents",
    "/api/v2/agents/synthesize",
    "/api/v2/colors/search",
    "/api/v2/documents/search",
    "/api/v2/agents/pipeline",
    "/api/v2/agents/search/documents",
    "/api/v2/agents/search/images",
    "/api/v2/agents/search/links",
    "/api/v2/agents/search/videos",
    "/api/v2/chat/images/search",
    "/api/v2/uploads/check-duplicates",
    "/api/v2/usage/check",
    "/api/v2/user-files/archive",
}
# That a tenant was called, and in vain, is noted whatever is asked; when and how often somebody came, too.
NOTED_IN_PASSING = {"request_counts", "audit_entries"}
NOTED_COLUMNS = {
    "api_keys": ("last_used_at", "usage_count"),
    "memberships": ("last_active_at",),
    "sessions": ("last_active_at",),
}
# What stands in a path is no id, but a choice of what is one's own.
OWN_THINGS = {"{provider_name}"}
BODIES: dict[str, Any] = {
    "/api/v2/colors/batch/extract": {"image_ids": []},
    "/api/v2/colors/search": {"hex_code": "#FF0000"},
    "/api/v2/user-files/{image_id}": {"title": "taken over"},
    "/api/v2/user-files/archive": {"file_ids": [str(new_id())]},
    "/api/v2/user-files/batch-delete": {"file_ids": [str(new_id())]},
    "/api/v2/documents/{document_id}": {"title": "taken over"},
    "/api/v2/documents/batch-delete": {"document_ids": [str(new_id())]},
    "/api/v2/user-files/links": {"url": "https://example.org/"},
    "/api/v2/agents/analyze/documents": {"intent": "x", "document_ids": [str(new_id())]},
    "/api/v2/agents/organize": {"intent": "by kind"},
    "/api/v2/agents/pipeline": {"steps": [{"agent": "image_search", "intent": "x"}]},
    "/api/v2/agents/search/documents": {"query": "x"},
    "/api/v2/agents/search/images": {"query": "x"},
    "/api/v2/agents/search/links": {"query": "x"},
    "/api/v2/agents/search/videos": {"query": "x"},
    "/api/v2/agents/synthesize": {"intent": "x"},
    "/api/v2/documents/search": {"query": "x"},
    "/api/v2/chat/images/search": {"query": "x"},
    "/api/v2/uploads/check-duplicates": {"hashes": ["0" * 64]},
    "/api/v2/usage/check": {},
    "/api/v2/api-keys": {"name": "taken over"},
    "/api/v2/api-keys/{api_key_id}": {"name": "taken over"},
    "/api/v2/tenant/members/{user_id}/role": {"role": "viewer"},
    "/api/v2/tenant/settings": {"name": "taken over"},
    "/api/v2/folders/{folder_id}": {"name": "taken over"},
    "/api/v2/folders/{folder_id}/move": {"new_parent_id": None},
    "/api/v2/chat/sessions/{session_id}/images": {"image_ids": []},
    "/api/v2/chat/sessions/{session_id}/documents": {"document_ids": []},
    "/api/v2/chat/sessions/{session_id}/videos": {"video_ids": []},
    "/api/v2/chat/sessions/{session_id}/mode": {"use_all_images": False},
    "/api/v2/chat/sessions/{session_id}/title": {"title": "taken over"},
    "/api/v2/chat/sessions/{session_id}/messages": {"message": "taken over"},
    "/api/v2/chat/sessions/{session_id}/messages/stream": {"message": "taken over"},
    "/api/v2/chat/sessions/{session_id}/plans/{plan_id}/action": {"action": "approve"},
}
BUCKET = """
insert into tenant_buckets (id, tenant_id, bucket_name, region, prefix, sealed_keys, version, is_current, configured_at)
values (:id, :tenant, 'bucket', 'us-east-1', '', 'sealed', 1, true, :now)
"""
PROVIDER_KEY = """
insert into provider_keys (tenant_id, provider, model, sealed_key, ending, configured_at)
values (:tenant, 'openai', 'gpt', 'sealed', 'WXYZ', :now)
"""


@dataclass(frozen=True)
class House:
    """A product in which one tenant has everything, and another has nothing."""

    product: Product
    database: Database
    owner: Tenant
    stranger: Tenant
    boss: Person
    other_boss: Person
    viewer: httpx2.AsyncClient
    viewing: Person
    ids: dict[str, str]

    def snapshot(self) -> dict[str, Any]:
        """A digest of every row of every table that belongs to the owner."""
        with psycopg.connect(self.database.owner_url) as connection:
            return {
                table: self._digest(connection, table)
                for table in tables_with("tenant_id")
                if table not in NOTED_IN_PASSING
            }

    def _digest(self, connection: psycopg.Connection, table: str) -> Any:
        unused = "".join(f" - '{column}'" for column in NOTED_COLUMNS.get(table, ()))
        query = f"select md5(string_agg((to_jsonb(t){unused})::text, ',' order by t::text)), count(*) from {table} t"
        return connection.execute(f"{query} where tenant_id = %s".encode(), (self.owner.id,)).fetchone()


def tables_with(column: str) -> list[str]:
    import_tables()
    return sorted(name for name, table in Base.metadata.tables.items() if column in table.columns)


@pytest_asyncio.fixture(scope="module")
async def house(
    databases: Databases, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> AsyncIterator[House]:
    with databases.copied(migrated_template) as fresh:
        async with running(settings_for(fresh, tmp_path_factory.mktemp("house")), sandbox) as product:
            owner, stranger = await product.tenant("Owner"), await product.tenant("Stranger")
            boss, other_boss = await product.person(owner), await product.person(stranger)
            ids = await furnish(product, owner, boss)
            viewer, viewing = await product.another_key(owner, Role.VIEWER), await product.person(owner, Role.VIEWER)
            yield House(product, fresh, owner, stranger, boss, other_boss, viewer, viewing, ids)


async def furnish(product: Product, owner: Tenant, boss: Person) -> dict[str, str]:
    """One of everything; by the names that routes give to ids."""
    made = await boss.client.post("/api/v2/api-keys", json={"name": "Robot"})
    sessions = await boss.client.get("/api/v2/auth/session/sessions")
    logged = await boss.client.get("/api/v2/tenant/audit-logs")
    files = [("files", (f"{color}.jpg", photo(color))) for color in ("red", "blue")]
    batch = (await owner.client.post("/api/v2/user-files/upload/stream-batch", files=files)).json()
    deleted = (await upload(owner, photo("green")))["image_id"]
    # Longer than what stands on its file.
    lines = [
        "Change the oil of the pump every 500 hours.",
        *(f"Part {one} is wiped every evening." for one in range(700)),
    ]
    manual = (await upload(owner, "\n\n".join(lines).encode(), "pump.txt"))["image_id"]
    bookmark = {"url": "https://example.org/", "auto_crawl": False}
    link = (await owner.client.post("/api/v2/user-files/links", json=bookmark)).json()
    headers = {"Idempotency-Key": "once"}
    await owner.client.post("/api/v2/agents/search/images", json={"query": "red"}, headers=headers)
    await owner.client.post("/api/v2/agents/pipeline", json=BODIES["/api/v2/agents/pipeline"])
    await product.do_jobs()
    await product.app.state.request_counts.flush(product.infra)
    await owner.client.delete(f"/api/v2/user-files/{deleted}")
    offered = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 1}
    await owner.client.post("/api/v2/uploads/request-presigned-url", json=offered)
    texts = [{"filename": "a.txt", "content_type": "text/plain", "size_bytes": 1}]
    documents = (await owner.client.post("/api/v2/document-uploads/batch-prepare", json={"files": texts})).json()
    folder = new_id()
    async with product.infra.open_system_scope(owner.id) as scope:
        query = text("insert into folders (id, tenant_id, name) values (:id, :tenant, 'Mine')")
        await scope.session.execute(query, {"id": folder, "tenant": owner.id})
        await scope.session.execute(text(BUCKET), {"id": new_id(), "tenant": owner.id, "now": scope.now()})
        await scope.session.execute(text(PROVIDER_KEY), {"tenant": owner.id, "now": scope.now()})
    image = batch["files"][0]["image_id"]
    chat = (await boss.client.post("/api/v2/chat/sessions", json={})).json()["session_id"]
    plan = await put_plan(product, owner, chat)
    return {
        "chat": chat,
        "plan_id": plan,
        "image_id": image,
        "link_id": link["id"],
        "document_id": manual,
        "document_batch": documents["batch_id"],
        "session_id": batch["session_id"],
        "batch_id": batch["session_id"],
        "deleted": deleted,
        "folder": str(folder),
        "folder_id": str(folder),
        "variant_type": "small_256",
        "provider_name": "google",
        "api_key_id": made.json()["id"],
        "login_id": sessions.json()[0]["session_id"],
        "log_id": logged.json()["entries"][0]["id"],
        "user_id": str(boss.user_id),
    }


def is_for_sessions(method: str, template: str) -> bool:
    """Whether an operation refuses keys."""
    return DOCUMENT["paths"][template][method.lower()]["x-session-only"]


def is_for_owners(method: str, template: str) -> bool:
    """Whether an operation asks for the owner."""
    return role_for(method, template) == Role.OWNER


def role_for(method: str, template: str) -> str:
    """The least role that an operation asks for."""
    return DOCUMENT["paths"][template][method.lower()]["x-required-role"]


def path_for(house: House, template: str) -> str:
    """The path with the owner's ids in it; KeyError when a new kind of id has no example here yet."""
    ids = house.ids | ({"image_id": house.ids["deleted"]} if template.endswith("/restore") else {})
    ids |= {"batch_id": house.ids["document_batch"]} if "/document-uploads/" in template else {}
    place = "chat" if "/chat/" in template else "session_id" if "/uploads/" in template else "login_id"
    ids |= {"session_id": house.ids[place]}
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: ids[found[1]], template)


WITH_IDS = [one for one in ROUTES if "{" in one[1] and not any(own in one[1] for own in OWN_THINGS)]


@pytest.mark.parametrize(("method", "template"), WITH_IDS)
async def test_another_tenant_cannot_see_or_change_it(house: House, method: str, template: str) -> None:
    before, path = house.snapshot(), path_for(house, template)
    is_for_keys = not is_for_sessions(method, template) and not is_for_owners(method, template)
    clients = [house.other_boss.client, *([house.stranger.client] if is_for_keys else [])]
    for client in clients:
        answer = await client.request(method, path, json=BODIES.get(template))
        assert answer.status_code == 404, answer.text
        assert answer.json()["error"]["code"].endswith("NOT_FOUND")
    assert house.snapshot() == before
    if method == "GET":
        assert (await house.boss.client.get(path)).status_code in (200, 302)


def ids_in(answer: httpx2.Response) -> set[str]:
    return set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.text))


async def test_ids_of_another_tenant_in_bodies_and_queries_find_nothing(house: House) -> None:
    before, client = house.snapshot(), house.stranger.client
    file_id, folder = house.ids["image_id"], house.ids["folder"]
    doomed = await client.post("/api/v2/user-files/batch-delete", json={"file_ids": [file_id]})
    assert doomed.json()["summary"] == {"total": 1, "deleted": 0, "skipped": 0, "failed": 1}
    for query in ({}, {"ids": file_id}, {"folder_id": folder}, {"deleted": "true"}, {"search": "red"}):
        listed = await client.get("/api/v2/user-files", params=query)
        assert listed.json() == {"files": [], "total_count": 0, "has_more": False}
    body = {"query": "red", "image_ids": [file_id]}
    assert file_id not in ids_in(await client.post("/api/v2/agents/search/images", json=body))
    for wanted in ({"hex_code": "#FF0000", "delta_e_threshold": 100}, {"color_name": "red"}):
        assert (await client.post("/api/v2/colors/search", json=wanted)).json()["results"] == []
    assert (await client.post("/api/v2/user-files/archive", json={"file_ids": [file_id]})).status_code == 404
    for agent, name, theirs in (
        ("analysis", "image_ids", file_id),
        ("folder", "image_ids", file_id),
        ("document_analysis", "document_ids", house.ids["document_id"]),
    ):
        steps = [{"agent": agent, "intent": "by kind"}]
        answer = await client.post("/api/v2/agents/pipeline", json={"steps": steps, name: [theirs]})
        assert (answer.status_code, answer.json()["error"]["code"][-9:]) == (404, "NOT_FOUND"), answer.text
    for path, fields in (
        ("synthesize", {"image_ids": [file_id], "auto_save": True}),
        ("synthesize", {"document_ids": [house.ids["document_id"]]}),
        ("analyze/documents", {"document_ids": [house.ids["document_id"]]}),
        ("organize", {"image_ids": [file_id]}),
        ("organize", {"parent_folder_id": folder}),
    ):
        answer = await client.post(f"/api/v2/agents/{path}", json={"intent": "by kind", **fields})
        assert (answer.status_code, answer.json()["error"]["code"][-9:]) == (404, "NOT_FOUND"), answer.text
    queued = await client.post("/api/v2/colors/batch/extract", json={"image_ids": [file_id], "force": True})
    assert queued.json()["queued_count"] == 0
    sent = await client.post(
        "/api/v2/user-files/upload/stream", files={"file": ("a.jpg", photo())}, data={"folder_id": folder}
    )
    assert (sent.status_code, sent.json()["error"]["code"]) == (404, "FOLDER_NOT_FOUND")
    known = (await house.owner.client.get(f"/api/v2/user-files/{file_id}")).json()["hash"]
    checked = await client.post("/api/v2/uploads/check-duplicates", json={"hashes": [known]})
    assert checked.json() == {"duplicates": [], "unique": [known]}
    replayed = await client.post(
        "/api/v2/agents/search/images", json={"query": "red"}, headers={"Idempotency-Key": "once"}
    )
    assert "Idempotent-Replayed" not in replayed.headers
    assert house.snapshot() == before


@pytest.mark.parametrize(
    ("method", "template"), [one for one in ROUTES if one[0] != "GET" and one[1] not in READING_POSTS]
)
async def test_a_viewer_changes_nothing(house: House, method: str, template: str) -> None:
    before, path, body = house.snapshot(), path_for(house, template), BODIES.get(template)
    answer = await house.viewer.request(method, path, json=body)
    code = "SESSION_REQUIRED" if is_for_sessions(method, template) else "PERMISSION_DENIED"
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, code)
    if role_for(method, template) != Role.VIEWER:  # else it is about the person's own account
        answer = await house.viewing.client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PERMISSION_DENIED")
    assert house.snapshot() == before


async def seen(house: House, query: str, tenant: UUID | None) -> int:
    """The count a query of the application's role gives, for a tenant or for none."""
    async with house.product.infra.engine.connect() as connection:
        if tenant is not None:
            await connection.execute(text("select set_config('aion.tenant_id', :id, true)"), {"id": str(tenant)})
        return (await connection.execute(text(query))).scalar_one()


@pytest.mark.parametrize("table", sorted(set(tables_with("tenant_id")) - WITHOUT_ROW_SECURITY))
async def test_sql_without_the_right_tenant_sees_no_rows(house: House, table: str) -> None:
    query = f"select count(*) from {table}"
    assert await seen(house, query, house.owner.id) > 0, "the house has no example of it"
    assert await seen(house, f"{query} where tenant_id = '{house.owner.id}'", house.stranger.id) == 0
    with pytest.raises(DBAPIError):
        await seen(house, query, None)


async def put_folder(house: House, as_tenant: UUID, of_tenant: UUID) -> None:
    async with house.product.infra.open_system_scope(as_tenant) as scope:
        query = text("insert into folders (id, tenant_id, name) values (:id, :tenant, 'Theirs')")
        await scope.session.execute(query, {"id": new_id(), "tenant": of_tenant})


async def test_sql_for_one_tenant_writes_no_rows_of_another(house: House) -> None:
    before = house.snapshot()
    async with house.product.infra.open_system_scope(house.stranger.id) as scope:
        for statement in ("update files set title = 'mine'", "delete from files", "delete from descriptions"):
            await scope.session.execute(text(statement))
    assert house.snapshot() == before
    with pytest.raises(DBAPIError, match="row-level security"):
        await put_folder(house, as_tenant=house.stranger.id, of_tenant=house.owner.id)


@pytest.fixture
def ask(house: House) -> Callable[[str], set[str]]:
    """The first column of what a query gives the database's owner."""

    def first_column(query: str) -> set[str]:
        with psycopg.connect(house.database.owner_url) as connection:
            return {str(row[0]) for row in connection.execute(query.encode())}

    return first_column


async def test_every_table_of_tenants_is_locked_by_row(ask: Callable[[str], set[str]]) -> None:
    theirs = ask("select table_name from information_schema.columns where column_name = 'tenant_id'")
    assert theirs - WITHOUT_ROW_SECURITY == set(tables_with("tenant_id")) - WITHOUT_ROW_SECURITY
    assert theirs >= WITHOUT_ROW_SECURITY
    locked = ask("select relname from pg_class where relrowsecurity and relforcerowsecurity")
    assert locked == theirs - WITHOUT_ROW_SECURITY
    mine = "(tenant_id = (current_setting(''aion.tenant_id''::text))::uuid)"
    policy = f"permissive = 'PERMISSIVE' and cmd = 'ALL' and qual = '{mine}' and with_check = '{mine}'"
    assert ask(f"select tablename from pg_policies where {policy}") == locked
    assert ask(f"select tablename from pg_policies where not ({policy})") == set()


async def test_the_applications_role_cannot_get_around_the_lock(house: House, ask: Callable[[str], set[str]]) -> None:
    role = "rolname = 'aion_app' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)"
    assert ask(f"select rolname from pg_roles where {role}") == set()
    assert ask("select tablename from pg_tables where tableowner = 'aion_app'") == set()
    for statement in ("alter table files disable row level security", "drop policy tenant_rows on files"):
        with pytest.raises(DBAPIError, match="must be owner"):
            async with house.product.infra.engine.connect() as connection:
                await connection.execute(text(statement))
