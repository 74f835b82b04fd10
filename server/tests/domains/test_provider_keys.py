"""Keys of tenants for language models: set once they work, never shown, used in place of the server's own models."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from aionserver.domains.assistant.schemas import Answer, Question
from aionserver.domains.assistant.service import answer
from aionserver.domains.tenants import service as tenants
from aionserver.domains.usage import service as usage
from aionserver.infra.actors import Role
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.settings import Settings
from aionserver.infra.tools import Errand
from aionserver.models.language_model import LanguageModels
from aionserver.models.language_model.own import place_of
from aionserver.models.language_model.remote import Endpoint as Place
from aionserver.models.language_model.remote import RemoteLanguageModel
from plugins.chats import begin, refusal, say
from plugins.database import Database
from plugins.language_models import READ, WRITTEN, Endpoint, Format, Reply
from plugins.product import Product, Tenant, running, settings_for

KEYS = "/api/v2/tenant/provider-keys"
CANARY = "sk-canary-5f1d0c9a7b3e-WXYZ"
MODELS = "openai:small, openai:large, anthropic:claude, google:gemini"


@pytest_asyncio.fixture
async def open_house(
    database: Database, tmp_path: Path, sandbox: Sandbox, endpoint: Endpoint
) -> AsyncIterator[Product]:
    """A product whose tenants may bring keys, to providers that are all played by the endpoint."""
    given = {
        "tenant_language_models": MODELS,
        "tenant_openai_url": endpoint.url("openai"),
        "anthropic_url": endpoint.url("anthropic"),
        "google_url": endpoint.url("google"),
        "language_model_timeout_seconds": 2,
    }
    async with running(settings_for(database, tmp_path, **given), sandbox) as found:
        yield found


@pytest_asyncio.fixture
async def guest(open_house: Product) -> Tenant:
    """A tenant of it."""
    return await open_house.tenant()


async def put(tenant: Tenant, endpoint: Endpoint, provider: str = "openai", **more: Any) -> dict[str, Any]:
    """What is shown of a key that was set; the endpoint answers with a word from then on."""
    endpoint.replies = [Reply(["Ready."])]
    sent = await tenant.client.put(f"{KEYS}/{provider}", json={"api_key": CANARY, **more})
    assert sent.status_code == 200, sent.text
    return sent.json()


async def ask(product: Product, tenant: Tenant, words: str = "hello") -> Answer:
    told = [one async for one in answer(Question(words, Errand(tenant.actor, product.infra)))]
    assert isinstance(told[-1], Answer)
    return told[-1]


def give_models(product: Product, endpoint: Endpoint) -> None:
    """A language model of the server's own."""
    place = Place("openai", "house", endpoint.url("openai"), "sk-of-the-house", timeout_seconds=2)
    product.infra.models[LanguageModels] = LanguageModels((RemoteLanguageModel(place),))


@pytest.mark.parametrize(("provider", "first"), [("openai", "small"), ("anthropic", "claude"), ("google", "gemini")])
async def test_a_key_is_tried_out_kept_and_used(
    open_house: Product, guest: Tenant, endpoint: Endpoint, provider: Format, first: str
) -> None:
    shown = await put(guest, endpoint, provider)
    assert (shown["is_set"], shown["is_used"], shown["key_ending"], shown["model"]) == (True, True, "WXYZ", first)
    assert (len(endpoint.asked), endpoint.keys) == (1, [CANARY])
    endpoint.replies = [Reply(["Good ", "day."])]
    said = await ask(open_house, guest)
    assert (said.content, said.provider, said.model) == ("Good day.", provider, first)
    assert set(endpoint.keys) == {CANARY}
    listed = (await guest.client.get(KEYS)).json()["providers"]
    assert [(one["provider"], one["is_set"]) for one in listed] == [
        (name, name == provider) for name in ("openai", "anthropic", "google")
    ]
    assert listed[0]["models"] == ["small", "large"] and listed[0]["host"] == f"127.0.0.1:{endpoint.port}"


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "its key was refused"), (429, "rate-limited"), (404, "does not know it")]
)
async def test_a_key_that_does_not_work_is_not_kept(
    guest: Tenant, endpoint: Endpoint, status: int, reason: str
) -> None:
    endpoint.replies = [Reply(status=status)]
    sent = await guest.client.put(f"{KEYS}/openai", json={"api_key": CANARY})
    assert refusal(sent) == (422, "PROVIDER_KEY_NOT_USABLE")
    assert reason in sent.json()["error"]["message"] and CANARY not in sent.text
    assert not any(one["is_set"] for one in (await guest.client.get(KEYS)).json()["providers"])


