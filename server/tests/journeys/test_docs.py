"""The documents are true: their examples run, every operation is in them, and what they point at is there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sdk_operations import methods_by_operation, spelling

from plugins.served import clean_environment, serving
from plugins.websites import Website, serving_pages
from plugins.websites import page as page_of

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "server" / "aionserver"
SOURCES = ("README.md", "CLAUDE.md", "docs/tutorial/*.md", "docs/how-to/*.md", "api/*.md", "sdk/python/README.md")
PAGES = [page for pattern in SOURCES for page in sorted(ROOT.glob(pattern))]
NOT_RUN = re.compile(r"<!-- not run: .+ -->")
EXAMPLE_SECONDS = 60

Environment = dict[str, str]


def program(page: str, language: str) -> str:
    """A page's blocks of a language as one program, each line where it stands on the page."""
    lines: list[str] = []
    fence, is_run, marked = "", False, False
    for line in page.splitlines():
        lines.append(line if fence and is_run and line != "```" else "")
        if fence:
            fence = "" if line == "```" else fence
        elif line.startswith("```"):
            fence, is_run, marked = line, line == f"```{language}" and not marked, False
        elif line:
            marked = NOT_RUN.fullmatch(line) is not None
    return "\n".join(lines) if any(lines) else ""


def examples(language: str) -> list[Path]:
    return [page for page in PAGES if program(page.read_text(), language)]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def orchard() -> Iterator[Website]:
    """A site with a page that can be bookmarked."""
    with serving_pages() as site:
        site.put("/orchard", page_of("Pruning apple trees", body="<p>Cut an apple tree in late winter.</p>"))
        yield site


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, orchard: Website) -> Iterator[Environment]:
    """What an example finds in its environment: the address of a server that really runs, a key, and the first login.

    The server may fetch the site of this module, for it reaches no other.
    """
    with serving(tmp_path_factory.mktemp("docs"), AIONVISION_WEB_PRIVATE_HOSTS=orchard.host) as served:
        login = json.loads((served.folder / "first-login.json").read_text())
        yield {
            **clean_environment(),
            "AIONVISION_BASE_URL": served.api,
            "AIONVISION_API_KEY": served.key,
            "AIONVISION_EMAIL": login["email"],
            "AIONVISION_PASSWORD": login["password"],
            "AIONVISION_POLLING_INTERVAL": "0.1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "no_proxy": "127.0.0.1",
        }


def run(command: list[str | Path], environment: Environment, folder: Path) -> None:
    (folder / "examples").symlink_to(ROOT / "examples")
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=EXAMPLE_SECONDS, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", examples("python"), ids=name_of)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path, environment: Environment, tmp_path: Path) -> None:
    script = tmp_path / f"{page.name}.py"
    script.write_text(program(page.read_text(), "python"))
    warnings = ["-W", "error", "-W", "ignore:The API key is sent over plain HTTP"]
    run([sys.executable, *warnings, script], environment, tmp_path)


@pytest.mark.parametrize("page", examples("bash"), ids=name_of)
def test_the_commands_of_a_page_run_from_top_to_bottom(page: Path, environment: Environment, tmp_path: Path) -> None:
    script = tmp_path / f"{page.name}.sh"
    script.write_text("set -euo pipefail" + program(page.read_text(), "bash"))
    run(["bash", script], environment, tmp_path)


# The show starts a server of its own, with the whole networks.
SHOW = ("demo.py", "demo_views.py")
EXAMPLES = [page.name for page in sorted((ROOT / "examples").glob("*.py")) if page.name not in SHOW]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name: str, environment: Environment, orchard: Website, tmp_path: Path) -> None:
    links = ["--url", orchard.url("/orchard"), "--words", "apple trees"]
    options = {"links.py": links, "conversation.py": ["--approve"]}.get(name, [])
    warnings = ["-W", "error", "-W", "ignore:The API key is sent over plain HTTP"]
    run([sys.executable, *warnings, ROOT / "examples" / name, *options], environment, tmp_path)


