"""What import-linter cannot say: by which of its modules a noun may be entered."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import aionserver

PACKAGE = Path(aionserver.__file__).parent
NOUNS = "aionserver.domains"
DOORS = {"service", "schemas", "events", "errors"}
LISTS = {"wiring.py", "migrations/env.py"}  # they name every part of every noun, and do nothing else


def entered(source: str) -> Iterator[tuple[str, str]]:
    """Noun and module of every import from a noun; the module is empty where the noun as a whole is imported."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith(f"{NOUNS}."):
                noun, _, rest = name.removeprefix(f"{NOUNS}.").partition(".")
                yield noun, rest.partition(".")[0]


def home_of(module: Path) -> str:
    """The noun a module belongs to; empty for a module of none."""
    parts = module.relative_to(PACKAGE).parts
    return parts[1] if parts[0] == "domains" and len(parts) > 2 else ""


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if str(path.relative_to(PACKAGE)) not in LISTS]


def test_a_noun_is_entered_only_by_its_service_schemas_events_or_errors() -> None:
    trespassers = [
        f"{module.relative_to(PACKAGE)} -> {noun}.{door or '(the package)'}"
        for module in modules()
        for noun, door in entered(module.read_text())
        if noun != home_of(module) and door not in DOORS
    ]
    assert not trespassers, "\n".join(trespassers)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from aionserver.domains.files.tables import File", ("files", "tables")),
        ("from aionserver.domains.files import queries as q", ("files", "queries")),
        ("import aionserver.domains.files.service", ("files", "service")),
        ("from aionserver.domains import files", ("files", "")),
        ("def late():\n    from aionserver.domains.files.jobs import run", ("files", "jobs")),
    ],
)
def test_every_way_to_write_an_import_is_seen(source: str, expected: tuple[str, str]) -> None:
    assert list(entered(source)) == [expected]


def test_relative_imports_do_not_hide_a_way_in() -> None:
    relative = [
        module
        for module in modules()
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []
