"""A hook of MkDocs: which of the repository's files are in the site, in what order, and the pages of the SDK's modules.

Pages keep the places they have in the repository, so that the links between them are the same in both.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import aion

ROOT = Path(__file__).parents[1]
SDK = ROOT / "sdk" / "python"
ABOUT = ("CLAUDE.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = ("README.md", "docs/**/*.md", "api/*.md", "sdk/python/README.md", "examples/*/README.md", *ABOUT)
# What pages show or offer besides pages.
ASSETS = ("docs/images/*", "examples/*.py", "examples/*.sh", "openapi.json", "NOTICE", "LICENSE", "llms.txt")
BEFORE_RESOURCES = ("client", "config", "exceptions", "pipeline", "progress", "testing")
MARKS = "aion.types._reference_marks"
LINK = re.compile(r"\]\(([^)#\s]+\.md)\)")

Navigation: TypeAlias = "list[str | dict[str, Any]]"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation, in the order of docs/index.md and api/README.md."""
    index = _sections(ROOT / "docs" / "index.md")
    config.nav = [
        {"Start": ["README.md", "docs/index.md"]},
        {"Tutorial": index["Tutorial"]},
        {"How to": index["How to"]},
        {"API": ["api/README.md", *_linked(ROOT / "api" / "README.md", within="api")]},
        {"Python SDK": _of_the_sdk()},
        {"Reference": [page for page in index["Reference"] if page.startswith("docs/")]},
        {"Explanation": [page for page in index["Explanation"] if page.startswith("docs/")]},
        {"Decisions": index["Decisions"]},
        {"About": [*ABOUT, *_found("examples/*/README.md")]},
    ]
    return config


def _found(pattern: str) -> list[str]:
    return sorted(str(page.relative_to(ROOT)) for page in ROOT.glob(pattern))


def _of_the_sdk() -> Navigation:
    names = [f"aion.{name}" for name in BEFORE_RESOURCES]
    groups = {"Resources": _modules("resources"), "Types": _modules("types"), "Blocking": ["aion.sync"]}
    return [
        "sdk/python/README.md",
        {"Functions": _page_of("aion")},
        *map(_entry, names),
        *({group: [_entry(name) for name in found]} for group, found in groups.items()),
    ]


def _entry(module: str) -> dict[str, str]:
    return {module.rpartition(".")[2].replace("_", " "): _page_of(module)}


def _page_of(module: str) -> str:
    return f"sdk/python/reference/{module}.md"


def _modules(package: str) -> list[str]:
    files = sorted((SDK / "aion" / package).glob("[a-z]*.py"))
    return [f"aion.{package}.{file.stem}" for file in files]


def _sections(page: Path) -> dict[str, list[str]]:
    """The pages that each section of a page links to."""
    _, *sections = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)
    return {section.partition("\n")[0]: _targets(section, page.parent) for section in sections}


def _linked(page: Path, *, within: str) -> list[str]:
    targets = _targets(page.read_text(), page.parent)
    return [target for target in targets if Path(target).parent == Path(within)]


def _targets(text: str, folder: Path) -> list[str]:
    """The pages that a text links to, from the root, each once."""
    found = ((folder / link).resolve() for link in LINK.findall(text))
    return list(dict.fromkeys(str(page.relative_to(ROOT)) for page in found if page.is_relative_to(ROOT)))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The repository's pages and what they show, the theme's own files, and a page for each module of the SDK."""
    chosen = Files([file for file in files if not _is_of_docs(file, config)])
    for path in sorted({path for pattern in (*PAGES, *ASSETS) for path in ROOT.glob(pattern) if path.is_file()}):
        chosen.append(File.generated(config, str(path.relative_to(ROOT)), abs_src_path=str(path)))
    for module in _documented():
        chosen.append(File.generated(config, _page_of(module), content=_reference(module)))
    return chosen


def _is_of_docs(file: File, config: MkDocsConfig) -> bool:
    return file.src_dir == config.docs_dir


def _documented() -> Iterator[str]:
    yield "aion"
    yield from (f"aion.{name}" for name in BEFORE_RESOURCES)
    yield from _modules("resources")
    yield from _modules("types")
    yield "aion.sync"


def _reference(module: str) -> str:
    options = "".join(f"      {name}: {value}\n" for name, value in _options(module).items())
    return f"# `{module}`\n\n::: {module}\n    options:\n{options}"


def _options(module: str) -> Mapping[str, object]:
    """Fields are shown with or without words, but not the types that a client has as attributes too."""
    if module == "aion":
        return {"members": _without_page()}
    fields = {"show_if_no_docstring": "false"} if module == "aion.sync" else {"show_if_no_docstring": "true"}
    return fields | {"inherited_members": "false" if module == "aion.client" else "true"}


def _without_page() -> list[str]:
    """What the package offers and no other page has: its modules are private."""
    homes = {name: str(getattr(getattr(aion, name), "__module__", "aion")) for name in aion.__all__}
    return [name for name, home in homes.items() if home.startswith("aion._") or home == MARKS]
