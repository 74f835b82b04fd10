"""Settings: what is accepted, what is refused, and where values come from."""

from __future__ import annotations

import warnings

import pytest

from aion import AionVision, ClientConfig, InsecureTransportWarning, load_dotenv

KEY = "aion_" + "k" * 40


@pytest.mark.parametrize("key", [KEY, "sk_" + "a" * 20, "my_brand_" + "A-_9" * 5])
def test_a_key_of_any_brand_is_accepted(key):
    assert ClientConfig(key).auth_header == {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("key", ["", "aion", "aion_short", "AION_" + "k" * 40, KEY + "\r\nX-Evil: 1", KEY + "\n"])
def test_a_malformed_key_is_refused(key):
    with pytest.raises(ValueError, match="api_key"):
        ClientConfig(key)


def test_the_key_is_not_shown_by_repr():
    config = ClientConfig(KEY, proxy_url="http://user:secret@proxy:1")
    assert KEY not in repr(config)
    assert "secret" not in repr(config)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", 0),
        ("timeout", float("nan")),
        ("max_retries", -1),
        ("retry_delay", 0),
        ("polling_interval", -1),
        ("polling_timeout", 0),
        ("circuit_breaker_failure_threshold", 0),
        ("circuit_breaker_success_threshold", 0),
        ("circuit_breaker_timeout", 0),
    ],
)
def test_a_number_out_of_range_is_refused(name, value):
    with pytest.raises(ValueError, match=name):
        ClientConfig(KEY, **{name: value})


def test_no_retries_are_allowed():
    assert ClientConfig(KEY, max_retries=0).max_retries == 0


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "http://127.0.0.1.example.com", "ftp://localhost", "example.com", "https://", "http://["],
)
def test_an_address_that_would_leak_the_key_is_refused(url):
    with pytest.raises(ValueError, match="base_url"):
        ClientConfig(KEY, base_url=url)


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1", "http://127.8.8.8", "http://[::1]:80"])
def test_plain_http_to_this_machine_warns(url):
    with pytest.warns(InsecureTransportWarning):
        ClientConfig(KEY, base_url=url)


def test_https_does_not_warn_and_loses_its_last_slash():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ClientConfig(KEY, base_url="https://example.com/api/v2/").base_url == "https://example.com/api/v2"


@pytest.mark.parametrize("url", ["socks5://proxy:1", "http://", "proxy:3128"])
def test_a_proxy_of_another_kind_is_refused(url):
    with pytest.raises(ValueError, match="proxy_url"):
        ClientConfig(KEY, proxy_url=url)


def test_the_tenant_travels_in_a_header():
    assert ClientConfig(KEY, tenant_id="t-1").default_headers["X-Tenant-ID"] == "t-1"
    assert "X-Tenant-ID" not in ClientConfig(KEY).default_headers


def test_a_tenant_that_would_end_the_header_is_refused():
    with pytest.raises(ValueError, match="tenant_id"):
        ClientConfig(KEY, tenant_id="a\r\nb")


def test_tenant_and_proxy_come_from_the_environment_even_without_from_env(monkeypatch):
    monkeypatch.setenv("AIONVISION_TENANT_ID", "t-2")
    monkeypatch.setenv("AIONVISION_PROXY_URL", "http://proxy:3128")
    client = AionVision(KEY)
    assert (client.config.tenant_id, client.config.proxy_url) == ("t-2", "http://proxy:3128")
    assert AionVision(KEY, tenant_id="mine").config.tenant_id == "mine"


def test_from_env_prefers_what_is_given_then_the_environment_then_defaults(monkeypatch):
    monkeypatch.setenv("AIONVISION_API_KEY", KEY)
    monkeypatch.setenv("AIONVISION_TIMEOUT", "12.5")
    monkeypatch.setenv("AIONVISION_MAX_RETRIES", "7")
    config = ClientConfig.from_env(max_retries=0, circuit_breaker_enabled=False)
    assert (config.api_key, config.timeout, config.max_retries) == (KEY, 12.5, 0)
    assert (config.retry_delay, config.circuit_breaker_enabled) == (1.0, False)


def test_from_env_without_a_key_names_the_variable():
    with pytest.raises(ValueError, match="AIONVISION_API_KEY"):
        AionVision.from_env()


@pytest.mark.parametrize("text", ["", "soon", "3.5"])
def test_an_unreadable_number_falls_back_to_the_default(monkeypatch, text):
    monkeypatch.setenv("AIONVISION_API_KEY", KEY)
    monkeypatch.setenv("AIONVISION_MAX_RETRIES", text)
    assert AionVision.from_env().config.max_retries == 3


@pytest.mark.parametrize(("text", "on"), [("TRUE", True), ("1", True), ("Yes", True), ("on", True), ("2", False)])
def test_truth_in_the_environment_has_four_spellings(monkeypatch, text, on):
    monkeypatch.setenv("AIONVISION_API_KEY", KEY)
    monkeypatch.setenv("AIONVISION_ENABLE_TRACING", text)
    assert ClientConfig.from_env().enable_tracing is on


def test_a_dotenv_file_fills_the_environment_without_overriding_it(monkeypatch, tmp_path):
    file = tmp_path / ".env"
    file.write_text(f"AIONVISION_API_KEY={KEY}\nAIONVISION_TIMEOUT=9\n")
    monkeypatch.setenv("AIONVISION_TIMEOUT", "5")
    # so that what is loaded is undone after the test
    monkeypatch.setenv("AIONVISION_API_KEY", "")
    monkeypatch.delenv("AIONVISION_API_KEY")
    assert load_dotenv(file) is True
    assert ClientConfig.from_env().timeout == 5.0
    assert load_dotenv(file, override=True) is True
    assert ClientConfig.from_env().timeout == 9.0


def test_a_missing_dotenv_file_is_told(tmp_path):
    assert load_dotenv(tmp_path / "none.env") is False
