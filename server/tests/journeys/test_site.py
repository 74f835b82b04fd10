"""The site is whole: it builds strictly, loads nothing from elsewhere, and has all that the SDK offers."""

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import aion
import aion.testing
from aion._namespace import TypeNamespace

ROOT = Path(__file__).parents[3]
LOADED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=["']?(?:https?:)?//[^"'\s>]+""")
BUILD_SECONDS = 300


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. No proxy leads anywhere, so what would be fetched fails."""
    folder = tmp_path_factory.mktemp("site")
    nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return folder


def anchors(site: Path) -> set[str]:
    """What has a place of its own on the SDK's pages: `aion.resources.files.FilesResource.list`."""
    pages = (site / "sdk" / "python" / "reference").glob("*.html")
    return {name for page in pages for name in re.findall(r'id="(aion\.[\w.]+)"', page.read_text())}


def offered(package: ModuleType) -> Iterator[tuple[str, Any]]:
    """Every public class and function of a package, and the public methods of the classes, with their names."""
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            yield name, thing
        if inspect.isclass(thing):
            yield from ((f"{name}.{method}", member) for method, member in methods_of(thing))


def methods_of(kind: type) -> Iterator[tuple[str, Any]]:
    """Those of its own and of its bases, but not the types that a client has as attributes too."""
    for name, member in inspect.getmembers(kind, lambda one: inspect.isroutine(one) or isinstance(one, property)):
        home = next(base for base in kind.__mro__ if name in vars(base))
        if not name.startswith("_") and home.__module__.startswith("aion") and home is not TypeNamespace:
            yield name, member


def test_every_page_loads_what_it_needs_from_the_site_itself(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 100
    foreign = [f"{page.name}: {found}" for page in pages for found in LOADED.findall(page.read_text())]
    assert not foreign, "\n".join(foreign)


def test_every_class_function_and_method_of_the_sdk_has_its_place_on_the_site(site: Path) -> None:
    there = anchors(site)
    lost = [name for package in (aion, aion.testing) for name, _ in offered(package) if not is_there(name, there)]
    assert not lost, "\n".join(lost)


def is_there(name: str, there: set[str]) -> bool:
    return any(anchor.endswith(f".{name}") for anchor in there)


def test_every_class_function_and_method_of_the_sdk_says_what_it_gives() -> None:
    members = [member for package in (aion, aion.testing) for member in offered(package)]
    silent = [name for name, member in members if not (member.__doc__ or "").strip()]
    assert len(members) > 1000
    assert not silent, "\n".join(silent)


def test_every_page_of_the_documents_is_on_the_site(site: Path) -> None:
    pages = [page.relative_to(ROOT) for folder in ("docs", "api") for page in (ROOT / folder).rglob("*.md")]
    lost = [str(page) for page in pages if not (site / page.parent / made_of(page)).is_file()]
    assert len(pages) > 50
    assert not lost, "\n".join(lost)


def made_of(page: Path) -> str:
    return "index.html" if page.name in ("README.md", "index.md") else f"{page.stem}.html"