def test_the_example_for_curl_runs(environment: Environment, tmp_path: Path) -> None:
    run(["bash", ROOT / "examples" / "search_from_curl.sh"], environment, tmp_path)


def test_the_methods_of_the_sdk_are_told_with_their_operations() -> None:
    rows = (ROOT / "docs" / "reference" / "sdk-methods.md").read_text().splitlines()
    assert "| `POST /api/v2/folders/move-files` | `client.folders.move_files` |" in rows
    assert "| `POST /api/v2/chat/sessions/{session_id}/messages/stream` | `client.chats.send_stream` |" in rows
    assert len([row for row in rows if "`client." in row]) > 80


def test_a_block_is_run_where_it_stands_unless_it_is_marked() -> None:
    page = "# Title\n```python\nfirst()\n```\n<!-- not run: why -->\n\n```python\nsecond()\n```\n```bash\nls\n```"
    assert program(page, "python") == "\n\nfirst()" + "\n" * 9
    assert program(page, "bash").strip() == "ls"


def test_every_operation_has_its_place_on_a_page_and_no_other_is_named() -> None:
    document = json.loads((ROOT / "openapi.json").read_text())
    offered = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    text = "\n".join(page.read_text() for page in (ROOT / "api").glob("*.md"))
    assert set(re.findall(r"^`((?:GET|POST|PUT|PATCH|DELETE) /[^\s`]*)`", text, re.MULTILINE)) == offered


def markdown() -> list[Path]:
    hidden = (".", "node_modules", "data")
    files = ROOT.rglob("*.md")
    return [file for file in files if not any(part.startswith(hidden) for part in file.relative_to(ROOT).parts)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, anchor = link.partition("#")
        target = page.parent / place if place else page
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield f"{name_of(page)}: {link}"


def test_every_link_between_documents_leads_somewhere() -> None:
    dead = [link for page in (*markdown(), ROOT / "llms.txt") for link in dead_links(page)]
    assert not dead, "\n".join(dead)


def test_the_list_for_language_models_has_every_page_of_the_api_and_every_reference() -> None:
    listed = set(re.findall(r"\]\(([^)\s#]+)\)", (ROOT / "llms.txt").read_text()))
    pages = {name_of(page) for pattern in ("api/*.md", "docs/reference/*.md") for page in ROOT.glob(pattern)}
    assert len(pages) > 20
    assert pages <= listed, sorted(pages - listed)


def test_what_the_sdk_is_ahead_in_is_told_to_assistants() -> None:
    operations = json.loads((ROOT / "openapi.json").read_text())["paths"]
    offered = {spelling(f"{method.upper()} {path}") for path, methods in operations.items() for method in methods}
    asked = [
        (operation in offered, name.split(".")[1])
        for operation, names in methods_by_operation().items()
        for name in names
    ]
    ahead = {resource for _, resource in asked} - {resource for is_there, resource in asked if is_there}
    told = re.search(r"That holds so far for (.*?)\.\n", (ROOT / "CLAUDE.md").read_text(), re.DOTALL)
    assert ahead == set(re.findall(r"`(\w+)`", told[1] if told else ""))


def test_the_list_for_language_models_has_every_example() -> None:
    listed = set(re.findall(r"\]\(examples/([^)\s#]+)\)", (ROOT / "llms.txt").read_text()))
    assert listed == {*EXAMPLES, "search_from_curl.sh"}


def test_the_places_that_the_map_names_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = re.findall(r"`([\w/.]+\.py)`(?: `([\w.]+)`)?", text)
    lost = [f"{file} {name}" for file, name in named if "/" in file and not is_there(file, name)]
    assert len(named) > 50
    assert not lost, "\n".join(lost)


def is_there(file: str, name: str) -> bool:
    path = next((base / file for base in (PACKAGE, ROOT) if (base / file).is_file()), None)
    return path is not None and all(
        re.search(rf"^\s*(?:(?:async )?def |class )?{part}\b", path.read_text(), re.MULTILINE)
        for part in name.split(".")
        if part
    )
