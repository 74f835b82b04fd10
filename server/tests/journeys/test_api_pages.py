"""The pages in `api/` tell of each operation all there is to know, and nothing that does not hold."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sdk_operations import methods_by_operation, spelling

from plugins.api_pages import (
    OPERATIONS,
    ROOT,
    Section,
    blocks,
    commands,
    faults,
    method_of,
    operation_of,
    schema_of,
    sections,
    statuses,
)

SECTIONS = list(sections())
PAGES = sorted((ROOT / "api").glob("*.md"))
METHODS = methods_by_operation()

every_section = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: f"{section.page}: {section.operation}")


def known_errors() -> set[tuple[str, str]]:
    rows = (ROOT / "docs" / "reference" / "errors.md").read_text()
    return {(code, status) for code, status in re.findall(r"^\| ([A-Z_]+) \| (\d{3}) \|", rows, re.MULTILINE)}


def errors_told(section: Section) -> Iterator[tuple[str, str]]:
    """Codes with their statuses, in the paragraphs that tell of errors; a status holds for the codes after it."""
    for paragraph in re.findall(r"\bErrors?: .*?(?:\n\n|\Z)", section.prose, re.DOTALL):
        status = ""
        for number, code in re.findall(r"\b([45]\d\d)\b|`([A-Z][A-Z_]{3,})`", paragraph):
            status = number or status
            if code and not code.startswith("AIONVISION_"):
                yield code, status


def test_each_operation_has_one_section() -> None:
    assert sorted(section.operation for section in SECTIONS) == sorted(OPERATIONS)


@every_section
def test_a_section_has_a_command_that_asks_for_its_operation(section: Section) -> None:
    asked = [operation_of(command) for block in section.blocks("bash") for command in commands(block)]
    assert section.operation in asked


@every_section
def test_a_section_tells_the_answer(section: Section) -> None:
    told = re.findall(r"\bResponses? (\d{3})", section.prose)
    assert told, "It does not say `Response` with a status."
    assert set(told) <= statuses(section.operation)
    if schema_of(section.operation):
        assert section.answer is not None, "The response has no block of JSON."
        assert faults(section.operation, json.loads(section.answer)) == []


@every_section
def test_a_section_tells_the_errors(section: Section) -> None:
    assert re.search(r"\bErrors?: ", section.prose)
    assert set(errors_told(section)) <= known_errors()


@every_section
def test_a_section_tells_the_method_of_the_sdk(section: Section) -> None:
    assert re.search(r"^SDK: ", section.prose, re.MULTILINE)
    for call in section.calls:
        method_of(call)
    offered = METHODS.get(spelling(section.operation), [])
    named = [call.split("(")[0] for call in section.calls]
    if offered and any(asks_itself(name) for name in offered):
        assert set(named) & {*offered, *(name.replace(".uploads.", ".") for name in offered)}


def asks_itself(method: str) -> bool:
    """Whether a method is for the operation, and does not ask for it among many others on the way."""
    return len([operation for operation, methods in METHODS.items() if method in methods]) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_json_is_json(page: Path) -> None:
    for block in blocks(page.read_text(), "json"):
        json.loads(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_asks_for_an_operation_that_there_is(page: Path) -> None:
    asked = [command for block in blocks(page.read_text(), "bash") for command in commands(block)]
    assert [command for command in asked if operation_of(command) is None] == []


def test_a_command_is_read_as_a_shell_would() -> None:
    script = 'ID=$(curl -sS -F "file=@a.jpg" \\\n    "$AIONVISION_BASE_URL/user-files/upload/stream" | sed s/x/y/)\n'
    script += 'curl -X DELETE "$AIONVISION_BASE_URL/folders/$(echo "$ID" | cut -c 1)?mode=delete_all"\n'
    script += 'curl -G -d a=b "${AIONVISION_BASE_URL%/api/v2}/health"\ncurl -X PUT "$URL"'
    assert [operation_of(command) for command in commands(script)] == [
        "POST /api/v2/user-files/upload/stream",
        "DELETE /api/v2/folders/{folder_id}",
        "GET /health",
    ]


def test_an_example_with_a_wrong_field_or_without_a_needed_one_is_found() -> None:
    folder = {"id": "1", "name": "Trips", "files_affected": 1, "subfolders_affected": 0, "mode": "delete_all"}
    assert "name" in faults("DELETE /api/v2/folders/{folder_id}", folder)[0]
    assert len(faults("DELETE /api/v2/folders/{folder_id}", {"id": "1"})) == 3
    assert faults("DELETE /api/v2/folders/{folder_id}", {"id": "1", "…": "…"}) == []


def test_a_call_with_an_argument_that_is_not_there_is_found() -> None:
    with pytest.raises(TypeError):
        method_of("client.folders.create(name, colour=None)")
    with pytest.raises(LookupError):
        method_of("client.folders.paint(name)")
