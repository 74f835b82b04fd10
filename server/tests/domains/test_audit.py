"""The audit log: what was done has an entry by whom, whence and how; what was not done has none."""

import ast
import asyncio
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import text

import aionserver
from aionserver import audit_export
from aionserver.domains.audit import jobs, queries
from aionserver.domains.files.jobs import purge
from aionserver.infra.actors import NO_TENANT, Role
from aionserver.infra.auditing import Audited
from aionserver.infra.clock import utc_now
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.errors import AionError
from aionserver.infra.job_worker import Attempt
from aionserver.infra.settings import Settings
from aionserver.infra.web.refusals import RECORDED_EACH, is_recorded
from aionserver.kit.ids import new_id
from aionserver.preparing import make_operator_key
from plugins.database import Database
from plugins.product import Product, Tenant, photo, settings_for, upload

LOGS = "/api/v2/tenant/audit-logs"
FILES = "/api/v2/user-files"
PACKAGE = Path(aionserver.__file__).parent
PAGE = PACKAGE.parents[1] / "api" / "audit-logs.md"


async def entries(tenant: Tenant, **filters: Any) -> list[dict[str, Any]]:
    """The entries of a tenant's log, the newest first."""
    answer = await tenant.client.get(LOGS, params={"limit": 100, **filters})
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


async def types(tenant: Tenant, **filters: Any) -> list[str]:
    return [entry["event_type"] for entry in await entries(tenant, **filters)]


async def add(product: Product, tenant_id: UUID, days: float, count: int = 1, **fields: Any) -> None:
    """Put entries of an age into a tenant's log."""
    now = product.infra.clock
    product.infra.clock = lambda: utc_now() - timedelta(days=days)
    try:
        async with product.infra.open_system_scope(tenant_id) as scope:
            for _ in range(count):
                await scope.publish(Audited(fields.get("event_type", "test.done"), "do"))
    finally:
        product.infra.clock = now


async def test_an_entry_says_who_did_what_whence_and_what_was_before(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant, title="Before", tags="a,b"))["image_id"]
    headers = {"User-Agent": "tests/1.0", "X-Request-ID": "my-request"}
    changed = await tenant.client.patch(f"{FILES}/{file_id}", json={"title": "After"}, headers=headers)
    assert changed.status_code == 200
    (entry,) = await entries(tenant, event_type="file.updated")
    async with product.infra.open_system_scope(tenant.id) as scope:
        key_id = await scope.session.scalar(text("select id from api_keys where tenant_id = :id"), {"id": tenant.id})
    moment = datetime.fromisoformat(entry.pop("event_timestamp"))
    assert abs(moment - utc_now()) < timedelta(minutes=1)
    assert entry == {
        "id": entry["id"],
        "event_type": "file.updated",
        "severity": "info",
        "user_id": None,
        "api_key_id": str(key_id),
        "session_id": None,
        "action": "update",
        "result": "success",
        "ip_address": "127.0.0.1",
        "user_agent": "tests/1.0",
        "request_id": "my-request",
        "resource_type": "file",
        "resource_id": file_id,
        "error_message": None,
        "metadata": {"changes": {"title": ["Before", "After"]}},
    }
    assert (await tenant.client.get(f"{LOGS}/{entry['id']}")).json() | {"event_timestamp": 0} == {
        **entry,
        "event_timestamp": 0,
    }


async def test_who_has_logged_in_is_named_with_the_session(product: Product, tenant: Tenant) -> None:
    person = await product.person(tenant, Role.EDITOR)
    file_id = (await upload(tenant))["image_id"]
    assert (await person.client.delete(f"{FILES}/{file_id}")).status_code == 200
    (entry,) = await entries(tenant, event_type="file.deleted")
    assert (entry["user_id"], entry["api_key_id"]) == (str(person.user_id), None)
    assert entry["session_id"]


async def test_what_happens_to_files_is_told_one_by_one(product: Product, tenant: Tenant) -> None:
    first = (await upload(tenant, photo("red")))["image_id"]
    second = (await upload(tenant, photo("blue")))["image_id"]
    await product.do_jobs()
    await tenant.client.post(f"{FILES}/{first}/trigger-variants")
    await tenant.client.post(f"{FILES}/{first}/trigger-variants")
    await product.do_jobs()
    await tenant.client.post(f"{FILES}/batch-delete", json={"file_ids": [first, second]})
    await tenant.client.post(f"{FILES}/{first}/restore")
    done = [(entry["event_type"], entry["metadata"]) for entry in await entries(tenant, resource_id=first)]
    assert done == [
        ("file.restored", {}),
        ("file.deleted", {}),
        ("file.processing_started", {"was_under_way": True}),
        ("file.processing_started", {"was_under_way": False}),
        ("file.uploaded", {"count": 1, "skipped": 0, "rejected": 0, "file_ids": [first]}),
    ]
    assert await types(tenant, resource_id=second) == ["file.deleted", "file.uploaded"]
    await tenant.client.post(f"{FILES}/batch-delete", json={"file_ids": [second]})
    (failed,) = await entries(tenant, result="failure")
    assert (failed["event_type"], failed["metadata"]) == ("file.deleted", {"skipped": 0, "unknown": 1})


