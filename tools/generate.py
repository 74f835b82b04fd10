"""Writes the files that are made from the code: `make generate`; `--check` only says whether they are up to date."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, TypeVar

from sdk_operations import methods_by_operation, spelling

import aionserver
from aionserver.app import describe_app
from aionserver.infra.errors import AionError
from aionserver.infra.sandbox_errors import SandboxError
from aionserver.infra.settings import Settings
from aionserver.infra.web.faults import CODES_BY_STATUS
from aionserver.kit.picture_faults import PictureError

ROOT = Path(__file__).parents[1]
Row = tuple[str, ...]
Known = TypeVar("Known", AionError, PictureError)
# These never go over HTTP.
OPERATORS_ONLY = ("aionserver.supervisor", "aionserver.infra.embedded_postgres")
ERRORS_HEAD = """# Error codes

Every answer with a status of 400 and above has one body:

```json
{"error": {"code": "FILE_NOT_FOUND", "message": "There is no such file.", "details": null}, "request_id": "…"}
```

`code` is for programs and stays; `message` is for people. A 422 lists `{field, issue}` in `details`.

"""


def openapi() -> str:
    """The OpenAPI document."""
    return json.dumps(_document(), indent=2, ensure_ascii=False) + "\n"


@cache
def _document() -> dict[str, Any]:
    return describe_app().openapi()


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each operation, in order."""
    return sorted(
        (path, method.upper(), one) for path, item in _document()["paths"].items() for method, one in item.items()
    )


def settings() -> str:
    """The table of settings."""
    rows = [_setting(name) for name in Settings.model_fields]
    head = (
        "# Settings\n\nEvery setting is an environment variable, read once at start. "
        "Options of the command line stand above them.\n\n"
    )
    return head + _table(("Variable", "Type", "Default", "Meaning"), rows)


def _setting(name: str) -> Row:
    field = Settings.model_fields[name]
    schema = Settings.model_json_schema(by_alias=False)["properties"][name]
    default = "" if field.default is None else f"`{schema.get('default', field.default)}`"
    return (f"`AIONVISION_{name.upper()}`", _type_of(schema), default, field.description or "")


def _type_of(schema: dict[str, object]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    if "anyOf" in schema:
        parts: list[dict[str, object]] = schema["anyOf"]  # pyright: ignore[reportAssignmentType]
        return _type_of(next(part for part in parts if part.get("type") != "null"))
    return str(schema.get("format") or schema.get("type"))


def errors() -> str:
    """The table of error codes."""
    for module in walk_packages(aionserver.__path__, "aionserver."):
        if not module.name.startswith("aionserver.migrations") and "__main__" not in module.name:
            import_module(module.name)
    # Ours stand over the web framework's, and the more special over the more general.
    meanings = {(code, str(status)): "The URL takes other methods." for status, code in CODES_BY_STATUS.items()}
    meanings["INTERNAL_ERROR", "500"] = "A fault of the server; its log has the request's id."
    known = [error for error in _family(AionError) if not error.__module__.startswith(OPERATORS_ONLY)]
    meanings |= {(error.code, str(error.status)): _meaning(error) for error in reversed(known[1:])}
    answers = sorted((*key, text) for key, text in meanings.items() if key[0].isupper())
    steps = sorted((kind.code, _meaning(kind)) for kind in [*_family(PictureError)[1:], *_family(SandboxError)[1:]])
    return (
        ERRORS_HEAD
        + _table(("Code", "Status", "Meaning"), answers)
        + "\n## Processing\n\nA file that can't be processed stays, with one of these codes in the server's log\n"
        "and a sentence in `description_error` or `variant_error`.\n\n" + _table(("Code", "Meaning"), steps)
    )


ACCESS_HEAD = """# Roles and scopes

What each operation asks of its caller: a role at least (viewer, editor, admin, owner), and of a key that is limited to
scopes one of those named. Keys without scopes have all that their role allows; an owner's key may do what is the
owner's. "session" is for people who have logged in: keys are refused.

"""


def access() -> str:
    """The table of what each operation asks of its caller."""
    rows = [(f"`{method} {path}`", *_access_of(one)) for path, method, one in _operations()]
    return ACCESS_HEAD + _table(("Operation", "Role", "Scopes"), rows)


def _access_of(operation: dict[str, Any]) -> tuple[str, str]:
    role = operation.get("x-required-role")
    if role is None:
        return "", "see its page" if operation.get("security") else "public"
    if operation["x-session-only"]:
        return role, "session"
    of_keys = operation["x-required-role-of-keys"]
    scopes = ", ".join(f"`{scope}`" for scope in operation["x-required-scopes"])
    return role if of_keys == role else f"{role}; {of_keys} of a key", scopes


METHODS_HEAD = """# Operations and their methods in the SDK

Which method of the Python SDK asks for which operation; what is built on these methods, such as `list_all`, is not
named again. `SyncAionVision` has the same ones. Operations without a method are there over HTTP.

"""


def methods() -> str:
    """The table of operations with the methods of the SDK."""
    found = methods_by_operation()
    named = [f"{method} {path}" for path, method, _ in _operations()]
    rows = [(f"`{name}`", _names(found.get(spelling(name), []))) for name in named]
    return METHODS_HEAD + _table(("Operation", "Method"), rows)


def _names(methods: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in methods)


def _meaning(error: type[Exception]) -> str:
    return (error.__doc__ or "").split("\n\n")[0]


def _family(kind: type[Known]) -> list[type[Known]]:
    """The kind and all of ours below it, in an order that does not hang on what was imported first."""
    family = [kind]
    for child in sorted(kind.__subclasses__(), key=lambda one: (one.__module__, one.__qualname__)):
        if child.__module__.startswith("aionserver."):
            family += _family(child)
    return family


def _table(head: Row, rows: list[Row]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


FILES: dict[str, Callable[[], str]] = {
    "openapi.json": openapi,
    "docs/reference/settings.md": settings,
    "docs/reference/errors.md": errors,
    "docs/reference/roles-and-scopes.md": access,
    "docs/reference/sdk-methods.md": methods,
}


def main(arguments: list[str]) -> int:
    """0 when all is up to date (or was written), 1 otherwise."""
    check = "--check" in arguments
    stale = [name for name, make in FILES.items() if _is_stale(ROOT / name, make(), check=check)]
    sync = subprocess.run([sys.executable, ROOT / "tools" / "generate_sync.py", *arguments], check=False)
    if check and stale:
        print(f"not up to date: {', '.join(stale)}; run `make generate`", file=sys.stderr)
    return 1 if sync.returncode or (check and stale) else 0


def _is_stale(path: Path, content: str, *, check: bool) -> bool:
    stale = not path.exists() or path.read_text() != content
    if stale and not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        print(f"wrote {path.relative_to(ROOT)}")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
