"""How often the page of a company report that answers a question is among the first five: bare, and ours.

Bare is the model alone over windows of 200 tokens of PDFium's text. A page is as good as its best piece.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from _passages import Ours, windows_of
from _served import EVAL
from numpy.typing import NDArray

from aionserver.kit.chunking import split, text_to_embed
from aionserver.kit.document_titles import title_of
from aionserver.kit.documents.blocks import Page, ReadingOptions
from aionserver.kit.documents.reading import read_document
from aionserver.kit.documents.repeats import edge_texts, repeated_edges, without_repeats
from aionserver.models.text_embedding import TextEmbedder

FOLDER = EVAL / "pdfqa_financebench" / "dev"
FIRST = 5
GOAL_IN_REPORT, GOAL_OVER_ALL = 0.65, 0.50
# A page of which more of the figures is missing was not read.
READ_FROM = 0.9
Scores = NDArray[np.floating[Any]]
# The scores of texts for a question, given the vectors of both.
Ranking = Callable[[str, NDArray[np.float32], Sequence[str], NDArray[np.float32]], Scores]


@dataclass(frozen=True)
class Question:
    """A question, the report and the pages (from 1) that answer it, and the figures there and in the answer."""

    text: str
    report: str
    pages: frozenset[int]
    figures: frozenset[str]
    answer_figures: frozenset[str]


@dataclass(frozen=True)
class Text:
    """A text that is ranked, the report it is of, and its pages from 1."""

    report: str
    pages: tuple[int, ...]
    searched: str
    content: str


def print_pages_found(embedder: TextEmbedder, ranking: Ranking | None = None) -> None:
    """Print the shares of questions whose page is found, and where the others were lost."""
    questions = questions_asked()
    reports = sorted({question.report for question in questions})
    bare = [text for report in reports for text in bare_texts(embedder, report)]
    read = {report: pages_read(report) for report in reports}
    ours = [text for report in reports for text in our_texts(embedder, report, *read[report])]
    print(f"financebench: {len(questions)} questions on {len(reports)} reports, {len(ours)} pieces")
    _print_row("bare: model over windows of 200 tokens", *places(embedder, questions, bare, by_vector))
    in_report, over_all = places(embedder, questions, ours, ranking or by_product(embedder))
    _print_row("ours", in_report, over_all)
    for name, found, goal in (("right report", in_report, GOAL_IN_REPORT), ("all reports", over_all, GOAL_OVER_ALL)):
        share = _share(found)
        print(f"  goal in the {name} >= {goal:.2f}: {'holds' if share >= goal else 'MISSED'} ({share:.3f})")
    _print_losses(questions, {name: pages for name, (pages, _) in read.items()}, ours, over_all)


def questions_asked() -> list[Question]:
    """The questions of the set."""
    rows = [json.loads(line) for line in (FOLDER / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    return [_question(row["path"], row["gt"]) for row in rows]


def _question(path: str, truth: dict[str, Any]) -> Question:
    pages = frozenset(int(part["page0"]) + 1 for part in truth["evidence"])
    figures = figures_in(" ".join(part["text"] for part in truth["evidence"]))
    answered = figures_in(f"{truth['answer']} {truth['justification'] or ''}")
    return Question(truth["question"], path, pages, figures, figures & answered)


def figures_in(text: str) -> frozenset[str]:
    """The numbers of two digits and more, without the commas between thousands."""
    return frozenset(re.findall(r"\d+(?:\.\d+)?(?<=\d\d|\.\d)", text.replace(",", "")))


def bare_texts(embedder: TextEmbedder, report: str) -> list[Text]:
    """Windows of 200 tokens over PDFium's text, none longer than a page."""
    texts = list[Text]()
    with pypdfium2.PdfDocument(FOLDER / report) as document:
        for index in range(len(document)):
            for window in windows_of(embedder, document[index].get_textpage().get_text_range().split()):
                texts.append(Text(report, (index + 1,), window, window))
    return texts


