"""What a client is told once: its key, the server's address, and how patient to be."""

from __future__ import annotations

import copy
import importlib
import os
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional, Union
from urllib.parse import SplitResult, urlsplit

from ._tracing import is_tracing_available

__all__ = [
    "ENV_API_KEY",
    "ENV_BASE_URL",
    "ENV_ENABLE_TRACING",
    "ENV_MAX_RETRIES",
    "ENV_POLLING_INTERVAL",
    "ENV_POLLING_TIMEOUT",
    "ENV_PROXY_URL",
    "ENV_RETRY_DELAY",
    "ENV_TENANT_ID",
    "ENV_TIMEOUT",
    "ClientConfig",
    "InsecureTransportWarning",
    "load_dotenv",
]

ENV_API_KEY = "AIONVISION_API_KEY"
ENV_BASE_URL = "AIONVISION_BASE_URL"
ENV_TIMEOUT = "AIONVISION_TIMEOUT"
ENV_MAX_RETRIES = "AIONVISION_MAX_RETRIES"
ENV_RETRY_DELAY = "AIONVISION_RETRY_DELAY"
ENV_POLLING_INTERVAL = "AIONVISION_POLLING_INTERVAL"
ENV_POLLING_TIMEOUT = "AIONVISION_POLLING_TIMEOUT"
ENV_TENANT_ID = "AIONVISION_TENANT_ID"
ENV_PROXY_URL = "AIONVISION_PROXY_URL"
ENV_ENABLE_TRACING = "AIONVISION_ENABLE_TRACING"

DEFAULT_BASE_URL = "https://api.aionvision.tech/api/v2"
API_KEY_PATTERN = re.compile(r"^[a-z]+_[A-Za-z0-9_-]{20,}$")

_TRUTHY = frozenset({"true", "1", "yes", "on"})
_HEADER_VALUE = re.compile(r"[\x21-\x7e]+")
_POSITIVE = ("timeout", "retry_delay", "polling_interval", "polling_timeout", "circuit_breaker_timeout")
_AT_LEAST_ONE = ("circuit_breaker_failure_threshold", "circuit_breaker_success_threshold")


class InsecureTransportWarning(UserWarning):
    """The key travels unencrypted because the server is addressed over plain HTTP."""


def _environment_value(name: str) -> Optional[str]:
    return os.environ.get(name) or None


