"""The pages in `api/`, as a test reads them: a section for each operation, with its commands, answers and calls."""

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from aion import AionVision

ROOT = Path(__file__).parents[3]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text())
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
# Stands for what a page leaves out: of a text its end, of a list or an object the rest.
REST = "…"
OPERATION = re.compile(r"^`((?:GET|POST|PUT|PATCH|DELETE) /[^\s`]*)`")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r'(\$AIONVISION_BASE_URL|\$\{AIONVISION_BASE_URL%/api/v2\})(/[^"\s?]*)')


@dataclass(frozen=True)
class Section:
    """What a page says of one operation: from its line to the next operation or heading."""

    page: str
    operation: str
    text: str

    def blocks(self, language: str) -> list[str]:
        """The section's blocks of a language."""
        return blocks(self.text, language)

    @property
    def prose(self) -> str:
        """All but the blocks."""
        return BLOCK.sub("", self.text)

    @property
    def answer(self) -> str | None:
        """The first block of JSON after the word for a response."""
        _, _, told = self.text.partition("Response")
        return next(iter(blocks(told, "json")), None)

    @property
    def calls(self) -> list[str]:
        """The calls of the SDK that the line `SDK:` names; none where it says so."""
        line = re.search(r"^SDK: (.*?)(?:\n\n|\Z)", self.text, re.MULTILINE | re.DOTALL)
        return [] if line is None else re.findall(r"`(client\.[^`]+)`", line[1])


def blocks(text: str, language: str) -> list[str]:
    """The blocks of a language in a text."""
    return [body for kind, body in BLOCK.findall(text) if kind == language]


def sections() -> Iterator[Section]:
    """The sections of all pages."""
    for page in sorted((ROOT / "api").glob("*.md")):
        yield from _sections(page.name, page.read_text().splitlines(keepends=True))


def _sections(page: str, lines: list[str]) -> Iterator[Section]:
    operation, kept, is_fenced = None, list[str](), False
    for line in [*lines, "# End\n"]:
        begun = None if is_fenced else OPERATION.match(line)
        if begun or (line.startswith("#") and not is_fenced):
            if operation:
                yield Section(page, operation, "".join(kept))
            operation, kept = (begun[1] if begun else None), []
        is_fenced ^= line.startswith("```")
        kept.append(line)


def commands(script: str) -> Iterator[str]:
    """The operations that the commands of a script ask for; other addresses are passed over."""
    # What is filled in may have any words in it; a placeholder fits any of the path's.
    plain = re.sub(r"\$\((?!curl)[^()]*\)", "{}", script.replace("\\\n", " "))
    for command in re.split(r"\bcurl\b", plain)[1:]:
        if address := ADDRESS.search(command):
            root = "" if "%" in address[1] else "/api/v2"
            yield f"{_verb(command[: address.end()])} {root}{address[2]}"


def _verb(command: str) -> str:
    if named := re.search(r"-X (\w+)", command):
        return named[1]
    sends = re.search(r"\s(-d|-F|--data\S*)\s", command) and not re.search(r"\s-\w*G\s", command)
    return "POST" if sends else "GET"


@cache
def operation_of(command: str) -> str | None:
    """The operation that a command asks for; what is fixed in a path stands above what is filled in."""
    fitting = [name for name in OPERATIONS if _pattern(name).fullmatch(command)]
    return min(fitting, key=lambda name: name.count("{"), default=None)


@cache
def _pattern(operation: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation)))


def schema_of(operation: str) -> dict[str, Any] | None:
    """The schema of an operation's answer in JSON; None where it has another one, or none."""
    answers = OPERATIONS[operation]["responses"]
    schemas = [answer.get("content", {}).get("application/json", {}).get("schema") for answer in _good(answers)]
    return next((schema for schema in schemas if schema), None)


def statuses(operation: str) -> set[str]:
    """The statuses with which an operation succeeds."""
    return {status for status in OPERATIONS[operation]["responses"] if status < "4"}


def _good(answers: dict[str, Any]) -> list[dict[str, Any]]:
    return [answer for status, answer in sorted(answers.items()) if status < "3"]


def faults(operation: str, answer: Any) -> list[str]:
    """Where an example differs from what the operation answers, but for what it leaves out by `…`."""
    schema = {**_read(schema_of(operation)), "components": _read(DOCUMENT["components"])}
    found = jsonschema_rs.Draft202012Validator(schema).iter_errors(answer)
    return [f"{'.'.join(map(str, fault.instance_path))}: {fault.message[:300]}" for fault in found]


def _read(schema: Any) -> Any:
    """A schema of which nothing has other fields than it names, and in which `…` may stand for the rest."""
    if isinstance(schema, list):
        return [_read(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    read = {name: _read(part) for name, part in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        whole = {"required": read.pop("required", [])}
        read["properties"][REST] = True
        return {"additionalProperties": False, **read, "if": {"required": [REST]}, "else": whole}
    if schema.get("type") == "array" and "items" in schema:
        return {**read, "items": {"anyOf": [read["items"], {"const": REST}]}}
    return read


def method_of(call: str) -> Callable[..., Any]:
    """The SDK's method that a call names; LookupError where there is none, or where it takes other arguments."""
    tree = ast.parse(call, mode="eval").body
    assert isinstance(tree, ast.Call), call
    path = ast.unparse(tree.func).split(".")[1:]
    found: Any = AionVision
    for name in path[:-1]:
        found = found.__dict__[name]._build  # the resource's class, by its accessor
    method = getattr(found, path[-1], None)
    if method is None:
        raise LookupError(call)
    given = {word.arg: None for word in tree.keywords if word.arg}
    inspect.signature(method).bind(None, *tree.args, **given)
    return method
