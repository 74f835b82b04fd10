"""The audit log can't be evaded, rewritten or read by strangers, and no secret is in it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import httpx2
import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy import text

from aionserver.app import describe_app
from aionserver.domains.mail import service as mail
from aionserver.infra.actors import NO_TENANT, Actor, Role
from aionserver.infra.auditing import Audited
from aionserver.infra.clock import utc_now
from aionserver.infra.database import CONNECTION_OPTIONS, open_session
from aionserver.infra.request_context import RequestContext
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.web.credentials import SESSION_COOKIE
from aionserver.kit.api_keys import new_key
from aionserver.kit.ids import new_id
from aionserver.kit.redaction import is_secret_name
from aionserver.kit.tokens import fingerprint, new_token
from plugins.chats import SESSIONS as CHAT
from plugins.chats import put_plan
from plugins.database import Database, Databases
from plugins.language_models import Endpoint, Reply
from plugins.oidc import CLIENT_ID, CLIENT_SECRET, OidcProvider
from plugins.product import PASSWORD, Person, Product, Tenant, photo, running, settings_for, upload
from plugins.s3 import OwnBucket

FILES = "/api/v2/user-files"
DOCUMENT_UPLOADS = "/api/v2/document-uploads"
UPLOADS = "/api/v2/uploads"
FOLDERS = "/api/v2/folders"
AUTH = "/api/v2/auth/session"
PROVIDER_KEY = "/api/v2/tenant/provider-keys/{provider_name}"
NEW_PASSWORD = "Another-horse-8"
DOCUMENT: dict[str, Any] = describe_app().openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


def asked(database: Database, statement: str, *values: Any) -> list[dict[str, Any]]:
    """What the owner of the tables finds, whom row-level security does not bind."""
    with psycopg.connect(database.owner_url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), values).fetchall()


def entries_of(database: Database, request_id: str) -> list[dict[str, Any]]:
    return asked(database, "select * from audit_entries where request_id = %s order by event_timestamp", request_id)


class Attacker:
    """Who has the application's own connection to the database, as a flaw in the product might give."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self._url, self._tenant_id = database.app_url, tenant_id

    def do(self, statement: str, *values: Any) -> Any:
        with psycopg.connect(self._url, options=CONNECTION_OPTIONS, autocommit=True) as connection:
            connection.execute("select set_config('aion.tenant_id', %s, false)", (str(self._tenant_id),))
            found = connection.execute(statement.encode(), values or None)
            return found.fetchall() if found.description else found.rowcount


@pytest_asyncio.fixture
async def attacker(product: Product, tenant: Tenant, database: Database) -> Attacker:
    """An attacker on a tenant that has an entry in its log."""
    await upload(tenant)
    return Attacker(database, tenant.id)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entries set result = 'success'",
        "update audit_entries set metadata = '{}' where false",
        "delete from audit_entries",
        "truncate audit_entries",
        "insert into audit_entries select * from audit_entries on conflict (id) do update set result = 'success'",
        "merge into audit_entries a using audit_entries b on a.id = b.id when matched then delete",
        "select * from audit_entries for update",
        "drop table audit_entries",
        "alter table audit_entries disable row level security",
        "alter table audit_entries owner to current_user",
        "create trigger t before insert on audit_entries execute function suppress_redundant_updates_trigger()",
        "create rule r as on insert to audit_entries do instead nothing",
        "create or replace function forget_audit_entries(integer, integer) returns bigint language sql return 1",
        "alter function forget_audit_entries(integer, integer) reset all",
        "select forget_audit_entries(29, 100)",
        "select forget_audit_entries(0, 100)",
        "select forget_audit_entries(-1, 100)",
        "select forget_audit_entries(null, 100)",
        "set session_replication_role = replica",
        "reset role; delete from audit_entries",
    ],
)
def test_the_applications_role_cannot_change_the_log(attacker: Attacker, database: Database, statement: str) -> None:
    before = asked(database, "select * from audit_entries order by id")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attacker.do(statement)
    assert asked(database, "select * from audit_entries order by id") == before != []


def test_the_application_has_no_other_right_to_the_log_than_to_add_and_read(attacker: Attacker) -> None:
    rights = ("select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain")
    query = "select " + ", ".join(f"has_table_privilege('audit_entries', '{right}')" for right in rights)
    assert attacker.do(query) == [(True, True, *[False] * 6)]
    columns = "select has_any_column_privilege('audit_entries', 'update, references')"
    assert attacker.do(columns) == [(False,)]


