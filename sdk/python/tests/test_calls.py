"""Every plain call: what it asks the server for, and what its caller gets from the answer."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
import pytest

from .calls import CALLS, DEPRECATED, Call
from .stand_in import Answer

OPENAPI = json.loads((Path(__file__).resolve().parents[3] / "openapi.json").read_text())
every_call = pytest.mark.parametrize("one", CALLS, ids=lambda one: one.asks)


def attribute(value: Any, path: str) -> Any:
    """What `path` leads to: attributes, keys, positions, and methods without arguments."""
    for step in path.split("."):
        if step.isdigit():
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value[step]
        else:
            value = getattr(value, step)
        if callable(value) and not isinstance(value, type):
            value = value()
    return value


def plan(api: Any, one: Call) -> None:
    raw = b"" if one.status == 204 else None
    api.plan(f"{one.method} /api/v2{one.path}", Answer(one.status, one.answer, raw=raw))


def check(api: Any, one: Call, result: Any) -> None:
    asked = api.asked[-1]
    assert len(api.asked) == 1
    assert (asked.method, asked.path) == (one.method, "/api/v2" + one.path)
    assert parse_qsl(asked.query) == one.query
    assert (asked.json if asked.body else None) == one.sends
    assert ("idempotency-key" in asked.headers) == (one.method == "POST")
    for path, wanted in one.gives.items():
        assert attribute(result, path) == (wanted() if callable(wanted) else wanted), path


@every_call
async def test_a_call_asks_for_what_it_says_and_reads_the_answer(client, api, one):
    plan(api, one)
    check(api, one, await one.call(client))


@every_call
def test_the_blocking_call_is_the_same(blocking, api, one):
    plan(api, one)
    check(api, one, one.call(blocking))


@pytest.mark.parametrize("one", DEPRECATED, ids=lambda one: one.asks)
async def test_a_deprecated_call_works_and_says_so_where_it_is_made(client, api, one):
    plan(api, one)
    with pytest.warns(DeprecationWarning, match="deprecated") as warned:
        result = await one.call(client)
    check(api, one, result)
    assert warned[0].filename == __file__


@pytest.mark.parametrize("one", [*CALLS, *DEPRECATED], ids=lambda one: one.asks)
def test_a_request_fits_the_servers_own_description(one):
    described = operation(one)
    if described is None:
        assert not exists_on_server(one)
        return
    known = {parameter["name"] for parameter in described.get("parameters", []) if parameter["in"] == "query"}
    assert {name for name, _ in one.query} <= known
    schema = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if one.sends is not None:
        assert schema is not None, "the server takes no body"
        jsonschema_rs.validator_for({**schema, "components": OPENAPI["components"]}).validate(one.sends)


def operation(one: Call) -> dict[str, Any] | None:
    for template, operations in sorted(OPENAPI["paths"].items(), key=lambda item: item[0].count("{")):
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, "/api/v2" + one.path) and one.method.lower() in operations:
            return operations[one.method.lower()]
    return None


def exists_on_server(one: Call) -> bool:
    return any(path == "/api/v2" + one.path for path in OPENAPI["paths"])


def test_every_method_that_asks_once_is_in_the_table(client):
    told = inspect.getsource(__import__(CALLS[0].call.__module__, fromlist=["CALLS"]))
    missing = []
    for name in RESOURCES:
        resource = getattr(client, name)
        for method, _ in inspect.getmembers(type(resource), inspect.iscoroutinefunction):
            if not method.startswith("_") and f"client.{name}.{method}(" not in told and method not in COMPOSED:
                missing.append(f"{name}.{method}")
    assert missing == []


RESOURCES = (
    "upload_sessions",
    "folders",
    "links",
    "colors",
    "audit",
    "settings",
    "tenant",
    "agent_operations",
    "chats",
    "documents",
    "cloud_storage",
    "batch",
    "video_uploads",
    "video_analysis",
    "video_scenes",
    "usage",
    "api_keys",
    "datasets",
    "rules",
    "sharing",
    "materials",
)
# these ask several times, and have tests of their own
COMPOSED = {
    "download",
    "wait_for_crawl",
    "create_and_wait",
    "wait_for_processing",
    "wait_for_completion",
    "wait_for_job",
    "import_and_wait",
    "export_and_wait",
    "upload",
    "upload_one",
}
