"""Whatever a reader comes to, its caller is told of the document, not of the reader."""

from pathlib import Path

import pytest

from aionserver.kit.documents import plain
from aionserver.kit.documents.blocks import ReadingOptions
from aionserver.kit.documents.faults import CorruptDocument, UnsupportedFormat
from aionserver.kit.documents.reading import read_document
from plugins.documents import code_of


def test_a_format_nobody_reads_is_said_to_be_so() -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        read_document(b"x", "DOC", 1, ReadingOptions())
    assert caught.value.sentence == "Documents in the format DOC are not read."


def test_a_fault_that_nobody_foresaw_counts_as_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a part")

    monkeypatch.setattr(plain, "read", fail)
    with pytest.raises(CorruptDocument) as caught:
        read_document(b"x", "text", 1, ReadingOptions())
    assert isinstance(caught.value.__cause__, KeyError)
    assert code_of(b"x", "text").startswith("a fault of ours")


@pytest.mark.parametrize("file_format", ["PDF", "DOCX", "text"])
def test_a_file_that_is_gone_is_no_damaged_document(tmp_path: Path, file_format: str) -> None:
    with pytest.raises(FileNotFoundError):
        read_document(tmp_path / "gone", file_format, 1, ReadingOptions())