async def test_only_models_on_the_list_may_be_used(guest: Tenant, endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(["Ready."])]
    assert (await put(guest, endpoint, model="large"))["model"] == "large"
    sent = await guest.client.put(f"{KEYS}/openai", json={"api_key": CANARY, "model": "dear"})
    assert refusal(sent) == (422, "PROVIDER_NOT_ALLOWED")
    assert "small, large" in sent.json()["error"]["message"]
    assert len(endpoint.asked) == 1
    assert (await guest.client.put(f"{KEYS}/mistral", json={"api_key": CANARY})).status_code == 422


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 513, "sk-with a blank in it", "sk-with\na-line-break", "sk-ümläut-ünd-möre"]
)
async def test_keys_that_are_none_are_refused_and_not_repeated(guest: Tenant, endpoint: Endpoint, key: str) -> None:
    endpoint.replies = [Reply(["Ready."])]
    sent = await guest.client.put(f"{KEYS}/openai", json={"api_key": key})
    assert refusal(sent) == (422, "VALIDATION_ERROR")
    assert sent.json()["error"]["details"][0]["field"] == "api_key"
    assert len(key) < 6 or key not in sent.text
    assert endpoint.asked == []


async def test_without_the_setting_no_key_is_taken(product: Product, tenant: Tenant) -> None:
    sent = await tenant.client.put(f"{KEYS}/openai", json={"api_key": CANARY})
    assert refusal(sent) == (501, "NOT_CONFIGURED")
    assert "AIONVISION_TENANT_LANGUAGE_MODELS" in sent.json()["error"]["message"]
    assert (await tenant.client.get(KEYS)).json() == {"providers": []}
    assert (await tenant.client.post(f"{KEYS}/openai/test")).json()["valid"] is False
    assert (await tenant.client.delete(f"{KEYS}/openai")).json()["removed"] is False


async def test_a_model_that_is_taken_off_the_list_is_used_no_more(
    open_house: Product, guest: Tenant, endpoint: Endpoint
) -> None:
    await put(guest, endpoint, model="large")
    open_house.infra.settings.tenant_language_models = ("openai:small",)
    assert (await ask(open_house, guest)).model == "embedded-assistant"
    (shown,) = (await guest.client.get(KEYS)).json()["providers"]
    assert (shown["is_set"], shown["is_used"], shown["model"]) == (True, False, "large")
    assert refusal(await guest.client.post(f"{KEYS}/openai/test")) == (422, "PROVIDER_NOT_ALLOWED")
    open_house.infra.settings.tenant_language_models = ()
    assert refusal(await guest.client.post(f"{KEYS}/openai/test")) == (501, "NOT_CONFIGURED")
    assert (await guest.client.delete(f"{KEYS}/openai")).json()["removed"] is True


async def test_the_key_set_last_is_used_of_providers_that_the_settings_allow(
    open_house: Product, guest: Tenant, endpoint: Endpoint
) -> None:
    now = open_house.infra.clock()
    open_house.infra.clock = lambda: now
    await put(guest, endpoint, "anthropic")
    open_house.infra.clock = lambda: now + timedelta(seconds=1)
    await put(guest, endpoint, "openai")
    assert (await ask(open_house, guest)).provider == "openai"
    await guest.client.patch("/api/v2/tenant/settings", json={"allowed_vlm_providers": ["anthropic", "google"]})
    assert (await ask(open_house, guest)).provider == "anthropic"
    used = {one["provider"]: one["is_used"] for one in (await guest.client.get(KEYS)).json()["providers"]}
    assert used == {"openai": False, "anthropic": True, "google": False}
    await guest.client.patch("/api/v2/tenant/settings", json={"allowed_vlm_providers": ["google"]})
    assert (await ask(open_house, guest)).model == "embedded-assistant"


async def test_a_key_goes_before_the_servers_own_models_and_is_of_its_tenant_only(
    open_house: Product, guest: Tenant, endpoint: Endpoint
) -> None:
    give_models(open_house, endpoint)
    other = await open_house.tenant("Other")
    await put(guest, endpoint)
    assert [(await ask(open_house, one)).model for one in (guest, other)] == ["small", "house"]
    assert not any(one["is_set"] for one in (await other.client.get(KEYS)).json()["providers"])
    assert (await other.client.delete(f"{KEYS}/openai")).json()["removed"] is False
    assert (await guest.client.delete(f"{KEYS}/openai")).json()["removed"] is True
    assert (await ask(open_house, guest)).model == "house"


async def test_a_key_that_fails_is_told_of_and_done_without_and_nobody_else_pays(
    open_house: Product, guest: Tenant, endpoint: Endpoint
) -> None:
    give_models(open_house, endpoint)
    await put(guest, endpoint)
    endpoint.replies, endpoint.keys = [Reply(status=401)], []
    session = await begin(guest.client)
    failed = await say(guest.client, session, "hello")
    assert failed["content"].startswith("The language model gave no answer: its key was refused. Without it:")
    assert endpoint.keys == [CANARY]
    endpoint.replies = [Reply(["Back."])]
    assert (await say(guest.client, session, "hello"))["content"] == "Back."