async def test_what_the_product_removes_for_good_is_told_too(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    await product.do_jobs()
    await tenant.client.delete(f"{FILES}/{file_id}")
    product.infra.clock = lambda: utc_now() + timedelta(days=31)
    await purge(product.infra, Attempt(1, is_last=False))
    (entry,) = await entries(tenant, event_type="file.purged")
    assert entry["metadata"] == {"count": 1, "file_ids": [file_id]}
    assert (entry["user_id"], entry["api_key_id"], entry["ip_address"]) == (None, None, None)


async def send_batch(tenant: Tenant, colors: Sequence[str], **headers: str) -> httpx2.Response:
    files = [("files", (f"{color}.jpg", photo(color))) for color in colors]
    return await tenant.client.post(f"{FILES}/upload/stream-batch", files=files, headers=headers)


async def test_a_key_that_the_operator_makes_is_told_of_without_it(
    product: Product, tenant: Tenant, database: Database
) -> None:
    urls = DatabaseUrls(database.owner_url, database.app_url)
    key = await asyncio.to_thread(make_operator_key, urls, "For the backup", "viewer")
    (entry,) = await entries(tenant, event_type="api_key.created")
    assert entry["metadata"] == {"name": "For the backup", "role": "viewer", "key_prefix": key[:12], "by": "operator"}
    assert (entry["user_id"], entry["ip_address"]) == (None, None)


async def test_a_batch_is_one_entry_and_a_replay_none(tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "once"}
    first = (await send_batch(tenant, ["red", "blue", "green"], **headers)).json()
    again = await send_batch(tenant, ["red", "blue", "green"], **headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    (entry,) = await entries(tenant)
    assert (entry["resource_type"], entry["resource_id"]) == ("upload_session", first["session_id"])
    ids = sorted(file["image_id"] for file in first["files"])
    assert entry["metadata"] == {"count": 3, "skipped": 0, "rejected": 0, "file_ids": ids}


async def test_an_upload_of_what_is_there_already_says_so(tenant: Tenant) -> None:
    first = await upload(tenant, photo("red"))
    again = await upload(tenant, photo("red"), skip_duplicates="true")
    assert again["skipped"] is True
    entry = (await entries(tenant))[0]
    assert (entry["event_type"], entry["resource_id"]) == ("file.upload_skipped", first["image_id"])
    assert entry["metadata"] == {"count": 0, "skipped": 1, "rejected": 0, "file_ids": []}


async def test_what_is_undone_leaves_no_entry(product: Product, tenant: Tenant) -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.publish(Audited("test.done", "do"))
        await scope.session.rollback()
    refused = await tenant.client.post(f"{FILES}/upload/stream", files={"file": ("a.bin", bytes(9))})
    assert refused.status_code >= 400
    assert await entries(tenant) == []


async def test_reading_leaves_no_entry(tenant: Tenant) -> None:
    for path in (FILES, LOGS, "/api/v2/uploads/quota-check?file_count=1"):
        assert (await tenant.client.get(path)).status_code == 200
    assert (await tenant.client.post("/api/v2/chat/images/search", json={"query": "red"})).status_code == 200
    assert await entries(tenant) == []


@pytest.fixture
async def filled(product: Product, tenant: Tenant) -> Tenant:
    """A tenant in whose log are an upload, a change and a refusal."""
    file_id = (await upload(tenant))["image_id"]
    await tenant.client.patch(f"{FILES}/{file_id}", json={"title": "x"}, headers={"X-Request-ID": "the-change"})
    viewer = await product.person(tenant, Role.VIEWER)
    assert (await viewer.client.delete(f"{FILES}/{file_id}")).status_code == 403
    return tenant


async def test_each_filter_shows_what_fits_it(product: Product, filled: Tenant) -> None:
    everything = await entries(filled)
    refused, changed, uploaded = everything
    assert [one["event_type"] for one in everything] == ["permission.denied", "file.updated", "file.uploaded"]
    for name in ("event_type", "severity", "result", "user_id", "api_key_id", "resource_id", "request_id"):
        for value in {one[name] for one in everything if one[name] is not None}:
            expected = [one for one in everything if one[name] == value]
            assert await entries(filled, **{name: value}) == expected, name
    assert await entries(filled, user_id=str(new_id())) == []
    assert await entries(filled, event_type="nonsense") == []
    assert await entries(filled, event_type="file.updated", request_id="the-change", severity="info") == [changed]
    assert await entries(filled, date_from=changed["event_timestamp"]) == [refused, changed]
    assert await entries(filled, date_to=changed["event_timestamp"]) == [changed, uploaded]
    today = changed["event_timestamp"][:10]
    assert len(await entries(filled, date_from=today, date_to=today)) == 3
    assert await entries(filled, date_to="2020-01-01") == []


async def test_pages_follow_each_other_and_say_whether_there_are_more(product: Product, tenant: Tenant) -> None:
    await add(product, tenant.id, 0, count=5)
    ids = [entry["id"] for entry in await entries(tenant)]
    first, last, beyond = [
        (await tenant.client.get(LOGS, params={"limit": 3, "offset": offset})).json() for offset in (0, 3, 9)
    ]
    assert [entry["id"] for entry in first["entries"] + last["entries"]] == ids
    assert [page["total_count"] for page in (first, last, beyond)] == [5, 5, 5]
    assert [page["has_more"] for page in (first, last, beyond)] == [True, False, False]
    assert beyond["entries"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 101},
        {"offset": -1},
        {"severity": "loud"},
        {"result": "maybe"},
        {"user_id": "me"},
        {"date_from": "yesterday"},
        {"event_type": "a\0b"},
        {"resource_id": "\0"},
    ],
)
async def test_what_no_filter_can_be_is_refused(tenant: Tenant, wrong: dict[str, Any]) -> None:
    answer = await tenant.client.get(LOGS, params=wrong)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == next(iter(wrong))


