"""How much of a document's text is read, and in which order: ours beside bare libraries on the same files.

Words are compared with the reviewed text of each file: F1 of the words whatever their order, and F1 of those in order.
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from statistics import fmean

import docx
import pypdfium2
from _served import EVAL

from aionserver.kit.documents.blocks import ReadingOptions
from aionserver.kit.documents.faults import DocumentError
from aionserver.kit.documents.reading import READERS, read_document
from aionserver.kit.markdown_tables import spoken
from aionserver.kit.media_types import HEAD_BYTES, sniff

FOLDER = EVAL / "doc_extraction" / "dev"
GOALS = {"PDF": 0.975, "DOCX": 0.95}
_WORD = re.compile(r"\w+")
# F1 of the words, and of the words in order.
Score = tuple[float, float]


def print_texts_read() -> bool:
    """Print a row a format; whether the goals hold."""
    rows = [json.loads(line) for line in (FOLDER / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    ours, bare = dict[str, list[Score]](), dict[str, list[Score]]()
    for row in (row for row in rows if row["gt"].get("text")):
        path, truth = FOLDER / row["path"], row["gt"]["text"]
        name = _format_of(path)
        ours.setdefault(name, []).append(_score(truth, text_read(path, name)))
        if name in BARE:
            bare.setdefault(name, []).append(_score(truth, BARE[name](path)))
    print(f"text read: F1 of words, and of words in order, on {sum(map(len, ours.values()))} files")
    for name in sorted(ours):
        print(f"  {name:8} {len(ours[name]):2} files  ours {_mean(ours[name])}  bare {_mean(bare.get(name, []))}")
    held = [_holds(name, goal, ours.get(name, [])) for name, goal in GOALS.items()]
    return all(held)


def text_read(path: Path, file_format: str) -> str:
    """A document's text as the product reads it, tables in words; nothing where it is refused."""
    texts, first = list[str](), 1
    while True:
        try:
            reading = read_document(path, file_format, first, ReadingOptions())
        except DocumentError as fault:
            print(f"  {path.name}: {fault.code}")
            return ""
        texts.extend(spoken(block.text) for page in reading.pages for block in page.blocks)
        if reading.next_page is None:
            return "\n".join(texts)
        first = reading.next_page


def _format_of(path: Path) -> str:
    with path.open("rb") as file:
        media = sniff(file.read(HEAD_BYTES), path.name)
    return media.format.upper() if media and media.format.upper() in READERS else "TEXT"


def _bare_pdf(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def _bare_docx(path: Path) -> str:
    try:
        document = docx.Document(str(path))
    except (KeyError, ValueError, zipfile.BadZipFile):
        return ""
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


BARE: dict[str, Callable[[Path], str]] = {"PDF": _bare_pdf, "DOCX": _bare_docx}


def _score(truth: str, read: str) -> Score:
    expected, found = _WORD.findall(truth.lower()), _WORD.findall(read.lower())
    together = sum((Counter(expected) & Counter(found)).values())
    in_order = sum(block.size for block in SequenceMatcher(None, expected, found, autojunk=False).get_matching_blocks())
    total = max(1, len(expected) + len(found))
    return 2 * together / total, 2 * in_order / total


def _mean(scores: Sequence[Score]) -> str:
    if not scores:
        return "    -      -"
    return f"{fmean(score[0] for score in scores):.3f}  {fmean(score[1] for score in scores):.3f}"


def _holds(name: str, goal: float, scores: Sequence[Score]) -> bool:
    if not scores:
        return True
    found = fmean(score[0] for score in scores)
    print(f"  goal for {name} >= {goal:.3f}: {'holds' if found >= goal else 'MISSED'} ({found:.3f})")
    return found >= goal
