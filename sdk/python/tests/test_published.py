"""Point by point, what programs rely on that were written for the published package (0.3.5)."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import warnings

import pytest

import aion
from aion import AionVision, ClientConfig, InsecureTransportWarning, SyncAionVision, _tracing, exceptions, load_dotenv

KEY = "aion_" + "k" * 40
URL = "https://api.aionvision.tech/api/v2"

ARGUMENTS = {
    "base_url": URL,
    "timeout": 300.0,
    "max_retries": 3,
    "retry_delay": 1.0,
    "polling_interval": 2.0,
    "polling_timeout": 360.0,
    "tenant_id": None,
    "proxy_url": None,
    "enable_tracing": False,
}
FURTHER_SETTINGS = {
    "circuit_breaker_enabled": True,
    "circuit_breaker_failure_threshold": 5,
    "circuit_breaker_success_threshold": 2,
    "circuit_breaker_timeout": 30.0,
    "enable_logging": True,
    "tracing_service_name": "aionvision-sdk",
    "propagate_trace_context": True,
    "send_correlation_id": True,
    "send_request_id": True,
}
VARIABLES = (
    "API_KEY",
    "BASE_URL",
    "TIMEOUT",
    "MAX_RETRIES",
    "RETRY_DELAY",
    "POLLING_INTERVAL",
    "POLLING_TIMEOUT",
    "TENANT_ID",
    "PROXY_URL",
    "ENABLE_TRACING",
)
EXPORTS = [
    "__version__",
    "AionVision",
    "ClientConfig",
    "InsecureTransportWarning",
    "load_dotenv",
    "configure_tracing",
    "is_tracing_available",
    "set_correlation_id",
    "AionvisionError",
    "AuthenticationError",
    "RateLimitError",
    "ValidationError",
    "QuotaExceededError",
    "ResourceNotFoundError",
    "AionvisionTimeoutError",
    "ServerError",
    "AionvisionPermissionError",
    "UploadError",
    "DescriptionError",
    "DocumentProcessingError",
    "ChatError",
    "BatchError",
    "AionvisionConnectionError",
    "CircuitBreakerError",
    "CloudStorageError",
    "SSEStreamError",
    "VideoUploadError",
    "VideoAnalysisError",
]


@pytest.mark.parametrize("kind", [AionVision, SyncAionVision])
def test_the_constructor_takes_the_key_and_nine_settings_by_name(kind):
    first, *others = inspect.signature(kind).parameters.values()
    assert (first.name, first.default, first.kind) == ("api_key", inspect.Parameter.empty, first.POSITIONAL_OR_KEYWORD)
    known = {one.name: one.default for one in others if one.name in ARGUMENTS}
    assert known == ARGUMENTS
    assert {one.kind for one in others} == {inspect.Parameter.KEYWORD_ONLY}
    assert all(one.default is not inspect.Parameter.empty for one in others)


@pytest.mark.parametrize("name", ["circuit_breaker_enabled", "enable_logging", "nonsense"])
def test_the_constructor_takes_no_other_setting(name):
    with pytest.raises(TypeError, match=name):
        AionVision(KEY, **{name: True})


def test_the_settings_are_a_dataclass_with_defaults():
    config = ClientConfig(KEY)
    assert dataclasses.is_dataclass(ClientConfig)
    given = {name: getattr(config, name) for name in {**ARGUMENTS, **FURTHER_SETTINGS}}
    assert given == {**ARGUMENTS, **FURTHER_SETTINGS}
    assert next(iter(dataclasses.fields(ClientConfig))).name == "api_key"


@pytest.mark.parametrize("kind", [AionVision, SyncAionVision, ClientConfig])
@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": ""},
        {"api_key": "aion"},
        {"api_key": "aion_" + "k" * 19},
        {"api_key": "AION_" + "k" * 40},
        {"api_key": "aion-" + "k" * 40},
        {"timeout": 0},
        {"timeout": -1},
        {"max_retries": -1},
        {"retry_delay": 0},
        {"polling_interval": 0},
        {"polling_timeout": 0},
        {"base_url": "http://example.org"},
        {"base_url": "ftp://localhost"},
        {"base_url": "localhost:8000"},
        {"proxy_url": "socks5://proxy:1"},
        {"proxy_url": "http://"},
    ],
    ids=str,
)
def test_what_cannot_work_is_a_value_error_of_construction(kind, wrong):
    with pytest.raises(ValueError) as caught:
        kind(**{"api_key": KEY, **wrong})
    assert not isinstance(caught.value, exceptions.AionvisionError)


@pytest.mark.parametrize("name", ["failure_threshold", "success_threshold", "timeout"])
def test_the_circuit_breaker_has_bounds(name):
    with pytest.raises(ValueError, match=name):
        ClientConfig(KEY, **{f"circuit_breaker_{name}": 0})


@pytest.mark.parametrize("key", ["a_" + "x" * 20, "aion_" + "A-z_9" * 4, "sk_live_" + "0" * 20])
def test_keys_of_any_brand_are_taken(key):
    assert AionVision(key).config.auth_header == {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_plain_http_to_this_machine_warns_and_is_taken(host):
    with pytest.warns(InsecureTransportWarning):
        AionVision(KEY, base_url=f"http://{host}:8000/api/v2")
    assert issubclass(InsecureTransportWarning, UserWarning)


@pytest.mark.parametrize("name", VARIABLES)
def test_each_variable_has_its_constant(name):
    assert getattr(aion, f"ENV_{name}") == f"AIONVISION_{name}"
    assert f"ENV_{name}" in aion.__all__


@pytest.mark.parametrize(
    ("variable", "text", "setting", "value"),
    [
        ("BASE_URL", "https://example.org", "base_url", "https://example.org"),
        ("TIMEOUT", "12.5", "timeout", 12.5),
        ("TIMEOUT", "soon", "timeout", 300.0),
        ("MAX_RETRIES", "0", "max_retries", 0),
        ("MAX_RETRIES", "1.5", "max_retries", 3),
        ("RETRY_DELAY", "0.25", "retry_delay", 0.25),
        ("POLLING_INTERVAL", "9", "polling_interval", 9.0),
        ("POLLING_TIMEOUT", "x", "polling_timeout", 360.0),
        ("TENANT_ID", "t-1", "tenant_id", "t-1"),
        ("PROXY_URL", "http://proxy:3128", "proxy_url", "http://proxy:3128"),
        ("ENABLE_TRACING", "YES", "enable_tracing", True),
        ("ENABLE_TRACING", "On", "enable_tracing", True),
        ("ENABLE_TRACING", "y", "enable_tracing", False),
    ],
)
def test_a_variable_is_read(monkeypatch, variable, text, setting, value):
    monkeypatch.setenv("AIONVISION_API_KEY", KEY)
    monkeypatch.setenv(f"AIONVISION_{variable}", text)
    assert getattr(AionVision.from_env().config, setting) == value
    assert getattr(SyncAionVision.from_env().config, setting) == value


def test_what_is_given_beats_the_environment(monkeypatch):
    monkeypatch.setenv("AIONVISION_API_KEY", KEY)
    monkeypatch.setenv("AIONVISION_TIMEOUT", "12.5")
    assert AionVision.from_env(timeout=7.0).config.timeout == 7.0
    assert AionVision.from_env(api_key="sk_" + "a" * 20).config.api_key == "sk_" + "a" * 20
    assert AionVision(KEY).config.timeout == 300.0


@pytest.mark.parametrize("kind", [AionVision, SyncAionVision, ClientConfig])
def test_a_missing_key_is_a_value_error_that_names_the_variable(kind):
    with pytest.raises(ValueError, match="AIONVISION_API_KEY"):
        kind.from_env()


def test_tenant_and_proxy_come_from_the_environment_in_the_constructor_too(monkeypatch):
    monkeypatch.setenv("AIONVISION_TENANT_ID", "t-2")
    monkeypatch.setenv("AIONVISION_PROXY_URL", "http://proxy:3128")
    for config in (ClientConfig(KEY), AionVision(KEY).config):
        assert (config.tenant_id, config.proxy_url) == ("t-2", "http://proxy:3128")
        assert config.default_headers == {"Authorization": f"Bearer {KEY}", "X-Tenant-ID": "t-2"}


def test_without_its_extra_dotenv_does_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "dotenv", None)
    assert load_dotenv() is False


def test_without_its_extra_tracing_warns_and_says_so(monkeypatch):
    monkeypatch.setattr("aion.config.is_tracing_available", lambda: False)
    monkeypatch.setattr(_tracing, "is_tracing_available", lambda: False)
    with pytest.warns(UserWarning, match="OpenTelemetry"):
        AionVision(KEY, enable_tracing=True)
    assert aion.configure_tracing() is False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        AionVision(KEY)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_name_is_exported(name):
    assert name in aion.__all__
    assert hasattr(aion, name)


FAULTS = [
    (exceptions.AuthenticationError(), "AUTH_ERROR", {}, {}),
    (
        exceptions.RateLimitError(retry_after=3, limit=10, remaining=0, reset=99),
        "RATE_LIMIT",
        {"retry_after": 3, "limit": 10, "remaining": 0, "reset": 99},
        {"retry_after": 3, "limit": 10, "remaining": 0, "reset": 99},
    ),
    (exceptions.ValidationError("no", details={"a": 1}), "VALIDATION_ERROR", {}, {"a": 1}),
    (
        exceptions.QuotaExceededError("no", available=1, limit=2, partial_results=[3]),
        "QUOTA_EXCEEDED",
        {"partial_results": [3]},
        {"available": 1, "limit": 2},
    ),
    (
        exceptions.ResourceNotFoundError("file", "f1", details={"a": 1}),
        "NOT_FOUND",
        {},
        {"resource_type": "file", "resource_id": "f1", "a": 1},
    ),
    (exceptions.AionvisionTimeoutError(), "TIMEOUT", {"last_result": None}, {}),
    (exceptions.AionvisionTimeoutError(last_result=1), "TIMEOUT", {"last_result": 1}, {"last_result": 1}),
    (exceptions.ServerError(), "SERVER_ERROR", {}, {}),
    (exceptions.AionvisionPermissionError(), "PERMISSION_DENIED", {}, {}),
    (
        exceptions.UploadError("no", filename="a", stage="upload", session_id="s", partial_results=[1]),
        "UPLOAD_ERROR",
        {"session_id": "s", "partial_results": [1]},
        {"filename": "a", "stage": "upload", "session_id": "s"},
    ),
    (
        exceptions.DescriptionError("no", image_id="i", status="failed"),
        "DESCRIPTION_ERROR",
        {},
        {"image_id": "i", "status": "failed"},
    ),
    (
        exceptions.DocumentProcessingError("no", document_id="d", status="failed"),
        "DOCUMENT_PROCESSING_ERROR",
        {},
        {"document_id": "d", "status": "failed"},
    ),
    (
        exceptions.CloudStorageError("no", job_id="j", job_status="failed"),
        "CLOUD_STORAGE_ERROR",
        {},
        {"job_id": "j", "job_status": "failed"},
    ),
    (exceptions.ChatError("no", session_id="s"), "CHAT_ERROR", {"plan_data": None}, {"session_id": "s"}),
    (
        exceptions.ChatError("no", error_code="CHAT_BUSY", plan_data={"p": 1}),
        "CHAT_BUSY",
        {"plan_data": {"p": 1}},
        {"session_id": None, "plan_data": {"p": 1}},
    ),
    (
        exceptions.BatchError("no", batch_id="b", failed_items=["i"]),
        "BATCH_ERROR",
        {},
        {"batch_id": "b", "failed_items": ["i"]},
    ),
    (exceptions.AionvisionConnectionError(), "CONNECTION_ERROR", {}, {}),
    (
        exceptions.CircuitBreakerError("GET /x", 2.5),
        "CIRCUIT_OPEN",
        {"endpoint": "GET /x", "retry_after": 2.5},
        {"endpoint": "GET /x", "retry_after": 2.5},
    ),
    (
        exceptions.VideoUploadError("no", media_id="m", stage="confirm", partial_chunks=2),
        "VIDEO_UPLOAD_ERROR",
        {"media_id": "m", "partial_chunks": 2},
        {"media_id": "m", "stage": "confirm", "partial_chunks": 2},
    ),
    (
        exceptions.VideoAnalysisError("no", media_id="m", analysis_job_id="j", status="failed"),
        "VIDEO_ANALYSIS_ERROR",
        {"media_id": "m", "analysis_job_id": "j"},
        {"media_id": "m", "analysis_job_id": "j", "status": "failed"},
    ),
    (
        exceptions.SSEStreamError("no", last_event_id="7", events_received=3, reconnect_attempts=5),
        "SSE_STREAM_ERROR",
        {"last_event_id": "7", "events_received": 3, "reconnect_attempts": 5},
        {"last_event_id": "7", "events_received": 3, "reconnect_attempts": 5},
    ),
]


@pytest.mark.parametrize(("fault", "code", "attributes", "details"), FAULTS, ids=lambda one: type(one).__name__)
def test_an_exception_has_its_code_attributes_and_details(fault, code, attributes, details):
    assert (fault.code, fault.details) == (code, details)
    assert {name: getattr(fault, name) for name in attributes} == attributes
    assert str(fault) == f"[{code}] {fault.message}"
    assert type(fault).__mro__[1] is exceptions.AionvisionError
    assert getattr(AionVision, type(fault).__name__) is type(fault)