def test_old_entries_go_by_the_function_and_only_those_of_the_tenant_at_work(
    attacker: Attacker, database: Database
) -> None:
    columns = "severity, result, action, user_id, api_key_id, session_id, ip_address, user_agent, request_id"
    columns += ", resource_type, resource_id, error_message, metadata from audit_entries limit 1"
    age = "now() - make_interval(days => %s)"
    copies = f"insert into audit_entries select %s, tenant_id, event_type, {age}, {columns}"
    for days in (31, 31, 29):
        attacker.do(copies, new_id(), days)
    assert Attacker(database, new_id()).do("select forget_audit_entries(30, 100)") == [(0,)]
    assert attacker.do("select forget_audit_entries(30, 1)") == [(1,)]
    assert attacker.do("select forget_audit_entries(30, 100)") == [(1,)]
    assert attacker.do("select count(*) from audit_entries") == [(2,)]


def test_nothing_that_the_caller_sets_makes_the_function_take_more(attacker: Attacker, database: Database) -> None:
    attacker.do("create temporary table audit_entries (id uuid, tenant_id uuid, event_timestamp timestamptz)")
    tricks = (
        "set search_path = pg_temp, public; create function pg_temp.now() returns timestamptz language sql return"
        " 'infinity'::timestamptz; select public.forget_audit_entries(30, 100)"
    )
    with psycopg.connect(database.app_url, options=CONNECTION_OPTIONS, autocommit=True) as connection:
        tenant = asked(database, "select tenant_id from audit_entries")[0]["tenant_id"]
        connection.execute("select set_config('aion.tenant_id', %s, false)", (str(tenant),))
        connection.execute(tricks.encode())
    assert len(asked(database, "select id from audit_entries")) == 1


def test_another_tenants_log_is_neither_seen_nor_written_to_by_sql(attacker: Attacker, database: Database) -> None:
    stranger = Attacker(database, new_id())
    assert stranger.do("select count(*) from audit_entries") == [(0,)]
    forged = asked(database, "select to_jsonb(a) as row from audit_entries a")[0]["row"] | {"id": str(new_id())}
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        stranger.do(
            "insert into audit_entries select * from jsonb_populate_record(null::audit_entries, %s)",
            Jsonb(forged),
        )


@dataclass
class House:
    """A product with a tenant in it that has everything."""

    product: Product
    database: Database
    tenant: Tenant
    viewer: httpx2.AsyncClient
    secrets: set[str] = field(default_factory=lambda: {PASSWORD, NEW_PASSWORD})

    def note_secrets(self, visit: "Visit", sent: "Sent", answer: httpx2.Response) -> None:
        """Remember what came and went that must not be found in the database."""
        self.secrets |= {visit.tenant.key, visit.owner.token, visit.member.token}
        self.secrets |= set(re.findall(r"(?:aion|ses)_\w{40}", answer.text))
        given = sent.more.get("json")
        self.secrets |= {given["token"]} if isinstance(given, dict) and "token" in given else set[str]()