@dataclass
class ClientConfig:
    """Checked settings of a client; times are in seconds. Raises ValueError for what cannot work."""

    api_key: str = field(repr=False)
    base_url: str = DEFAULT_BASE_URL
    timeout: float = 300.0
    max_retries: int = 3
    retry_delay: float = 1.0
    polling_interval: float = 2.0
    polling_timeout: float = 360.0
    tenant_id: Optional[str] = field(default_factory=lambda: _environment_value(ENV_TENANT_ID))
    # a proxy address may hold a password
    proxy_url: Optional[str] = field(default_factory=lambda: _environment_value(ENV_PROXY_URL), repr=False)
    circuit_breaker_enabled: bool = True
    circuit_breaker_failure_threshold: int = 5
    circuit_breaker_success_threshold: int = 2
    circuit_breaker_timeout: float = 30.0
    enable_logging: bool = True
    enable_tracing: bool = False
    tracing_service_name: str = "aionvision-sdk"
    propagate_trace_context: bool = True
    send_correlation_id: bool = True
    send_request_id: bool = True

    def __post_init__(self) -> None:
        self._check_key()
        self._check_numbers()
        self.base_url = self.base_url.rstrip("/")
        _check_base_url(self.base_url)
        self._check_routing()
        if self.enable_tracing and not is_tracing_available():
            warnings.warn("Tracing is on but OpenTelemetry is not installed.", UserWarning, stacklevel=3)

    @property
    def auth_header(self) -> dict[str, str]:
        """The header that carries the key."""
        return {"Authorization": f"Bearer {self.api_key}"}

    @property
    def default_headers(self) -> dict[str, str]:
        """The headers every request carries."""
        tenant = {"X-Tenant-ID": self.tenant_id} if self.tenant_id else {}
        return {**self.auth_header, **tenant}

    @classmethod
    def from_env(
        cls,
        *,
        api_key: Optional[str] = None,
        base_url: Optional[str] = None,
        timeout: Optional[float] = None,
        max_retries: Optional[int] = None,
        retry_delay: Optional[float] = None,
        polling_interval: Optional[float] = None,
        polling_timeout: Optional[float] = None,
        tenant_id: Optional[str] = None,
        proxy_url: Optional[str] = None,
        enable_tracing: Optional[bool] = None,
        **kwargs: Any,
    ) -> ClientConfig:
        """Settings from AIONVISION_* variables; a value given here wins, a default fills the rest."""
        given: dict[str, Any] = {
            "api_key": api_key,
            "base_url": base_url,
            "timeout": timeout,
            "max_retries": max_retries,
            "retry_delay": retry_delay,
            "polling_interval": polling_interval,
            "polling_timeout": polling_timeout,
            "tenant_id": tenant_id,
            "proxy_url": proxy_url,
            "enable_tracing": enable_tracing,
        }
        explicit = {name: value for name, value in given.items() if value is not None}
        values = {**_from_environment(), **explicit, **kwargs}
        if "api_key" not in values:
            raise ValueError(f"No API key: set {ENV_API_KEY} or pass api_key.")
        return cls(**values)

    def with_limits(self, **limits: Optional[float]) -> ClientConfig:
        """A copy with those of `limits` that are not None. Raises ValueError for what cannot work."""
        # a copy, because making it anew would warn of plain HTTP again
        config = copy.copy(self)
        for name, value in limits.items():
            if value is not None:
                setattr(config, name, value)
        config._check_numbers()
        return config

    def _check_key(self) -> None:
        if not self.api_key:
            raise ValueError("api_key is empty.")
        if not API_KEY_PATTERN.fullmatch(self.api_key):
            raise ValueError("api_key is malformed: expected a lower-case prefix, '_' and 20 or more characters.")

    def _check_numbers(self) -> None:
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be greater than 0.")
        if self.max_retries < 0:
            raise ValueError("max_retries must not be negative.")
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1.")

    def _check_routing(self) -> None:
        if self.proxy_url is not None:
            proxy = _split(self.proxy_url, "proxy_url")
            if proxy.scheme not in ("http", "https") or not proxy.hostname:
                raise ValueError("proxy_url must be http(s)://host[:port].")
        if self.tenant_id and not _HEADER_VALUE.fullmatch(self.tenant_id):
            raise ValueError("tenant_id holds characters a header cannot carry.")


def _split(url: str, name: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ValueError(f"{name} is not a URL: {error}") from error


def _check_base_url(base_url: str) -> None:
    parts = _split(base_url, "base_url")
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise ValueError("base_url must be https://host/path.")
    if parts.scheme == "https":
        return
    if not _is_this_machine(parts.hostname):
        raise ValueError("base_url must use https; http is only for localhost.")
    warnings.warn("The API key is sent over plain HTTP.", InsecureTransportWarning, stacklevel=5)


def _is_this_machine(host: str) -> bool:
    # "127.evil.example" is a name, not an address of this machine
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def _from_environment() -> dict[str, Any]:
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "api_key": (ENV_API_KEY, str),
        "base_url": (ENV_BASE_URL, str),
        "timeout": (ENV_TIMEOUT, float),
        "max_retries": (ENV_MAX_RETRIES, int),
        "retry_delay": (ENV_RETRY_DELAY, float),
        "polling_interval": (ENV_POLLING_INTERVAL, float),
        "polling_timeout": (ENV_POLLING_TIMEOUT, float),
        "tenant_id": (ENV_TENANT_ID, str),
        "proxy_url": (ENV_PROXY_URL, str),
        "enable_tracing": (ENV_ENABLE_TRACING, _truthy),
    }
    values: dict[str, Any] = {}
    for name, (variable, read) in readers.items():
        text = _environment_value(variable)
        if text is None:
            continue
        try:
            values[name] = read(text)
        except ValueError:
            continue  # an unreadable number counts as not set
    return values


def _truthy(text: str) -> bool:
    return text.strip().lower() in _TRUTHY


def load_dotenv(dotenv_path: Optional[Union[str, Path]] = None, *, override: bool = False) -> bool:
    """Whether a .env file was loaded into the environment; False when python-dotenv is not installed."""
    try:
        dotenv = importlib.import_module("dotenv")
    except ImportError:
        return False
    path = dotenv_path or dotenv.find_dotenv(usecwd=True)
    return dotenv.load_dotenv(path, override=override) is not False
