"""Hostile documents are read or refused with a code, in bounded time and memory, and the next one is read as ever.

With AIONVISION_TEST_HOSTILE=long the cost of each is printed, and more damaged ones are tried.
"""

import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from security.child_memory import Watch, tell
from security.hostile_documents import damaged, good, made

from aionserver.infra.sandbox import Sandbox
from aionserver.infra.sandbox_errors import SandboxError
from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.faults import DocumentError
from aionserver.kit.documents.reading import READERS, read_document
from aionserver.kit.media_types import DOCUMENTS, sniff
from plugins.documents import code_of

ROOT = Path(__file__).parents[3]
SET = ROOT / os.environ.get("AION_EVAL_DIR", "../shared/eval") / "hostile" / "dev"
needs_set = pytest.mark.skipif(not SET.is_dir(), reason="the evaluation data is not here (AION_EVAL_DIR)")
LONG = os.environ.get("AIONVISION_TEST_HOSTILE") == "long"

MEMORY_BYTES = 1 << 30
MOST_SECONDS = 30
# What a run of the sandbox may take beyond its job's time: to end the child, to start the next.
GRACE_SECONDS = 10
CODES = {"read", "corrupt_file", "password_protected", "too_large", "unsupported_format", "timeout"}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(memory_bytes=MEMORY_BYTES) as found:
        yield found


@pytest.fixture
def watch() -> Iterator[Watch]:
    with Watch(os.getpid()) as found:
        yield found


async def fate(sandbox: Sandbox, data: Path | bytes, file_format: str) -> str:
    """ "read", or the code with which a document is refused."""
    started = time.monotonic()
    try:
        reading = await sandbox.run(read_document, data, file_format, 1, ReadingOptions(), timeout_seconds=MOST_SECONDS)
        assert isinstance(reading, Reading)
        return "read"
    except (DocumentError, SandboxError) as fault:
        return fault.code if str(fault).endswith(".") and "\n" not in str(fault) else f"no sentence: {fault}"
    finally:
        assert time.monotonic() - started < MOST_SECONDS + GRACE_SECONDS


async def is_well(sandbox: Sandbox) -> bool:
    """Whether a good document is read as ever."""
    data = good()["PDF"]
    reading = await sandbox.run(read_document, data, "PDF", 1, ReadingOptions(), timeout_seconds=MOST_SECONDS)
    return [block.text for block in reading.pages[0].blocks] == ["A good document. It has two lines."]


def test_every_format_has_its_reader() -> None:
    assert {media.format.upper() for media in DOCUMENTS} == set(READERS) == {name.upper() for name in good()}


@pytest.mark.parametrize("file_format", good())
def test_a_good_document_of_every_format_is_known_and_read(file_format: str) -> None:
    data, endings = good()[file_format], {"CSV": ".csv", "Markdown": ".md", "HTML": ".html"}
    media = sniff(data[:4096], f"file{endings.get(file_format, '')}")
    assert media is not None and media.format == file_format
    assert code_of(data, file_format) == "read"


@needs_set
async def test_every_document_of_the_set_ends_and_the_next_good_one_is_read(sandbox: Sandbox, watch: Watch) -> None:
    rows = [json.loads(line) for line in (SET / "manifest.jsonl").read_text().splitlines()]
    counts = Counter[str]()
    for row in rows:
        path = SET / row["path"]
        media = sniff(path.read_bytes()[:4096], path.name)
        if media is not None and media.media_type != "document":
            continue
        code = await fate(sandbox, path, media.format if media else "PDF")
        assert code in CODES, path.name
        counts[code] += 1
        if code != "read":
            assert await is_well(sandbox), path.name
    assert counts["read"] > 90 and counts["password_protected"] > 10
    assert watch.peak_bytes < MEMORY_BYTES


@pytest.mark.parametrize("name", made())
async def test_a_document_made_to_do_harm_ends_and_the_next_good_one_is_read(
    pytestconfig: pytest.Config, sandbox: Sandbox, watch: Watch, name: str
) -> None:
    file_format, make = made()[name]
    started = time.monotonic()
    code = await fate(sandbox, make(), file_format)
    if LONG:
        tell(pytestconfig, time.monotonic() - started, watch, code, name)
    assert code in CODES
    assert await is_well(sandbox)
    assert watch.peak_bytes < MEMORY_BYTES


@pytest.mark.parametrize(
    "name, code",
    [
        ("entities that multiply", "corrupt_file"),
        ("a ZIP of zeros", "too_large"),
        ("a ZIP of twenty thousand parts", "too_large"),
        ("pages without end", "too_large"),
    ],
)
def test_a_bomb_is_refused_before_it_is_unpacked(name: str, code: str) -> None:
    file_format, make = made()[name]
    assert code_of(make(), file_format) == code


@pytest.mark.parametrize("file_format", sorted(set(good()) - {"PDF"}))
def test_a_damaged_document_is_read_or_refused(file_format: str) -> None:
    for data in damaged(good()[file_format], 300 if LONG else 25):
        assert code_of(data, file_format) in CODES


async def test_a_damaged_pdf_is_read_or_refused(sandbox: Sandbox) -> None:
    for data in damaged(good()["PDF"], 300 if LONG else 25):
        assert await fate(sandbox, data, "PDF") in CODES
    assert await is_well(sandbox)


@pytest.mark.parametrize("file_format", good())
def test_a_document_of_another_format_is_read_or_refused(file_format: str) -> None:
    for data in good().values():
        assert code_of(data, file_format) in CODES
