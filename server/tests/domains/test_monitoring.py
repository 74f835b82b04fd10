"""How the server fares: what its parts say, who may ask, and what Prometheus reads."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from aionserver.infra.actors import Role
from aionserver.infra.database import open_engine
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.schema_version import newest_revision
from aionserver.kit.ids import new_id
from plugins.database import Database, Databases
from plugins.product import Product, Tenant, photo, running, settings_for, upload

API = "/api/v2"
ADMINS = (
    "/health/detailed",
    "/health/email",
    "/health/outbox",
    "/health/metrics",
    "/database/pool/stats",
)
PARTS = {"database", "storage", "queue", "workers", "models", "disk", "memory", "outbox"}


async def get(tenant: Tenant, path: str) -> Any:
    answer = await tenant.client.get(f"{API}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def scrape(product: Product, **headers: str) -> dict[str, float]:
    """Every sample of a scrape, by its name and labels."""
    answer = await product.client(None).get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return {
        f"{sample.name}{json.dumps(sample.labels, sort_keys=True)}": sample.value
        for family in families
        for sample in family.samples
    }


def name_of(family: str, **labels: str) -> str:
    return f"aionvision_{family}{json.dumps(labels, sort_keys=True)}"


async def loaded(product: Product) -> None:
    """Return once the networks have been loaded."""
    await asyncio.wrap_future(product.infra.thinker.submit(lambda: None))


async def test_the_process_says_that_it_lives_without_a_database(product: Product) -> None:
    await product.infra.engine.dispose()
    answer = await product.client(None).get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_readiness_tells_of_the_database_and_the_networks(product: Product) -> None:
    await loaded(product)
    found = (await product.client(None).get("/health")).json()
    assert (found["status"], found["database"], found["models"], found["short_of"]) == ("healthy", "up", "loaded", [])
    product.infra.monitor.models, product.infra.monitor.model_fault = (), "the weights are not the pinned ones"
    assert (await product.client(None).get("/health")).json()["models"] == "failed"
    product.infra.monitor.model_fault = ""
    assert (await product.client(None).get(f"{API}/health/")).json()["models"] == "loading"


async def test_values_under_the_prefix_are_text(product: Product) -> None:
    product.infra.settings.deepest_queue, product.infra.settings.least_free_memory_bytes = 0, 1 << 60
    found = (await product.client(None).get(f"{API}/health/")).json()
    assert found["short_of"] == "memory, queue"
    assert all(isinstance(value, str) for value in found.values())


@pytest.mark.parametrize(("revision", "status"), [("0016", 503), ("9999", 200)])
async def test_a_schema_that_is_too_old_is_not_ready_and_a_newer_one_is(
    product: Product, database: Database, revision: str, status: int
) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("update alembic_version set version_num = %s", (revision,))
    answer = await product.client(None).get("/health")
    assert answer.status_code == status
    if status == 503:
        assert "aionvision migrate" in answer.json()["error"]["message"]
        assert answer.headers["Retry-After"]


async def test_only_administrators_see_how_the_parts_fare(product: Product, tenant: Tenant) -> None:
    editor = await product.another_key(tenant, Role.EDITOR)
    for path in ADMINS:
        assert (await product.client(None).get(f"{API}{path}")).status_code == 401
        assert (await editor.get(f"{API}{path}")).status_code == 403
        assert (await tenant.client.get(f"{API}{path}")).status_code == 200


async def test_every_part_tells_its_figures(product: Product, tenant: Tenant) -> None:
    await loaded(product)
    found = await get(tenant, "/health/detailed")
    parts = found["components"]
    assert set(parts) == PARTS
    assert parts["database"]["schema_revision"] == newest_revision()
    assert parts["database"]["version"].startswith("18") and parts["database"]["connections"]["size"] == 10
    assert parts["storage"]["status"] == "healthy" and parts["storage"]["backend"] == "folder"
    assert parts["queue"]["failed"] == 0 and parts["queue"]["oldest_waiting_seconds"] == 0
    assert "TextEmbedder: StemTextEmbedder" in parts["models"]["loaded"]
    assert parts["models"]["processes"][0]["role"] == "api"
    assert parts["disk"]["places"]["data"]["free_bytes"] > 0
    assert (parts["workers"]["status"], parts["workers"]["alive"]) == ("degraded", 0)
    assert (parts["outbox"]["status"], parts["outbox"]["configured"]) == ("healthy", False)
    assert (found["status"], found["short_of"]) == ("degraded", [])


async def test_the_probe_of_the_storage_leaves_nothing_and_is_not_repeated_at_once(
    product: Product, tenant: Tenant
) -> None:
    first = (await get(tenant, "/health/detailed"))["components"]["storage"]
    objects = product.infra.settings.root / "objects"
    assert [path for path in objects.rglob("*") if path.is_file()] == []
    assert (await get(tenant, "/health/detailed"))["components"]["storage"] == first


async def test_a_storage_that_takes_nothing_is_unhealthy_and_the_rest_is_told(product: Product, tenant: Tenant) -> None:
    objects = product.infra.settings.root / "objects"
    shutil.rmtree(objects)
    objects.write_text("a file where a folder should be")
    found = await get(tenant, "/health/detailed")
    assert (found["status"], found["components"]["storage"]["status"]) == ("unhealthy", "unhealthy")
    assert found["components"]["storage"]["message"]
    assert found["components"]["database"]["status"] == "healthy"


async def test_jobs_that_wait_show_in_their_queue_with_their_age(product: Product, tenant: Tenant) -> None:
    await upload(tenant)
    query = text("update procrastinate_events set at = at - interval '1 hour' where type = 'deferred'")
    async with product.infra.engine.begin() as connection:
        await connection.execute(query)
    part = (await get(tenant, "/health/detailed"))["components"]["queue"]
    waiting = {name: queue["waiting"] for name, queue in part["queues"].items() if queue["waiting"]}
    assert (waiting, part["status"]) == ({"interactive": 1}, "degraded")
    assert 3600 <= part["oldest_waiting_seconds"] < 3700
    figures = await scrape(product)
    assert figures[name_of("queue_jobs", queue="interactive", state="waiting")] == 1
    assert figures[name_of("queue_jobs", queue="bulk", state="waiting")] == 0
    assert 3600 <= figures[name_of("queue_oldest_seconds", queue="interactive")] < 3700


async def test_workers_count_while_they_give_signs_of_life(product: Product, tenant: Tenant) -> None:
    async with product.infra.engine.begin() as connection:
        for seconds in (0, 1, 3600):
            moment = f"now() - interval '{seconds} seconds'"
            await connection.execute(text(f"insert into procrastinate_workers (last_heartbeat) values ({moment})"))
    part = (await get(tenant, "/health/detailed"))["components"]["workers"]
    assert (part["status"], part["alive"]) == ("healthy", 1)


async def test_the_database_tells_what_it_is(tenant: Tenant) -> None:
    found = await get(tenant, "/database/pool/stats")
    about = found["database"]
    assert about["version"].startswith("18") and "vector" in about["extensions"]
    assert (about["is_replica"], about["replicas"]) == (False, 0)
    sizes = {table["name"]: table["size_bytes"] for table in about["tables"]}
    assert sizes["files"] > 0 and found["pool"]["reads_most"] == 10
    assert found["pool"]["size"] == 10 and 0 < found["connections"] <= found["most_connections"]


async def test_whoever_asks_is_told_that_the_database_answers_and_nothing_more(product: Product) -> None:
    public = (await product.client(None).get(f"{API}/database/health")).json()
    assert public["status"] == "healthy" and public["latency_ms"] > 0
    assert set(public) == {"status", "message", "latency_ms"}


@pytest.mark.parametrize("path", ADMINS)
async def test_the_server_is_watched_by_the_organisation_that_runs_it(
    product: Product, tenant: Tenant, path: str
) -> None:
    stranger = await product.tenant("Registered later")
    assert (await stranger.client.get(f"{API}{path}")).status_code == 403
    assert (await tenant.client.get(f"{API}{path}")).status_code == 200


async def test_a_pool_that_is_used_up_shows(product: Product, tenant: Tenant) -> None:
    pool, connections = product.infra.engine, [product.infra.engine.connect() for _ in range(3)]
    for one in connections:
        await one.start()
    try:
        assert (await get(tenant, "/database/pool/stats"))["pool"]["checked_out"] >= 3
    finally:
        for one in connections:
            await one.close()
    await pool.dispose()


async def test_there_is_no_redis_and_its_place_says_so(product: Product) -> None:
    found = (await product.client(None).get(f"{API}/health/redis-pool")).json()
    assert (found["status"], found["backend"]) == ("healthy", "postgresql")
    assert "no Redis" in found["message"]


async def test_without_a_mail_server_nothing_is_wrong_and_it_is_said(tenant: Tenant) -> None:
    for path in ("/health/email", "/health/outbox"):
        found = await get(tenant, path)
        assert (found["status"], found["configured"]) == ("healthy", False)
        assert "AIONVISION_SMTP_URL" in found["message"]


async def test_a_mail_server_that_cannot_be_reached_is_unhealthy(product: Product, tenant: Tenant) -> None:
    product.infra.settings.smtp_url = SecretStr("smtp://127.0.0.1:1")
    product.infra.settings.mail_from = "no-reply@example.org"
    found = await get(tenant, "/health/email")
    assert (found["status"], found["configured"]) == ("unhealthy", True)
    assert found["message"]


async def test_what_was_done_is_counted(product: Product, tenant: Tenant) -> None:
    await upload(tenant)
    await product.do_jobs()
    await tenant.client.get(f"{API}/user-files")
    await tenant.client.get(f"{API}/user-files/{new_id()}")
    await tenant.client.get("/no/such/route")
    figures = await scrape(product)
    assert figures[name_of("requests_total", operation="user_files.list_files", method="GET", status="2xx")] == 1
    assert figures[name_of("requests_total", operation="user_files.read_file", method="GET", status="4xx")] == 1
    assert figures[name_of("requests_total", operation="none", method="GET", status="4xx")] == 1
    assert figures[name_of("request_body_bytes_total", operation="user_files.upload_stream")] > len(photo())
    assert figures[name_of("jobs_total", job="files.process", outcome="succeeded")] == 1
    assert figures[name_of("job_duration_seconds_count", job="files.process")] == 1
    assert figures[name_of("requests_in_progress")] == 1  # the scrape itself
    assert figures[name_of("database_up")] == 1
    system = await get(tenant, "/health/metrics")
    assert system["jobs"]["by_outcome"] == {"succeeded": system["jobs"]["total"]}
    assert system["requests"]["by_status"]["4xx"] == 2 and system["processes"] == {"api": 1}
    assert system["process"]["resident_bytes"] > 0 and system["process"]["open_files"] > 0


async def test_a_job_that_fails_for_good_is_counted_so(product: Product, tenant: Tenant) -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.defer([JobRequest("files.process", {"file_id": "not an id"})])
    product.infra.settings.job_attempts = 1
    await product.do_jobs()
    figures = await scrape(product)
    outcomes = {name: value for name, value in figures.items() if name.startswith("aionvision_jobs_total")}
    assert [name for name in outcomes if "failed" in name or "retried" in name], outcomes


async def test_metrics_tell_nothing_of_tenants(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    await tenant.client.get(f"{API}/user-files/{file_id}?token=secret")
    await tenant.client.request("PURGE", f"{API}/user-files/{file_id}")
    found = (await product.client(None).get("/metrics")).text
    for secret in (str(tenant.id), file_id, tenant.key, "secret", "PURGE"):
        assert secret not in found


async def test_requests_that_were_limited_are_counted(product: Product) -> None:
    product.infra.settings.rate_limit_per_minute = 1
    tenant = await product.tenant()
    statuses = [(await tenant.client.get(f"{API}/user-files")).status_code for _ in range(3)]
    figures = await scrape(product)
    assert figures[name_of("rate_limited_total", operation="user_files.list_files")] == statuses.count(429) > 0


async def test_a_scrape_tells_what_it_can_while_the_database_is_away(product: Product) -> None:
    product.infra.engine = closed_engine()
    figures = await scrape(product)
    assert figures[name_of("database_up")] == 0
    assert any(name.startswith("aionvision_disk_free_bytes") for name in figures)


def closed_engine() -> AsyncEngine:
    return open_engine("postgresql://nobody@127.0.0.1:1/none", 1)


def from_address(product: Product, address: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=product.app, client=(address, 5000))
    return httpx2.AsyncClient(transport=transport, base_url="http://testserver")


async def test_without_a_token_only_this_machine_reads_the_metrics(product: Product) -> None:
    for address, status in (("127.0.0.1", 200), ("::1", 200), ("192.0.2.7", 403), ("", 403)):
        async with from_address(product, address) as client:
            answer = await client.get("/metrics")
            assert answer.status_code == status, address
            if status == 403:
                assert answer.json()["error"]["code"] == "METRICS_NOT_ALLOWED"
                assert "AIONVISION_METRICS_TOKEN" in answer.json()["error"]["message"]
    async with from_address(product, "127.0.0.1") as client:
        for header in ("X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "Via"):
            assert (await client.get("/metrics", headers={header: "127.0.0.1"})).status_code == 403


async def test_with_a_token_nobody_reads_the_metrics_without_it(product: Product, tenant: Tenant) -> None:
    product.infra.settings.metrics_token = SecretStr("a token for Prometheus ✓")
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {tenant.key}"}):
        answer = await product.client(None).get("/metrics", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "NOT_AUTHENTICATED")
    product.infra.settings.metrics_token = SecretStr("token")
    async with from_address(product, "192.0.2.7") as client:
        assert (await client.get("/metrics", headers={"Authorization": "Bearer token"})).status_code == 200


async def test_two_api_processes_answer_with_the_same_sums(
    databases: Databases, migrated_template: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    with databases.copied(migrated_template) as fresh:
        settings = settings_for(fresh, tmp_path)
        async with running(settings, sandbox) as one:
            async with running(settings, sandbox) as other:
                for product, times in ((one, 3), (other, 4)):
                    for _ in range(times):
                        await product.client(None).get("/health/live")
                    await product.infra.monitor.everyone()
                name = name_of("requests_total", operation="health.live", method="GET", status="2xx")
                assert [(await scrape(product))[name] for product in (one, other)] == [7, 7]
                processes = name_of("processes", process="api")
                assert (await scrape(one))[processes] == 2
            after = await scrape(one)
            assert (after[name], after[processes]) == (7, 1)


async def test_a_requests_line_names_who_asked_and_no_secret(product: Product, tenant: Tenant) -> None:
    with capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        await tenant.client.get(f"{API}/user-files", params={"search": "a secret"}, headers={"X-Request-ID": "abc"})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["request_id"], line["operation"], line["status"]) == ("abc", "user_files.list_files", 200)
    assert line["tenant_id"] == str(tenant.id) and line["actor"].startswith("key:")
    assert "secret" not in str(lines) and tenant.key not in str(lines)


async def test_programs_that_watch_are_not_in_the_log_while_all_is_well(product: Product) -> None:
    with capture_logs() as lines:
        for path in ("/health", "/health/live", "/metrics", f"{API}/health/", f"{API}/health/detailed"):
            await product.client(None).get(path)
    levels = {line["path"]: line["log_level"] for line in lines if line["event"] == "request"}
    assert levels.pop(f"{API}/health/detailed") == "info"  # it was refused
    assert set(levels.values()) == {"debug"} and len(levels) == 4


async def test_the_root_leads_browsers_to_the_reference_and_tells_programs_what_it_is(product: Product) -> None:
    client = product.client(None)
    found = (await client.get("/")).json()
    assert (found["service"], found["health"]) == ("aionvision", "/health")
    answer = await client.get("/", headers={"Accept": "text/html,*/*"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/docs")