@pytest_asyncio.fixture(scope="module")
async def house(
    databases: Databases, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> AsyncIterator[House]:
    with databases.copied(migrated_template) as fresh:
        async with running(settings_for(fresh, tmp_path_factory.mktemp("audit")), sandbox) as product:
            tenant = await product.tenant()
            yield House(product, fresh, tenant, await product.another_key(tenant, Role.VIEWER))


@dataclass
class Visit:
    """A person who owns a tenant in which there is a file and another member."""

    product: Product
    tenant: Tenant
    owner: Person
    member: Person

    def client(self, who: str) -> httpx2.AsyncClient:
        """What a person's requests go by."""
        people = {"owner": self.owner.client, "member": self.member.client}
        return people[who] if who in people else self.product.client(None)

    async def file_id(self, *, deleted: bool = False) -> str:
        made = (await upload(self.tenant, photo()))["image_id"]
        if deleted:
            await self.owner.client.delete(f"{FILES}/{made}")
        return made

    async def key_id(self) -> str:
        answer = await self.owner.client.post("/api/v2/api-keys", json={"name": "Another"})
        assert answer.status_code < 300, answer.text
        return answer.json()["id"]

    async def another_session(self) -> str:
        """The id of another session of the owner."""
        sent = {"email": self.owner.email, "password": self.owner.password}
        answer = await self.product.client(None).post(f"{AUTH}/login", json=sent)
        return answer.json()["session_id"]

    async def link(self, email: str) -> str:
        """The token of the newest link that was sent to an address."""
        await self.product.do_jobs()
        async with open_session(self.product.infra.engine) as session:
            letters = await mail.list_mails(session, self.product.infra.secret, 500, with_sent=False)
        return next(one.link.split("token=")[1] for one in letters if one.recipient == email and one.link)

    async def registered(self) -> str:
        """The address of somebody who has registered and not yet confirmed it."""
        email = f"{new_id().hex}@example.org"
        sent = {**body_of_new(), "email": email}
        answer = await self.product.client(None).post(f"{AUTH}/register", json=sent)
        assert answer.status_code < 300, answer.text
        return email


@dataclass
class Sent:
    """A request: the values in its path, and what goes with it."""

    path: dict[str, str] = field(default_factory=dict[str, str])
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    who: Literal["owner", "member", "nobody"] = "owner"


def body(**fields: Any) -> Sent:
    return Sent(more={"json": fields})


def body_of_new() -> dict[str, str]:
    return {"email": f"{new_id().hex}@example.org", "password": PASSWORD, "name": "New"}


def picture(name: str) -> Sent:
    return Sent(more={"files": [(name, ("a.jpg", photo("blue")))]})


async def of_file(visit: Visit, *, deleted: bool = False, **fields: Any) -> Sent:
    return Sent({"image_id": await visit.file_id(deleted=deleted)}, {"json": fields} if fields else {})


async def of_document(visit: Visit, **fields: Any) -> Sent:
    made = (await upload(visit.tenant, b"Words to read.", "note.txt"))["image_id"]
    return Sent({"document_id": made}, {"json": fields} if fields else {})


async def verify_email(visit: Visit) -> Sent:
    return Sent(more={"json": {"token": await visit.link(await visit.registered())}}, who="nobody")


async def complete_reset(visit: Visit) -> Sent:
    sent = {"email": visit.owner.email}
    await visit.product.client(None).post(f"{AUTH}/password-reset/request", json=sent)
    more = {"token": await visit.link(visit.owner.email), "new_password": NEW_PASSWORD}
    return Sent(more={"json": more}, who="nobody")


async def change_email(visit: Visit) -> Sent:
    return body(new_email=f"{new_id().hex}@example.org", password=visit.owner.password)


async def confirm_email_change(visit: Visit) -> Sent:
    sent = (await change_email(visit)).more["json"]
    assert (await visit.owner.client.post("/api/v2/user/change-email", json=sent)).status_code == 202
    return Sent(more={"json": {"token": await visit.link(sent["new_email"])}}, who="nobody")


async def set_initial_password(visit: Visit) -> Sent:
    async with open_session(visit.product.infra.engine) as session, session.begin():
        await session.execute(text("update users set password_hash = null where id = :id"), {"id": visit.owner.user_id})
    return Sent(more={"json": NEW_PASSWORD})


async def of_session(visit: Visit) -> Sent:
    return Sent({"session_id": await visit.another_session()})


async def unverified(visit: Visit) -> Sent:
    async with open_session(visit.product.infra.engine) as session, session.begin():
        statement = text("update users set email_verified_at = null where id = :id")
        await session.execute(statement, {"id": visit.owner.user_id})
    return Sent()


DATA = photo("green")
OFFERED = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": len(DATA)}


async def offer(visit: Visit, path: str, data: bytes = DATA, *, json: Any = None, form: Any = None) -> dict[str, Any]:
    """An offer of a URL, to which the bytes were put."""
    answer = await visit.owner.client.post(path, json=json, data=form)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    one = given["presigned_urls"][0] if "presigned_urls" in given else given
    headers = one["upload_headers"]
    assert (await visit.client("nobody").put(one["upload_url"], content=data, headers=headers)).status_code == 200
    return {**one, **given}


async def confirm_single(visit: Visit) -> Sent:
    given = await offer(visit, f"{UPLOADS}/request-presigned-url", json=OFFERED)
    return body(object_key=given["object_key"], size_bytes=len(DATA))


async def confirm_initiated(visit: Visit) -> Sent:
    given = await offer(visit, f"{FILES}/upload/initiate", form=OFFERED)
    return body(object_key=given["object_key"], size_bytes=len(DATA), image_id=given["image_id"])


async def prepared(visit: Visit) -> dict[str, Any]:
    return await offer(visit, f"{UPLOADS}/batch-prepare", json={"files": [OFFERED], "intent": "describe"})


async def confirm_batch(visit: Visit) -> Sent:
    given = await prepared(visit)
    done = {"object_key": given["object_key"], "success": True, "file_size": len(DATA)}
    return body(batch_id=given["batch_id"], confirmations=[done])


async def recover_batch(visit: Visit) -> Sent:
    return Sent({"batch_id": (await prepared(visit))["batch_id"]})


TEXT = b"Change the oil of the pump every 500 hours of work."
TEXT_OFFERED = {"filename": "pump.txt", "content_type": "text/plain", "size_bytes": len(TEXT)}


async def confirm_document(visit: Visit) -> Sent:
    given = await offer(visit, f"{DOCUMENT_UPLOADS}/request-presigned-url", TEXT, json=TEXT_OFFERED)
    return body(object_key=given["object_key"], size_bytes=len(TEXT), content_type="text/plain")


async def confirm_documents(visit: Visit) -> Sent:
    given = await offer(visit, f"{DOCUMENT_UPLOADS}/batch-prepare", TEXT, json={"files": [TEXT_OFFERED]})
    done = {"object_key": given["object_key"], "success": True, "file_size": len(TEXT)}
    return body(batch_id=given["batch_id"], confirmations=[done])


async def cancel_session(visit: Visit) -> Sent:
    answer = await visit.owner.client.post(f"{FILES}/upload/stream-batch", files=[("files", ("a.jpg", photo("pink")))])
    return Sent({"session_id": answer.json()["session_id"]})


async def of_link(visit: Visit) -> Sent:
    sent = {"url": "https://example.org/", "auto_crawl": False}
    return Sent({"link_id": (await visit.owner.client.post(f"{FILES}/links", json=sent)).json()["id"]})


async def extract_batch(visit: Visit) -> Sent:
    return body(image_ids=[await visit.file_id()])


async def extract(visit: Visit) -> Sent:
    made = await visit.file_id()
    await visit.product.do_jobs()
    return Sent({"image_id": made}, {"json": {"force": True}})


async def of_chat(visit: Visit, **fields: Any) -> Sent:
    made = (await visit.owner.client.post(CHAT, json={})).json()["session_id"]
    return Sent({"session_id": made}, {"json": fields} if fields else {})


async def of_plan(visit: Visit) -> Sent:
    sent = await of_chat(visit, action="cancel")
    plan = await put_plan(visit.product, visit.tenant, sent.path["session_id"])
    return Sent({**sent.path, "plan_id": plan}, sent.more)


Make = Callable[[Visit], Awaitable[Sent]]


def always(make: Callable[[Visit], Sent]) -> Make:
    async def made(visit: Visit) -> Sent:
        return make(visit)

    return made


# A request to each operation that changes something, fit to succeed.
CHANGES: dict[str, Make] = {
    f"PATCH {FILES}/{{image_id}}": lambda visit: of_file(visit, title="Another"),
    f"DELETE {FILES}/{{image_id}}": of_file,
    f"POST {FILES}/{{image_id}}/restore": lambda visit: of_file(visit, deleted=True),
    f"POST {FILES}/{{image_id}}/trigger-variants": of_file,
    f"POST {FILES}/batch-delete": always(lambda _: body(file_ids=[str(new_id())])),
    "PATCH /api/v2/documents/{document_id}": lambda visit: of_document(visit, title="Another"),
    "DELETE /api/v2/documents/{document_id}": of_document,
    "POST /api/v2/documents/batch-delete": always(lambda _: body(document_ids=[str(new_id())])),
    f"POST {FILES}/upload/stream": always(lambda _: picture("file")),
    f"POST {FILES}/upload/stream-batch": always(lambda _: picture("files")),
    f"POST {FILES}/upload/initiate": always(lambda _: Sent(more={"data": OFFERED})),
    f"POST {FILES}/upload/confirm": confirm_initiated,
    f"POST {UPLOADS}/request-presigned-url": always(lambda _: Sent(more={"json": OFFERED})),
    f"POST {UPLOADS}/confirm": confirm_single,
    f"POST {UPLOADS}/batch-prepare": always(lambda _: body(files=[OFFERED], intent="describe")),
    f"POST {UPLOADS}/batch-confirm": confirm_batch,
    f"POST {UPLOADS}/batch/{{batch_id}}/auto-recover": recover_batch,
    f"POST {UPLOADS}/cleanup-stale-batches": always(lambda _: Sent()),
    f"POST {UPLOADS}/sessions/{{session_id}}/cancel": cancel_session,
    f"POST {DOCUMENT_UPLOADS}/request-presigned-url": always(lambda _: Sent(more={"json": TEXT_OFFERED})),
    f"POST {DOCUMENT_UPLOADS}/confirm": confirm_document,
    f"POST {DOCUMENT_UPLOADS}/batch-prepare": always(lambda _: body(files=[TEXT_OFFERED])),
    f"POST {DOCUMENT_UPLOADS}/batch-confirm": confirm_documents,
    f"POST {FILES}/links": always(lambda _: body(url="https://example.org/", auto_crawl=False)),
    f"POST {FILES}/{{link_id}}/recrawl": of_link,
    "POST /api/v2/colors/images/{image_id}/extract": extract,
    "POST /api/v2/colors/batch/extract": extract_batch,
    "DELETE /api/v2/tenant/s3-config": always(lambda _: Sent()),
    f"DELETE {PROVIDER_KEY}": always(lambda _: Sent({"provider_name": "openai"})),
    "POST /api/v2/api-keys": always(lambda _: body(name="New")),
    "PUT /api/v2/api-keys/{api_key_id}": lambda visit: of_key(visit, name="Renamed"),
    "DELETE /api/v2/api-keys/{api_key_id}": lambda visit: of_key(visit),
    f"POST {FOLDERS}": always(lambda _: body(name="New")),
    f"POST {FOLDERS}/move-files": lambda visit: move_files(visit),
    f"POST {FOLDERS}/{{folder_id}}/move": lambda visit: of_folder(visit, new_parent_id=None),
    f"PATCH {FOLDERS}/{{folder_id}}": lambda visit: of_folder(visit, name="Renamed"),
    f"DELETE {FOLDERS}/{{folder_id}}": lambda visit: of_folder(visit),
    "POST /api/v2/agents/organize": lambda visit: organize(visit),
    f"POST {CHAT}": always(lambda _: body()),
    f"DELETE {CHAT}/{{session_id}}": of_chat,
    f"POST {CHAT}/{{session_id}}/messages": lambda visit: of_chat(visit, message="Hello"),
    f"POST {CHAT}/{{session_id}}/messages/stream": lambda visit: of_chat(visit, message="Hello"),
    f"PUT {CHAT}/{{session_id}}/images": lambda visit: of_chat(visit, image_ids=[]),
    f"PUT {CHAT}/{{session_id}}/documents": lambda visit: of_chat(visit, document_ids=[]),
    f"PUT {CHAT}/{{session_id}}/videos": lambda visit: of_chat(visit, video_ids=[]),
    f"PATCH {CHAT}/{{session_id}}/mode": lambda visit: of_chat(visit, use_all_images=False),
    f"PATCH {CHAT}/{{session_id}}/title": lambda visit: of_chat(visit, title="Another"),
    f"POST {CHAT}/{{session_id}}/plans/{{plan_id}}/action": of_plan,
    f"POST {AUTH}/register": always(
        lambda _: Sent(
            more={
                "json": {"email": f"{new_id().hex}@example.org", "password": PASSWORD, "name": "A", "auto_login": True}
            },
            who="nobody",
        )
    ),
    f"POST {AUTH}/login": always(
        lambda visit: Sent(more={"json": {"email": visit.owner.email, "password": PASSWORD}}, who="nobody")
    ),
    f"POST {AUTH}/refresh": always(lambda _: Sent()),
    f"POST {AUTH}/rotate-session": always(lambda _: Sent()),
    f"POST {AUTH}/logout": always(lambda _: Sent()),
    f"DELETE {AUTH}/sessions/{{session_id}}": of_session,
    f"POST {AUTH}/password-reset/complete": complete_reset,
    f"POST {AUTH}/verify-email": verify_email,
    f"POST {AUTH}/resend-verification": unverified,
    "PATCH /api/v2/user/profile": always(lambda _: body(name="Another")),
    "POST /api/v2/user/change-password": always(
        lambda visit: body(current_password=visit.owner.password, new_password=NEW_PASSWORD)
    ),
    "POST /api/v2/user/set-initial-password": set_initial_password,
    "POST /api/v2/user/change-email": change_email,
    "POST /api/v2/user/confirm-email-change": confirm_email_change,
    "DELETE /api/v2/user/sessions/{session_id}": of_session,
    "POST /api/v2/user/revoke-all-sessions": always(lambda _: Sent()),
    "POST /api/v2/user/account/delete": always(
        lambda _: Sent(more={"json": {"confirmation": "delete my account"}}, who="member")
    ),
    "PATCH /api/v2/tenant/settings": always(lambda _: body(name="Another")),
    "POST /api/v2/tenant/members/invite": always(lambda _: body(email=f"{new_id().hex}@example.org", role="viewer")),
    "PATCH /api/v2/tenant/members/{user_id}/role": lambda visit: of_member(visit, role="viewer"),
    "DELETE /api/v2/tenant/members/{user_id}": lambda visit: of_member(visit),
}
# These need a bucket or a provider behind them, and are walked where that is.
WITH_BUCKET = {"POST /api/v2/tenant/s3-config", "POST /api/v2/tenant/s3-config/validate"}
WITH_MODEL = {f"PUT {PROVIDER_KEY}", f"POST {PROVIDER_KEY}/test"}
WITH_GOOGLE = {name for name in OPERATIONS if name.startswith(f"POST {AUTH}/google") or "/link-provider" in name}
# They change nothing, or nothing that is a tenant's: letters to who may be nobody, a message to the operator.
CHANGES_NOTHING = {
    "POST /api/v2/user-files/archive",
    "POST /api/v2/uploads/check-duplicates",
    "POST /api/v2/colors/search",
    "POST /api/v2/documents/search",
    "POST /api/v2/agents/analyze/documents",
    "POST /api/v2/agents/synthesize",
    "POST /api/v2/agents/pipeline",
    "POST /api/v2/agents/search/documents",
    "POST /api/v2/agents/search/images",
    "POST /api/v2/agents/search/links",
    "POST /api/v2/agents/search/videos",
    "POST /api/v2/chat/images/search",
    "POST /api/v2/usage/check",
    f"POST {AUTH}/password-reset/request",
    f"POST {AUTH}/resend-verification-by-email",
    f"POST {AUTH}/google/initiate",
    "POST /api/v2/support/contact",
}


async def folder_id(visit: Visit) -> str:
    return (await visit.owner.client.post(FOLDERS, json={"name": f"Folder {new_id()}"})).json()["id"]


async def of_folder(visit: Visit, **fields: Any) -> Sent:
    return Sent({"folder_id": await folder_id(visit)}, {"json": fields} if fields else {})


async def move_files(visit: Visit) -> Sent:
    return body(file_ids=[await visit.file_id()], folder_id=await folder_id(visit))


async def organize(visit: Visit) -> Sent:
    return body(intent="Sort by kind", image_ids=[await visit.file_id()])


async def of_key(visit: Visit, **fields: Any) -> Sent:
    return Sent({"api_key_id": await visit.key_id()}, {"json": fields} if fields else {})


async def of_member(visit: Visit, **fields: Any) -> Sent:
    return Sent({"user_id": str(visit.member.user_id)}, {"json": fields} if fields else {})


def test_every_operation_that_changes_something_is_walked() -> None:
    changing = {name for name in OPERATIONS if not name.startswith("GET ")}
    assert changing - set(CHANGES) - CHANGES_NOTHING - WITH_BUCKET - WITH_MODEL - WITH_GOOGLE == set(), (
        "give each an example here"
    )


async def visit_to(product: Product) -> Visit:
    tenant = await product.tenant()
    return Visit(product, tenant, await product.person(tenant, Role.OWNER), await product.person(tenant, Role.EDITOR))


async def send(visit: Visit, name: str, sent: Sent) -> tuple[httpx2.Response, str]:
    """The answer, and the request's id."""
    method, path = name.split(" ")
    request_id, client = f"r-{new_id()}", visit.client(sent.who)
    headers = {"X-Request-ID": request_id, "User-Agent": "walker/1.0"}
    answer = await client.request(method, path.format(**sent.path), headers=headers, **sent.more)
    return answer, request_id


def require_entries(house: House, request_id: str, *, result: str = "success") -> list[dict[str, Any]]:
    """The entries of a request: each names who did it, whence and by what."""
    found = entries_of(house.database, request_id)
    assert found
    for entry in found:
        assert entry["result"] == result
        assert entry["user_id"] or entry["api_key_id"]
        assert (entry["ip_address"], entry["user_agent"]) == ("127.0.0.1", "walker/1.0")
        assert entry["tenant_id"] != NO_TENANT
    return found


@pytest.mark.parametrize("name", sorted(CHANGES))
async def test_every_change_leaves_an_entry(house: House, name: str) -> None:
    visit = await visit_to(house.product)
    sent = await CHANGES[name](visit)
    answer, request_id = await send(visit, name, sent)
    assert answer.status_code < 300, answer.text
    house.note_secrets(visit, sent, answer)
    if name.endswith("batch-delete"):  # of one that is not there: what failed is told as well
        require_entries(house, request_id, result="failure")
    else:
        require_entries(house, request_id)


async def test_a_bucket_that_is_set_and_tested_leaves_entries_without_its_keys(
    own_bucket: OwnBucket, database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, allow_private_endpoints=True), sandbox) as product:
        visit = await visit_to(product)
        house = House(product, database, visit.tenant, visit.owner.client)
        for name in sorted(WITH_BUCKET):
            answer, request_id = await send(
                visit, name, body(**own_bucket.body()) if "validate" not in name else Sent()
            )
            assert answer.status_code == 200, answer.text
            require_entries(house, request_id)
    require_no_secret(database, {own_bucket.keys[1], own_bucket.keys[0]})