def pages_read(report: str) -> tuple[list[Page], str | None]:
    """The pages of a report as the product reads them, and the report's own title."""
    pages, title, first = list[Page](), None, 1
    while True:
        reading = read_document(FOLDER / report, "pdf", first, ReadingOptions())
        pages.extend(reading.pages)
        title = title or reading.title
        if reading.next_page is None:
            return list(without_repeats(pages, repeated_edges(map(edge_texts, pages)))), title
        first = reading.next_page


def our_texts(embedder: TextEmbedder, report: str, pages: Sequence[Page], own_title: str | None) -> list[Text]:
    """The pieces of a report."""
    title = title_of(Path(report).name, own_title)
    return [
        Text(report, piece.page_numbers, text_to_embed(piece.content, piece.heading_path, title), piece.content)
        for piece in split(pages, True, embedder.count_tokens)
    ]


def by_vector(question: str, asked: NDArray[np.float32], texts: Sequence[str], vectors: NDArray[np.float32]) -> Scores:
    """Cosines alone."""
    return vectors @ asked


def by_product(embedder: TextEmbedder) -> Ranking:
    """As the product ranks."""

    @cache
    def over(texts: tuple[str, ...]) -> Ours:
        return Ours(embedder, [[text] for text in texts])

    return lambda question, asked, texts, vectors: over(tuple(texts)).scores(question)


def places(
    embedder: TextEmbedder, questions: Sequence[Question], texts: Sequence[Text], ranking: Ranking
) -> tuple[list[int], list[int]]:
    """The place, from 1, of the best right page of each question: among its report's pages, and among all."""
    vectors = embedder.embed([text.searched for text in texts])
    own, among_all = list[int](), list[int]()
    for question in questions:
        (asked,) = embedder.embed([question.text])
        within = [place for place, text in enumerate(texts) if text.report == question.report]
        for found, chosen in ((own, within), (among_all, list(range(len(texts))))):
            few = [texts[place] for place in chosen]
            scores = ranking(question.text, asked, [text.searched for text in few], vectors[chosen])
            found.append(_place(question, few, scores))
    return own, among_all


def _place(question: Question, texts: Sequence[Text], scores: Scores) -> int:
    """0 where no text is of a right page."""
    seen = dict[tuple[str, int], None]()
    order: list[int] = np.argsort(-scores, kind="stable").tolist()
    for at in order:
        for page in texts[at].pages:
            seen.setdefault((texts[at].report, page))
    right = [number for number, page in enumerate(seen, 1) if page[0] == question.report and page[1] in question.pages]
    return right[0] if right else 0


def _share(found: Sequence[int]) -> float:
    return sum(0 < place <= FIRST for place in found) / len(found)


def _print_row(name: str, in_report: Sequence[int], over_all: Sequence[int]) -> None:
    print(f"  {name:40} right report {_share(in_report):.3f}   all reports {_share(over_all):.3f}")


def _print_losses(
    questions: Sequence[Question], pages: dict[str, list[Page]], texts: Sequence[Text], found: Sequence[int]
) -> None:
    """Where the questions were lost whose page is not among the first five of all reports."""
    losses = Counter[str]()
    for question, place in zip(questions, found, strict=True):
        said = figures_in(" ".join(_text_of(page) for page in pages[question.report] if page.number in question.pages))
        pieces = [text for text in texts if text.report == question.report and question.pages & {*text.pages}]
        if len(question.figures & said) < READ_FROM * len(question.figures):
            losses["extraction"] += 1
        elif not any(question.answer_figures & said <= figures_in(text.content) for text in pieces):
            losses["chunking"] += 1
        elif not 0 < place <= FIRST:
            losses["ranking"] += 1
    parts = ", ".join(f"{name} {losses[name] / len(questions):.3f}" for name in ("extraction", "chunking", "ranking"))
    print(f"  lost to {parts} (figures of the page not read; those of the answer in no one piece; not in the first 5)")


def _text_of(page: Page) -> str:
    return "\n".join(block.text for block in page.blocks)
