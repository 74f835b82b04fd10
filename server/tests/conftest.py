"""What all server tests share."""

import re
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

PLUGINS = ("database", "product", "served", "s3", "disks", "smtp", "oidc", "websites", "language_models")
pytest_plugins = [f"plugins.{name}" for name in PLUGINS]

# Speed is measured in benchmarks; here a busy machine is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# What is random in a parameter has no place in a test's name: two processes that share the tests out would not agree.
RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=_)[0-9A-Za-z]{40}(?![0-9A-Za-z])")


def pytest_make_parametrize_id(val: object) -> str | None:
    """The name of a text parameter without ids and tokens in it."""
    return RANDOM.sub("random", val) if isinstance(val, str) and RANDOM.search(val) else None


@pytest.fixture(autouse=True)
def plain_logging() -> Iterator[None]:
    """Log lines go where they go by default, whatever a command that was tested before has set."""
    yield
    structlog.reset_defaults()
