"""The OpenAPI document is sound, and every operation behaves as it says for whatever fits it, and for what does not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, Response
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from aionserver.app import describe_app
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.web.credentials import SESSION_COOKIE
from plugins.database import Databases
from plugins.folders import make
from plugins.product import Person, Product, Tenant, photo, running, settings_for, upload
from plugins.routes import LINK_PAGES, OPTIONAL, PUBLIC, SIGNED, routes_of

DOCUMENT: dict[str, Any] = describe_app().openapi()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


def without_credentials(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation without the headers and cookies that carry credentials: no text is unfitting for these."""
    kept = [one for one in operation.get("parameters", ()) if one["name"] not in ("authorization", SESSION_COOKIE)]
    return {**operation, "parameters": kept} if "parameters" in operation else operation


SENT = {name: without_credentials(operation) for name, operation in OPERATIONS.items()}
PATHS: dict[str, dict[str, Any]] = {
    path: {method: SENT[f"{method.upper()} {path}"] for method in item} for path, item in DOCUMENT["paths"].items()
}
SCHEMA = schemathesis.openapi.from_dict({**DOCUMENT, "paths": PATHS})
EXAMPLES = 20
# What may be asked in a session as often as one likes; other operations for sessions would end it.
FOR_PEOPLE = "/api/v2/api-keys"
BATCH = "/api/v2/user-files/upload/stream-batch"


def has_no_fault(context: CheckContext, response: Response, case: Case) -> bool | None:
    """No fault of the server's; what waits for a setting says so by 501, and is none."""
    if response.status_code == 501 and response.json()["error"]["code"].endswith("NOT_CONFIGURED"):
        return None
    return not_a_server_error(context, response, case)


CHECKS = [
    has_no_fault,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
OUTSIDE_THE_DOCUMENT = {"/docs", "/openapi.json", *SIGNED, *LINK_PAGES}


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    SCHEMA.validate()


def test_every_route_is_in_the_document() -> None:
    routes = {f"{method} {path}" for method, path in routes_of(describe_app()) if path not in OUTSIDE_THE_DOCUMENT}
    assert routes == set(OPERATIONS)


def test_operation_ids_are_unique_and_plain() -> None:
    ids = Counter(operation["operationId"] for operation in OPERATIONS.values())
    assert [name for name, count in ids.items() if count > 1 or not name.isidentifier()] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_does_and_where_it_belongs(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert len(operation["tags"]) == 1
    assert {"4XX", "5XX"} <= set(operation["responses"])
    path = name.split(" ")[1]
    assert bool(operation.get("security")) is (path not in PUBLIC or path in OPTIONAL)


def test_every_model_says_what_it_is() -> None:
    ours = {name: model for name, model in DOCUMENT["components"]["schemas"].items() if not name.startswith("HTTP")}
    assert [name for name, model in ours.items() if not model.get("description") and name != "ValidationError"] == []


class Open:
    """A product with a few files in it, and the ids by which they are reached."""

    def __init__(self, product: Product, tenant: Tenant, person: Person, ids: dict[str, str]) -> None:
        self.product, self.tenant, self.person, self.ids = product, tenant, person, ids

    async def answer(self, case: Case) -> Any:
        """What the product answers to a generated request."""
        kwargs = case.as_transport_kwargs(base_url="http://testserver")
        sent = requests.Request(**{name: kwargs[name] for name in REQUEST_FIELDS if name in kwargs}).prepare()
        assert sent.method is not None and sent.url is not None
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body
        headers = {name: value for name, value in sent.headers.items() if name != "Authorization"}
        client = self.person.client if FOR_PEOPLE in sent.url else self.tenant.client
        return await client.request(sent.method, sent.url, content=body, headers=headers)


REQUEST_FIELDS = ("method", "url", "headers", "files", "data", "json", "params", "cookies")


@pytest_asyncio.fixture(scope="module")
async def opened(
    databases: Databases, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> AsyncIterator[Open]:
    with databases.copied(migrated_template) as fresh:
        async with running(settings_for(fresh, tmp_path_factory.mktemp("contract")), sandbox) as product:
            tenant = await product.tenant()
            ids = {"doomed": (await upload(tenant, photo("red"), title="A title", tags="a,b"))["image_id"]}
            batch = await tenant.client.post(
                BATCH, files=[("files", ("a.jpg", photo())), ("files", ("b.bin", bytes(9)))]
            )
            session_id = batch.json()["session_id"]
            ids |= {"image_id": batch.json()["files"][0]["image_id"], "session_id": session_id, "batch_id": session_id}
            await product.do_jobs()
            person = await product.person(tenant)
            made = await person.client.post(FOR_PEOPLE, json={"name": "Robot"})
            kept, doomed = [await make(tenant.client, name) for name in ("Kept", "Doomed")]
            ids |= {"folder_id": kept, "doomed_folder": doomed}
            ids |= {"api_key_id": made.json()["id"], "variant_type": "small_256"}
            ids |= {"chat": (await tenant.client.post("/api/v2/chat/sessions", json={})).json()["session_id"]}
            yield Open(product, tenant, person, ids)


def cases_of(name: str, mode: GenerationMode, ids: dict[str, str]) -> st.SearchStrategy[Case]:
    """Requests for an operation: with any ids, and with those that lead somewhere."""
    method, path = name.split(" ")
    operation = SCHEMA[path][method]
    ids = ids | {"image_id": ids["doomed"]} if method == "DELETE" or path.endswith("/restore") else ids
    ids = ids | {"folder_id": ids["doomed_folder"]} if method == "DELETE" else ids
    ids = ids | {"session_id": ids["chat"]} if "/chat/" in path else ids
    known = {key: value for key, value in ids.items() if f"{{{key}}}" in path}
    anywhere = operation.as_strategy(mode)
    return st.one_of(anywhere, operation.as_strategy(mode, path_parameters=known)) if known else anywhere


def takes_nothing(name: str) -> bool:
    """Whether an operation has no input that could be unfitting."""
    return not (SENT[name].get("parameters") or SENT[name].get("requestBody"))


FITTING = [(name, GenerationMode.POSITIVE) for name in OPERATIONS]
UNFITTING = [(name, GenerationMode.NEGATIVE) for name in OPERATIONS if not takes_nothing(name)]


@pytest.mark.parametrize(("name", "mode"), [*FITTING, *UNFITTING])
async def test_whatever_is_sent_the_answer_is_one_the_document_knows(
    opened: Open, name: str, mode: GenerationMode
) -> None:
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases_of(name, mode, opened.ids))
    def answers_conform(case: Case) -> None:
        answer = asyncio.run_coroutine_threadsafe(opened.answer(case), loop).result(30)
        case.validate_response(answer, checks=CHECKS)

    await asyncio.to_thread(answers_conform)