async def test_a_key_for_a_language_model_that_is_set_and_tested_leaves_entries_without_it(
    endpoint: Endpoint, database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    key, endpoint.replies = "sk-canary-5f1d0c9a7b3e", [Reply(["Ready."])]
    given = {"tenant_language_models": "openai:m", "tenant_openai_url": endpoint.url("openai")}
    async with running(settings_for(database, tmp_path, **given), sandbox) as product:
        visit = await visit_to(product)
        house = House(product, database, visit.tenant, visit.owner.client)
        more = {f"PUT {PROVIDER_KEY}": {"json": {"api_key": key}}, f"POST {PROVIDER_KEY}/test": {}}
        assert set(more) == WITH_MODEL
        for name, sent in more.items():
            answer, request_id = await send(visit, name, Sent({"provider_name": "openai"}, sent))
            assert answer.status_code == 200, answer.text
            require_entries(house, request_id)
    require_no_secret(database, {key})


async def test_what_is_done_by_google_leaves_entries(
    oidc: OidcProvider, database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    given = {"google_client_id": CLIENT_ID, "google_client_secret": CLIENT_SECRET, "google_issuer": oidc.issuer}
    async with running(settings_for(database, tmp_path, **given), sandbox) as product:
        visit, token = await visit_to(product), oidc.id_token()
        house = House(product, database, visit.tenant, visit.owner.client)
        walked = {
            f"POST {AUTH}/link-provider": Sent(more={"json": {"provider": "google", "id_token": token}}),
            f"DELETE {AUTH}/link-provider/{{provider_name}}": Sent({"provider_name": "google"}),
            f"POST {AUTH}/google": Sent(more={"json": {"id_token": token}}, who="nobody"),
        }
        assert set(walked) == WITH_GOOGLE - CHANGES_NOTHING
        for name, sent in walked.items():
            answer, request_id = await send(visit, name, sent)
            assert answer.status_code == 200, answer.text
            require_entries(house, request_id)
    require_no_secret(database, {token, CLIENT_SECRET})


GUARDED = [name for name, one in OPERATIONS.items() if one.get("x-required-role", "viewer") != "viewer"]
FOR_SESSIONS = [name for name, one in OPERATIONS.items() if one.get("x-session-only")]


async def ask(client: httpx2.AsyncClient, name: str, **headers: str) -> tuple[httpx2.Response, str]:
    """The answer to an operation that is sent nothing, and the request's id."""
    (method, path), request_id = name.split(" "), f"r-{new_id()}"
    headers |= {"X-Request-ID": request_id, "User-Agent": "walker/1.0"}
    return await client.request(method, re.sub(r"\{\w+\}", str(new_id()), path), headers=headers), request_id


def require_refusal(house: House, name: str, request_id: str) -> dict[str, Any]:
    (entry,) = require_entries(house, request_id, result="denied")
    method, path = name.split(" ")
    assert (entry["metadata"]["method"], entry["metadata"]["path"]) == (method, path)
    assert (entry["severity"], bool(entry["error_message"])) == ("warning", True)
    return entry


@pytest.mark.parametrize("name", GUARDED)
async def test_every_refusal_for_a_role_leaves_an_entry(house: House, name: str) -> None:
    answer, request_id = await ask(house.viewer, name)
    assert answer.status_code == 403
    assert require_refusal(house, name, request_id)["event_type"] == "permission.denied"


@pytest.mark.parametrize("name", FOR_SESSIONS)
async def test_every_refusal_of_a_key_where_a_session_is_needed_leaves_an_entry(house: House, name: str) -> None:
    answer, request_id = await ask(house.tenant.client, name)
    assert answer.status_code == 403
    assert require_refusal(house, name, request_id)["metadata"]["code"] == "SESSION_REQUIRED"


async def test_a_key_for_another_tenant_leaves_an_entry_in_its_own(house: House) -> None:
    other = await house.product.tenant("Other")
    name = f"GET {FILES}"
    answer, request_id = await ask(house.tenant.client, name, **{"X-Tenant-ID": str(other.id)})
    assert answer.status_code == 403
    assert require_refusal(house, name, request_id)["tenant_id"] == house.tenant.id


async def test_what_another_site_had_sent_leaves_an_entry_with_whose_session_it_was(house: House) -> None:
    person, name = await house.product.person(house.tenant, Role.EDITOR), f"DELETE {FILES}/{{image_id}}"
    cookie = {"Cookie": f"{SESSION_COOKIE}={person.token}", "Sec-Fetch-Site": "cross-site"}
    answer, request_id = await ask(house.product.client(None), name, **cookie)
    assert answer.status_code == 403
    entry = require_refusal(house, name, request_id)
    assert (entry["event_type"], entry["user_id"]) == ("security.suspicious_activity", person.user_id)


@pytest.mark.parametrize(
    ("change", "event"),
    [
        ("update api_keys set revoked_at = now() where key_hash = :hash", "api_key.failed"),
        ("update api_keys set expires_at = now() - interval '1 day' where key_hash = :hash", "api_key.failed"),
        ("update sessions set revoked_at = now() where token_hash = :hash", "security.invalid_token"),
        (
            "update sessions set expires_at = now() - interval '1 day' where token_hash = :hash",
            "security.invalid_token",
        ),
    ],
)
async def test_a_credential_that_is_over_leaves_an_entry(house: House, change: str, event: str) -> None:
    visit, name = await visit_to(house.product), f"GET {FILES}"
    token = visit.tenant.key if "api_keys" in change else visit.owner.token
    async with open_session(house.product.infra.engine) as session, session.begin():
        await session.execute(text(change), {"hash": fingerprint(token)})
    answer, request_id = await ask(house.product.client(token), name)
    assert answer.status_code == 401
    assert require_refusal(house, name, request_id)["event_type"] == event


async def test_too_many_requests_leave_an_entry_and_a_server_that_is_busy_none(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    given = {"rate_limit_per_minute": 2, "least_free_disk_bytes": 2**60}
    async with running(settings_for(database, tmp_path, **given), sandbox) as product:
        tenant = await product.tenant()
        house = House(product, database, tenant, tenant.client)
        full, _ = await ask(tenant.client, f"POST {FILES}/upload/stream")
        assert full.status_code == 507
        assert asked(database, "select * from audit_entries") == []
        now = utc_now()
        product.infra.clock = lambda: now
        answers = [await ask(tenant.client, f"GET {FILES}") for _ in range(4)]
        refused = next(request_id for answer, request_id in answers if answer.status_code == 429)
        assert require_refusal(house, f"GET {FILES}", refused)["event_type"] == "security.rate_limit_exceeded"


async def test_a_key_that_never_was_leaves_no_entry(house: House) -> None:
    for token in (new_key(), new_token("ses_"), "nonsense"):
        answer, request_id = await ask(house.product.client(token), f"GET {FILES}")
        assert answer.status_code == 401
        assert entries_of(house.database, request_id) == []


def test_no_path_has_a_secret_in_it_that_an_entry_would_show() -> None:
    names = {part for name in OPERATIONS for part in re.findall(r"\{(\w+)\}", name)}
    assert [name for name in names if is_secret_name(name)] == []


def everything_in(database: Database) -> str:
    """Every row of every table as text; bytes as their hexadecimal digits."""
    tables = asked(
        database, "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    assert {"audit_entries", "users", "outbox_mails", "procrastinate_jobs"} <= {one["relname"] for one in tables}
    rows = [asked(database, f"select t::text as row from {one['relname']} t") for one in tables]
    return "\n".join(row["row"] for found in rows for row in found)


def require_no_secret(database: Database, secrets: set[str]) -> None:
    assert len(asked(database, "select id from audit_entries")) > 0
    stored = everything_in(database)
    for secret in secrets:
        assert len(secret) >= 8
        assert [form for form in (secret, secret.encode().hex()) if form in stored] == []


async def test_no_secret_is_in_the_database_after_all_that(house: House) -> None:
    visit, public = await visit_to(house.product), house.product.client(None)
    await public.post(f"{AUTH}/login", json={"email": visit.owner.email, "password": "Wrong-password-9"})
    leaking = {"User-Agent": f"leaks {visit.tenant.key}", "X-Request-ID": visit.owner.token}
    for client in (visit.tenant.client, visit.owner.client):
        key_id = await visit.key_id()
        assert (await client.patch(f"{FILES}/{await visit.file_id()}", json={}, headers=leaking)).status_code == 200
        await client.delete(f"/api/v2/api-keys/{key_id}", headers=leaking)
    await house.product.do_jobs()
    require_no_secret(house.database, house.secrets | {visit.tenant.key, visit.owner.token, "Wrong-password-9"})


async def test_what_comes_from_outside_is_stored_whatever_it_is(product: Product, tenant: Tenant) -> None:
    context = RequestContext(request_id="\ud800", address="x" * 9999, user_agent="\0a" * 9999)
    changes: dict[str, tuple[Any, Any]] = {
        "title": ("\0", "\udfff"),
        "password": ("old-secret", "new-secret"),
        "deep": (b"sealed", {"a": [{}] * 9999}),
    }
    event = Audited("a" * 999, "b" * 999, "c" * 999, "d" * 9999, error_message="e" * 9999, changes=changes)
    async with product.infra.open_scope(Actor(tenant.id, Role.ADMIN), context) as scope:
        await scope.publish(event)
    (entry,) = (await tenant.client.get("/api/v2/tenant/audit-logs")).json()["entries"]
    assert max(len(str(value)) for name, value in entry.items() if name != "metadata") <= 2000
    assert entry["metadata"]["changes"]["password"] == "[removed]"
    assert "secret" not in str(entry["metadata"])
