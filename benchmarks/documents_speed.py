"""How fast documents are read, split and turned into vectors, beside the bare libraries doing the same, and in how
much memory.

    AION_EVAL_DIR=../shared/eval python benchmarks/documents_speed.py [--rounds 3]

Pages a second: reading and splitting against PDFium's bare text of the same pages, turn by turn in one process. Pieces
a second: from pages to vectors against the network alone on the same tokens. Memory: what the child that reads holds at
most, on the largest report and on a made one of a thousand pages, read 25 pages a call.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pypdfium2
from _served import EVAL, print_machine

from aionserver.infra.sandbox import Sandbox
from aionserver.kit.chunking import Piece, split, text_to_embed
from aionserver.kit.documents.blocks import Page, ReadingOptions
from aionserver.kit.documents.reading import read_document
from aionserver.models.text_embedding.embedded import MiniLmTextEmbedder

FOLDER = EVAL / "pdfqa_financebench" / "dev" / "files"
READING_GOAL, EMBEDDING_GOAL = 0.7, 0.85
MOST_BYTES = 1 << 30
PIECES_EMBEDDED = 120
LONG_PAGES = 1_000
TIMEOUT_SECONDS = 30.0


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    reports = sorted(FOLDER.glob("*.pdf"), key=lambda path: path.stat().st_size)
    if not reports:
        print(f"skipped: no evaluation data in {EVAL} (set AION_EVAL_DIR)")
        return
    print_machine()
    embedder = MiniLmTextEmbedder(1)
    _print_reading(reports, embedder, rounds)
    _print_embedding(reports[0], embedder, rounds)
    with TemporaryDirectory() as folder:
        asyncio.run(_print_memory([reports[-1], long_pdf(reports[-1], Path(folder) / "long.pdf")]))


def pieces_of(path: Path, embedder: MiniLmTextEmbedder) -> list[Piece]:
    """The pieces of a report."""
    return list(split(_pages_of(path), True, embedder.count_tokens))


def _pages_of(path: Path) -> list[Page]:
    pages, first = list[Page](), 1
    while True:
        reading = read_document(path, "PDF", first, ReadingOptions())
        pages.extend(reading.pages)
        if reading.next_page is None:
            return pages
        first = reading.next_page


def bare_text(path: Path) -> int:
    """How many characters PDFium finds in a report."""
    with pypdfium2.PdfDocument(path) as document:
        return sum(len(page.get_textpage().get_text_range()) for page in document)


def _print_reading(reports: Sequence[Path], embedder: MiniLmTextEmbedder, rounds: int) -> None:
    """Reading and splitting beside bare text; each has as many turns, and the first of each does not count."""
    pages = sum(len(pypdfium2.PdfDocument(path)) for path in reports)
    ours, bare = list[float](), list[float]()
    for number in range(rounds + 1):
        bare_seconds = _seconds(lambda: [bare_text(path) for path in reports])
        our_seconds = _seconds(lambda: [pieces_of(path, embedder) for path in reports])
        if number:
            bare.append(bare_seconds)
            ours.append(our_seconds)
    ratio = median(bare) / median(ours)
    print(f"reading {pages} pages of {len(reports)} reports, median of {rounds}:")
    print(f"  bare text      {pages / median(bare):7.0f} pages/s")
    print(f"  read and split {pages / median(ours):7.0f} pages/s")
    _print_goal("reading against bare text", ratio, READING_GOAL)


def _print_embedding(report: Path, embedder: MiniLmTextEmbedder, rounds: int) -> None:
    """From pages to vectors beside the network alone, on as many pieces."""
    pages = _pages_of(report)
    texts = [_searched(piece) for piece in split(pages, True, embedder.count_tokens)][:PIECES_EMBEDDED]
    inputs = [_inputs(embedder, text) for text in texts]
    ours, bare = list[float](), list[float]()
    for number in range(rounds + 1):
        bare_seconds = _seconds(lambda: [_run(embedder, one) for one in inputs])
        our_seconds = _seconds(lambda: _embed(pages, embedder, len(texts)))
        if number:
            bare.append(bare_seconds)
            ours.append(our_seconds)
    print(f"vectors of {len(texts)} pieces, median of {rounds}:")
    print(f"  network alone  {len(texts) / median(bare):7.1f} pieces/s")
    print(f"  from the pages {len(texts) / median(ours):7.1f} pieces/s")
    _print_goal("vectors against the network alone", median(bare) / median(ours), EMBEDDING_GOAL)


def _embed(pages: Sequence[Page], embedder: MiniLmTextEmbedder, count: int) -> Any:
    texts = [_searched(piece) for piece in split(pages, True, embedder.count_tokens)][:count]
    return embedder.embed(texts).astype(np.float16)


def _searched(piece: Piece) -> str:
    return text_to_embed(piece.content, piece.heading_path, "A report")


def _inputs(embedder: MiniLmTextEmbedder, text: str) -> Any:
    return np.array(embedder._tokenizer.encode(text).ids, np.int64)  # pyright: ignore[reportPrivateUsage]


def _run(embedder: MiniLmTextEmbedder, ids: Any) -> Any:
    return embedder._states(ids)  # pyright: ignore[reportPrivateUsage]


async def _print_memory(files: Sequence[Path]) -> None:
    """The most that the reading child holds, call by call."""
    for path in files:
        async with Sandbox(memory_bytes=MOST_BYTES, preload=["aionserver.kit.documents.pdf"]) as sandbox:
            child = await sandbox.run(os.getpid, timeout_seconds=TIMEOUT_SECONDS)
            start = peak_bytes(child)
            peaks, first, pages, slowest = list[int](), 1, 0, 0.0
            while first:
                started = time.perf_counter()
                options = ReadingOptions()
                reading = await sandbox.run(read_document, path, "PDF", first, options, timeout_seconds=TIMEOUT_SECONDS)
                slowest = max(slowest, time.perf_counter() - started)
                peaks.append(peak_bytes(child))
                first, pages = reading.next_page or 0, reading.page_count
            told = (
                f"{max(peaks) >> 20} MiB at most, {start >> 20} before, {peaks[len(peaks) // 10] >> 20} after a tenth"
            )
            print(f"memory on {pages} pages, {path.stat().st_size >> 10} KiB: {told}; slowest call {slowest:.1f} s")


def peak_bytes(process_id: int) -> int:
    """The most that a process has held."""
    lines = [line.split() for line in Path(f"/proc/{process_id}/status").read_text().splitlines()]
    return next(int(words[1]) * 1024 for words in lines if words[0] == "VmHWM:")


def long_pdf(report: Path, target: Path) -> Path:
    """A PDF of a thousand pages, those of a report again and again."""
    with pypdfium2.PdfDocument(report) as source, pypdfium2.PdfDocument.new() as made:
        while len(made) < LONG_PAGES:
            made.import_pages(source, list(range(min(len(source), LONG_PAGES - len(made)))))
        made.save(str(target))
    return target


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _print_goal(what: str, ratio: float, goal: float) -> None:
    print(f"  goal for {what} >= {goal:.2f}: {'holds' if ratio >= goal else 'MISSED'} ({ratio:.2f})")


if __name__ == "__main__":
    main()