async def test_only_administrators_read_the_log(product: Product, filled: Tenant) -> None:
    entry = (await entries(filled))[0]["id"]
    for role, status in ((Role.VIEWER, 403), (Role.EDITOR, 403), (Role.ADMIN, 200), (Role.OWNER, 200)):
        client = (await product.person(filled, role)).client
        assert [(await client.get(path)).status_code for path in (LOGS, f"{LOGS}/{entry}")] == [status, status]


async def test_nobody_sees_another_tenants_log(product: Product, filled: Tenant) -> None:
    other = await product.tenant("Other")
    entry = (await entries(filled))[0]
    assert await entries(other) == []
    assert await entries(other, resource_id=entry["resource_id"]) == []
    for unknown in (entry["id"], str(new_id()), "no-id"):
        answer = await other.client.get(f"{LOGS}/{unknown}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "AUDIT_ENTRY_NOT_FOUND")


async def test_a_refusal_says_what_was_tried_and_what_was_missing(filled: Tenant) -> None:
    (entry,) = await entries(filled, result="denied")
    assert (entry["event_type"], entry["severity"]) == ("permission.denied", "warning")
    assert entry["action"] == "user_files.delete_file"
    assert "editor" in entry["error_message"]
    assert entry["metadata"] == {"code": "PERMISSION_DENIED", "method": "DELETE", "path": f"{FILES}/{{image_id}}"}
    assert (entry["ip_address"], bool(entry["request_id"])) == ("127.0.0.1", True)


async def test_what_is_refused_over_and_over_does_not_fill_the_log(product: Product, tenant: Tenant) -> None:
    now = utc_now().replace(second=1)
    product.infra.clock = lambda: now
    viewer = await product.another_key(tenant, Role.VIEWER)
    for _ in range(70):
        assert (await viewer.delete(f"{FILES}/{new_id()}")).status_code == 403
    found = await entries(tenant, result="denied")
    assert len(found) == RECORDED_EACH + 3
    assert sorted(one["metadata"].get("times_this_minute", 0) for one in found)[-3:] == [16, 32, 64]
    product.infra.clock = lambda: now + timedelta(minutes=1)
    await viewer.delete(f"{FILES}/{new_id()}")
    assert len(await entries(tenant, result="denied")) == RECORDED_EACH + 4


def test_of_a_million_refusals_a_minute_few_are_recorded() -> None:
    recorded = [times for times in range(1, 1_000_001) if is_recorded(times)]
    assert recorded[:12] == [*range(1, 11), 16, 32]
    assert len(recorded) < 30


@pytest.mark.parametrize(("days", "left"), [(0, 5), (30, 2), (40, 3), (365, 4)])
async def test_entries_are_forgotten_when_the_setting_says_so(
    product: Product, tenant: Tenant, days: int, left: int
) -> None:
    for age in (0, 29, 31, 41, 400):
        await add(product, tenant.id, age)
        await add(product, NO_TENANT, age)
    product.infra.settings = product.infra.settings.model_copy(update={"audit_retention_days": days})
    await jobs.forget(product.infra, Attempt(1, is_last=False))
    assert len(await entries(tenant)) == left
    async with product.infra.open_system_scope(NO_TENANT) as scope:
        assert await scope.session.scalar(text("select count(*) from audit_entries")) == left


async def test_many_old_entries_go_a_part_at_a_time(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aionserver.domains.audit.service.FORGOTTEN_AT_ONCE", 4)
    await add(product, tenant.id, 400, count=9)
    await jobs.forget(product.infra, Attempt(1, is_last=False))
    assert await entries(tenant) == []


def test_entries_are_kept_for_a_month_at_least() -> None:
    for days in (0, 30, 36_500):
        assert Settings.model_validate({"audit_retention_days": days}).audit_retention_days == days
    for days in (-1, 1, 29, 36_501):
        with pytest.raises(ValidationError, match="audit_retention_days"):
            Settings.model_validate({"audit_retention_days": days})


class Exported:
    """`aionvision audit export` over a test's database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._settings = settings_for(database, folder, database_url=SecretStr(database.app_url))
        self.file = folder / "export.jsonl"

    async def __call__(self, tenant: str | None = None, since: str | None = None, until: str | None = None) -> int:
        work = (self._settings, tenant, since, until, self.file)
        return await asyncio.to_thread(audit_export.export, *work)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]


@pytest.fixture
def exported(database: Database, tmp_path: Path) -> Exported:
    return Exported(database, tmp_path)


async def test_an_export_has_every_entry_once_the_oldest_first(
    product: Product, filled: Tenant, exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    other = await product.tenant("Other")
    await add(product, other.id, 3)
    await add(product, NO_TENANT, 2)
    assert await exported() == 5
    lines = exported.lines()
    assert [line["tenant_id"] for line in lines] == [str(one) for one in (NO_TENANT, *[filled.id] * 3, other.id)]
    assert exported.file.stat().st_mode & 0o777 == 0o600
    shown = [{name: line[name] for name in line if name != "tenant_id"} for line in lines[1:4]]
    assert [one["id"] for one in shown] == [one["id"] for one in reversed(await entries(filled))]
    assert shown == list(reversed(await entries(filled)))
    assert await exported(tenant=str(other.id)) == 1


async def test_an_export_begins_and_ends_where_it_is_told(product: Product, tenant: Tenant, exported: Exported) -> None:
    for age in (10, 5, 0):
        await add(product, tenant.id, age)
    assert await exported() == 3
    moments = [line["event_timestamp"] for line in exported.lines()]
    assert await exported(since=moments[1]) == 2
    assert await exported(until=moments[1]) == 2
    assert await exported(since=moments[1][:10], until=moments[1][:10]) == 1
    assert await exported(until="2020-01-01") == 0
    assert exported.file.read_text() == ""


@pytest.mark.parametrize(
    "wrong", [{"tenant": str(new_id())}, {"tenant": "mine"}, {"since": "yesterday"}, {"until": "2026-13-01"}]
)
async def test_an_export_of_what_is_not_there_says_so_and_writes_nothing(
    product: Product, exported: Exported, wrong: dict[str, str]
) -> None:
    with pytest.raises(AionError):
        await exported(**wrong)
    assert not exported.file.exists()
    assert [path.name for path in exported.file.parent.iterdir() if "export" in path.name] == []


async def test_an_export_asks_for_one_page_at_a_time(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    await add(product, tenant.id, 1, count=7)
    since, until = datetime(2020, 1, 1, tzinfo=UTC), utc_now()
    pages = [len(rows) async for rows in queries.walk(product.infra.reads, tenant.id, since, until)]
    assert pages == [3, 3, 1]


def published() -> set[str]:
    """The event types that the source names where it publishes."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Audited":
                found |= {str(one.value) for one in node.args[:1] if isinstance(one, ast.Constant)}
    return found


# These names are put together where they are published.
COMPOSED = {
    *(f"api_key.{verb}d" for verb in ("create", "update", "delete")),
    *(f"chat_plan.{done}" for done in ("approved", "cancelled")),
    *(f"tenant.{what}" for what in ("member_added", "member_removed", "member_role_changed")),
}


def test_the_documents_name_every_event_type_and_no_other() -> None:
    documented = set(re.findall(r"^\| `([a-z0-9_]+\.[a-z0-9_]+)` \|", PAGE.read_text(), re.MULTILINE))
    assert published() - documented == set()
    source = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    assert [name for name in documented - COMPOSED if f'"{name}"' not in source] == []
