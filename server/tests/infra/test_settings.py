"""Settings: read from the environment, refused in a sentence, and all of them documented."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import ValidationError

from aionserver.infra.settings import Settings, read_settings, settings_problem

ROOT = Path(__file__).parents[3]


def tool(name: str) -> ModuleType:
    """One of the repository's tools, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["openapi.json", "docs/reference/settings.md", "docs/reference/errors.md"])
def test_what_is_generated_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text() == tool("generate").FILES[name](), "run `make generate`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_meaning(name: str) -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith(f"| `AIONVISION_{name.upper()}` |")]
    assert len(rows) == 1
    assert rows[0][3].rstrip(" |").endswith(".")


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIONVISION_PORT", "9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/db")
    monkeypatch.setenv("AIONVISION_UNKNOWN", "ignored")
    found = read_settings()
    assert found.port == 9000
    assert found.database_url is not None and found.database_url.get_secret_value() == "postgresql://somewhere/db"
    assert "somewhere" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "70000"), ("log_level", "loud"), ("max_upload_bytes", "12"), ("signed_url_seconds", "x"), ("models", "")],
)
def test_a_setting_that_is_wrong_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"AIONVISION_{name.upper()}", value)
    with pytest.raises(ValidationError) as caught:
        read_settings()
    problem = settings_problem(caught.value)
    assert problem.startswith(f"AIONVISION_{name.upper()}: ") and problem.endswith(".")


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    secret = settings.read_secret()
    assert len(secret) >= 32
    assert settings.read_secret() == secret
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o777 == 0o600
    given = Settings.model_validate({"data_dir": tmp_path, "secret_key": "k" * 40})
    assert given.read_secret() == b"k" * 40
