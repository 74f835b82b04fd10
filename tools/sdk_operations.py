"""Which methods of the SDK ask for which operation, read from the SDK's code."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "sdk" / "python" / "aion"
VERBS = ("get", "post", "put", "patch", "delete")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def methods_by_operation() -> dict[str, list[str]]:
    """`GET /user-files` and the like, in any spelling of their placeholders, each with the methods that ask for it."""
    sdk = Sdk()
    found: dict[str, list[str]] = {}
    for attribute, kind in sdk.resources():
        methods = sdk.methods(kind)
        for name, method in methods.items():
            operations = set[str]() if name.startswith("_") else sdk.asked(method, methods)
            for operation in sorted(operations):
                found.setdefault(operation, []).append(f"client.{attribute}.{name}")
    return found


def spelling(operation: str) -> str:
    """An operation without the names of its placeholders, and without the API's prefix."""
    return re.sub(r"\{\w+\}", "{}", operation).replace(" /api/v2/", " /")


class Sdk:
    """The resources' code, parsed."""

    def __init__(self) -> None:
        modules = [ast.parse(path.read_text()) for path in sorted((PACKAGE / "resources").glob("*.py"))]
        nodes = [node for module in modules for node in module.body]
        self.functions = {node.name: node for node in nodes if isinstance(node, Function)}
        self.classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
        self.texts = dict(_constants(nodes))

    def resources(self) -> Iterator[tuple[str, ast.ClassDef]]:
        """Each resource's attribute of the client, and its class."""
        client = (PACKAGE / "client.py").read_text()
        for attribute, name in re.findall(r"^    (\w+) = Accessor\((\w+)\)$", client, re.MULTILINE):
            yield attribute, self.classes[name]

    def methods(self, kind: ast.ClassDef) -> dict[str, Function]:
        """The methods of a class by their names, with those of its bases."""
        bases = [self.classes[base.id] for base in kind.bases if isinstance(base, ast.Name) and base.id in self.classes]
        inherited = {name: method for base in bases for name, method in self.methods(base).items()}
        return inherited | {node.name: node for node in kind.body if isinstance(node, Function)}

    def asked(self, function: Function, own: dict[str, Function]) -> set[str]:
        """The operations that a function asks for, itself or by what it calls besides public methods."""
        return self._asked(function, own, self.texts, set())

    def _asked(
        self, function: Function, own: dict[str, Function], known: Mapping[str, str], seen: set[ast.AST]
    ) -> set[str]:
        if function in seen:
            return set()
        seen.add(function)
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        # A path may be handed on, under the same name.
        texts = {**known, **dict(_constants(ast.walk(function)))}
        found = {operation for call in calls if (operation := _operation(call, texts)) is not None}
        for call in calls:
            for helper, its_own in self._called(call, own):
                found |= self._asked(helper, its_own, texts, seen)
        return found

    def _called(self, call: ast.Call, own: dict[str, Function]) -> Iterator[tuple[Function, dict[str, Function]]]:
        """A function or the methods of a class, called by its bare name; a method of `self` that is not public."""
        match call.func:
            case ast.Name(id=name) if name in self.functions:
                yield self.functions[name], {}
            case ast.Name(id=name) if name in self.classes:
                methods = self.methods(self.classes[name])
                yield from ((method, methods) for method in methods.values())
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if name.startswith("_") and name in own:
                yield own[name], own
            case _:
                pass


def _operation(call: ast.Call, texts: Mapping[str, str]) -> str | None:
    match call:
        case ast.Call(func=ast.Name(id=verb), args=[ast.Constant(value=str(path)), *_]) if verb in VERBS:
            return spelling(f"{verb.upper()} {path}")
        case ast.Call(func=ast.Name(id=verb), args=[ast.Name(id=name), *_]) if verb in VERBS and name in texts:
            return spelling(f"{verb.upper()} {texts[name]}")
        case _:
            return None


def _constants(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """The names that are given to texts."""
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text
            case _:
                pass