async def test_a_key_is_tested_again(guest: Tenant, endpoint: Endpoint) -> None:
    await put(guest, endpoint)
    tested = await guest.client.post(f"{KEYS}/openai/test")
    assert tested.json() == {"valid": True, "provider": "openai", "model": "small", "error": None}
    endpoint.replies = [Reply(status=401)]
    assert (await guest.client.post(f"{KEYS}/openai/test")).json()["error"] == "its key was refused"
    assert (await guest.client.get(KEYS)).json()["providers"][0]["error"] == "its key was refused"
    assert (await put(guest, endpoint))["error"] is None


async def test_a_key_that_cannot_be_opened_any_more_is_told_of(
    open_house: Product, guest: Tenant, endpoint: Endpoint
) -> None:
    await put(guest, endpoint)
    open_house.infra.secret = b"another secret, as after a restore without it"
    said = await ask(open_house, guest)
    assert "your own key can't be opened any more, and has to be set again" in said.content
    tested = await guest.client.post(f"{KEYS}/openai/test")
    assert (tested.status_code, tested.json()["valid"]) == (200, False)


async def test_editors_see_what_is_set_and_change_nothing(
    open_house: Product, guest: Tenant, endpoint: Endpoint
) -> None:
    await put(guest, endpoint)
    editor = await open_house.another_key(guest, Role.EDITOR)
    assert (await editor.get(KEYS)).json()["providers"][0]["is_set"] is True
    for method, path in (("PUT", "/openai"), ("POST", "/openai/test"), ("DELETE", "/openai")):
        sent = await editor.request(method, KEYS + path, json={"api_key": CANARY})
        assert refusal(sent) == (403, "PERMISSION_DENIED")


async def test_what_a_tenant_pays_for_itself_takes_nothing_off_the_servers_budgets(
    open_house: Product, guest: Tenant, endpoint: Endpoint
) -> None:
    give_models(open_house, endpoint)
    settings = open_house.infra.settings
    settings.language_model_monthly_tokens = settings.language_model_session_tokens = 3 * (READ + WRITTEN)
    await put(guest, endpoint)
    session = await begin(guest.client)
    by_own = [(await say(guest.client, session, "hello"))["model"] for _ in range(4)]
    assert by_own == ["small"] * 4
    async with open_house.infra.open_scope(guest.actor) as scope:
        assert await usage.paid_tokens_of_month(scope) == (0, 0)
        sums = await usage.month_sums(scope, usage.billing_month(scope).start)
    assert sum(one.input_tokens + one.output_tokens for one in sums) == 4 * (READ + WRITTEN)
    await guest.client.delete(f"{KEYS}/openai")
    by_house = [(await say(guest.client, session, "hello"))["model"] for _ in range(4)]
    assert by_house == ["house", "house", "house", "embedded-assistant"]
    await put(guest, endpoint)
    assert (await say(guest.client, session, "hello"))["model"] == "small"


async def test_changes_are_in_the_audit_log_without_the_key(
    open_house: Product, guest: Tenant, endpoint: Endpoint, database: Database
) -> None:
    await put(guest, endpoint, model="large")
    await guest.client.post(f"{KEYS}/openai/test")
    await guest.client.delete(f"{KEYS}/openai")
    logged = (await guest.client.get("/api/v2/tenant/audit-logs")).json()["entries"]
    assert [one["event_type"] for one in logged] == [
        "tenant.provider_key_removed",
        "tenant.provider_key_tested",
        "tenant.provider_key_configured",
    ]
    assert logged[2]["metadata"]["provider"] == "openai"
    assert logged[2]["metadata"]["changes"] == {"model": [None, "large"]}
    assert CANARY not in str(logged)


async def test_a_key_goes_with_its_tenant(open_house: Product, guest: Tenant, endpoint: Endpoint) -> None:
    await put(guest, endpoint)
    async with open_house.infra.open_scope(guest.actor) as scope:
        await tenants.close(scope)
    later = open_house.infra.clock() + timedelta(days=open_house.infra.settings.deleted_retention_days + 1)
    open_house.infra.clock = lambda: later
    assert await tenants.empty_closed(open_house.infra) > 0
    async with open_house.infra.open_system_scope(guest.id) as scope:
        assert await scope.session.scalar(text("select count(*) from provider_keys")) == 0


def test_keys_go_to_the_providers_own_addresses_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.setenv(name, "https://elsewhere.example")
    settings = Settings.model_validate({"data_dir": tmp_path, "language_model_url": "http://127.0.0.1:11434/v1"})
    assert [place_of(settings, one) for one in ("openai", "anthropic", "google")] == [
        "https://api.openai.com/v1",
        "https://api.anthropic.com",
        "https://generativelanguage.googleapis.com",
    ]


@pytest.mark.parametrize("listed", ["openai", "openai:", "local:/a.gguf", "azure:gpt", f"openai:{'x' * 201}"])
def test_a_list_of_models_that_makes_no_sense_is_refused_at_the_start(listed: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be provider:name"):
        Settings.model_validate({"data_dir": tmp_path, "tenant_language_models": listed})
