"""Documents: which passages are found, what a score is worth, what is read of files; beside bare methods.

python benchmarks/quality_documents.py [--abstracts 5183]

The first run embeds all texts, which takes a quarter of an hour on two cores; vectors are kept in the temporary folder.
With fewer abstracts, those of the first are taken, and the claims that only they answer.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from _pages_found import our_texts, pages_read, print_pages_found, questions_asked
from _passages import Bare, Ours, Scores, chunks_of, fused_by_places, ndcg, windows_of, z
from _remembered import RememberingEmbedder
from _served import EVAL, print_machine
from _texts_read import print_texts_read

from aionserver.kit.passage_ranking import COVERAGE_TO_MEANING
from aionserver.models.text_embedding.embedded import MiniLmTextEmbedder

THRESHOLD, SURE = 0.3, 0.7
LOOKED_AT = 20


@dataclass(frozen=True)
class Asked:
    """A question, what was asked before it, the documents that answer it with their grades, and its group."""

    text: str
    relevant: dict[int, int]
    group: str
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Set:
    """Questions over documents, each a title and a text."""

    name: str
    documents: list[tuple[str, str]]
    questions: list[Asked]


def rows_of(path: str) -> list[dict[str, Any]]:
    """The lines of a file of the evaluation data."""
    return [json.loads(line) for line in (EVAL / path).read_text(encoding="utf-8").splitlines()]


def scifact(most: int) -> Set:
    """Claims over abstracts."""
    corpus = rows_of("ret_scifact/corpus.jsonl")[:most]
    places = {row["_id"]: number for number, row in enumerate(corpus)}
    relevant = defaultdict[str, dict[str, int]](dict)
    for line in (EVAL / "ret_scifact/dev/qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            relevant[query][document] = int(grade)
    questions = [
        Asked(row["text"], {places[one]: grade for one, grade in relevant[row["_id"]].items()}, row["_id"])
        for row in rows_of("ret_scifact/dev/queries.jsonl")
        if relevant.get(row["_id"]) and all(one in places for one in relevant[row["_id"]])
    ]
    return Set("scifact", [(row["title"], row["text"]) for row in corpus], questions)


def mtrag() -> Set:
    """Turns of conversations over passages; those that nothing answers included."""
    corpus = rows_of("conv_mtrag/corpus.jsonl")
    places = {row["_id"]: number for number, row in enumerate(corpus)}
    questions = list[Asked]()
    for row in rows_of("conv_mtrag/dev/manifest.jsonl"):
        truth = row["gt"]
        relevant = {places[one]: 1 for one in truth["relevant"] if one in places}
        earlier = tuple(turn["text"] for turn in truth["history"] if turn["speaker"] == "user")
        questions.append(Asked(truth["question"], relevant, row["conversation_id"], earlier))
    return Set("mtrag", [(row["title"], row["text"]) for row in corpus], questions)


def mean(values: Sequence[float]) -> float:
    """The mean."""
    return float(np.mean(values))


def print_scifact(embedder: RememberingEmbedder, claims: Set) -> Ours:
    """nDCG@10 of ours and of bare fusion."""
    bare = Bare(embedder, [[f"{title} {text}".strip()] for title, text in claims.documents])
    ours = Ours(embedder, [chunks_of(embedder, title, text) for title, text in claims.documents])
    gained = defaultdict[str, list[float]](list)
    for asked in claims.questions:
        vector, words = bare.by_vector(asked.text), bare.by_words(asked.text)
        for name, scores in (
            ("bare: model over whole abstracts", vector),
            ("bare: BM25, stemmed", words),
            ("bare: z-scores, .7 model + .3 BM25", 0.7 * z(vector) + 0.3 * z(words)),
            ("ours", ours.scores(asked.text)),
        ):
            gained[name].append(ndcg(scores, asked.relevant, 10))
    print(f"scifact: {len(claims.questions)} claims over {len(claims.documents)} abstracts, nDCG@10")
    print_means(gained)
    gain = mean(gained["ours"]) - mean(gained["bare: z-scores, .7 model + .3 BM25"])
    print(f"  goal: ours >= z-scores + .02: {'holds' if gain >= 0.02 else 'MISSED'} ({gain:+.3f})")
    return ours


def print_mtrag(embedder: RememberingEmbedder, turns: Set) -> Ours:
    """nDCG@5 on the last turn, and with what was asked before."""
    whole = [f"{title} {text}".strip() for title, text in turns.documents]
    bare = Bare(embedder, [windows_of(embedder, text.split()) or [text] for text in whole])
    ours = Ours(embedder, [chunks_of(embedder, title, text) for title, text in turns.documents])
    gained = defaultdict[str, list[float]](list)
    for asked in turns.questions:
        if not asked.relevant:
            continue
        everything = " ".join((*asked.earlier, asked.text))
        vector, words = bare.by_vector(asked.text), bare.by_words(asked.text)
        for name, scores in (
            ("bare: model over windows", vector),
            ("bare: BM25, stemmed", words),
            ("bare: reciprocal ranks", fused_by_places(vector, words)),
            ("bare: the same, all turns", fused_by_places(bare.by_vector(everything), bare.by_words(everything))),
            ("ours, last turn", ours.scores(asked.text)),
            ("ours, with history", ours.scores(asked.text, asked.earlier)),
        ):
            gained[name].append(ndcg(scores, asked.relevant, 5))
    print(f"\nmtrag: {len(gained['ours, last turn'])} turns over {len(turns.documents)} passages, nDCG@5")
    print_means(gained)
    gain = mean(gained["ours, last turn"]) - mean(gained["bare: reciprocal ranks"])
    print(f"  goal: last turn above reciprocal ranks: {'holds' if gain > 0 else 'MISSED'} ({gain:+.3f})")
    gain = mean(gained["ours, with history"]) - mean(gained["ours, last turn"])
    print(f"  goal: history does no harm: {'holds' if gain >= 0 else 'MISSED'} ({gain:+.3f})")
    return ours


def print_means(gained: dict[str, list[float]]) -> None:
    """A line for each way."""
    for name, values in gained.items():
        print(f"  {name:36} {mean(values):.3f}")


def print_scores(sets: Sequence[tuple[Set, Ours]]) -> None:
    """What scores are worth: of the first 20 documents of each question, how many are relevant, by their score."""
    print(f"\nwhat a score says, of the first {LOOKED_AT} documents of each question")
    for asked, ours in sets:
        found = [pair for question in asked.questions for pair in judged(ours.scores(question.text), question)]
        every = sum(len(question.relevant) for question in asked.questions)
        for least in (THRESHOLD, SURE):
            hits = [is_relevant for score, is_relevant in found if score >= least]
            precision = mean(hits) if hits else float("nan")
            row = f"  {asked.name:12} score >= {least}: {len(hits):5} found, {precision:.2f} of them relevant"
            goal = "" if least != SURE or not hits else f"   goal .70: {'holds' if precision >= 0.7 else 'MISSED'}"
            print(f"{row}, {sum(hits) / every:.2f} of all relevant{goal}")


def judged(scores: Scores, question: Asked) -> list[tuple[float, int]]:
    """The first documents' scores, and whether they are relevant."""
    order: list[int] = np.argsort(-scores, kind="stable")[:LOOKED_AT].tolist()
    return [(float(scores[number]), int(number in question.relevant)) for number in order]


def print_crossed(turns: Set, ours: Ours) -> None:
    """Whether fitting holds for conversations that were not fitted: the score's logistic function, left one out."""
    rows = list[tuple[float, int, str]]()
    for question in turns.questions:
        meaning, coverage = ours.signals(question.text)
        best = np.zeros(len(turns.documents))
        np.maximum.at(best, ours.owners, meaning + COVERAGE_TO_MEANING * coverage)
        rows += [(signal, hit, question.group) for signal, hit in judged(best, question)]
    signals, hits = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    groups = np.array([row[2] for row in rows])
    crossed = np.zeros(len(rows))
    for group in sorted(set(groups)):
        rest = groups != group
        bias, slope = fitted(signals[rest], hits[rest])
        crossed[~rest] = 1 / (1 + np.exp(-(bias + slope * signals[~rest])))
    bias, slope = fitted(signals, hits)
    print(f"\nfitted over {turns.name}: {bias:.2f} + {slope:.2f} x signal; a conversation left out at a time:")
    for low, high in ((0.0, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 1.0)):
        inside = (crossed >= low) & (crossed < high)
        if inside.any():
            said, true = crossed[inside].mean(), hits[inside].mean()
            print(f"  {inside.sum():5} said to be relevant with {said:.2f}, were so with {true:.2f}")


def fitted(signals: Scores, hits: Scores) -> tuple[float, float]:
    """Bias and slope of the logistic function, by Newton's method."""
    columns, weights = np.stack([np.ones(len(signals)), signals], axis=1), np.zeros(2)
    for _ in range(50):
        said = 1 / (1 + np.exp(-columns @ weights))
        curve = (columns * (said * (1 - said))[:, None]).T @ columns + 1e-3 * np.eye(2)
        weights -= np.linalg.solve(curve, columns.T @ (said - hits) + 1e-3 * weights)
    return float(weights[0]), float(weights[1])


def print_unanswerable(sets: Sequence[tuple[Set, Ours]], turns: Set, over_turns: Ours) -> None:
    """Questions that nothing answers: those of one set over the documents of another, and those of MTRAG's own."""
    print(f"\nquestions without an answer, of which nothing is found from {THRESHOLD} on")
    silent = list[bool]()
    for asked, _ in sets:
        for other, ours in sets:
            if other.name != asked.name:
                quiet = [ours.scores(one.text).max() < THRESHOLD for one in asked.questions[:100]]
                silent += quiet
                print(f"  those of {asked.name:12} over {other.name:12} {mean(quiet):.3f}")
    answered = [over_turns.scores(one.text).max() >= THRESHOLD for one in turns.questions if one.relevant]
    own = [over_turns.scores(one.text).max() < THRESHOLD for one in turns.questions if not one.relevant]
    print(f"  those of mtrag over its own passages  {mean(own):.3f} ({len(own)}; near misses on purpose)")
    refused, missed = sum(silent) + sum(own), len(answered) - sum(answered)
    print(f"  refused: precision {refused / (refused + missed):.3f}, recall {refused / (len(silent) + len(own)):.3f}")
    print(f"  of mtrag's turns with an answer, something is found for {mean(answered):.3f}")


def reports(embedder: RememberingEmbedder) -> tuple[Set, Ours]:
    """Pages of company reports as documents."""
    questions, pages = questions_asked(), dict[tuple[str, int], list[str]]()
    for report in sorted({question.report for question in questions}):
        for text in our_texts(embedder, report, *pages_read(report)):
            pages.setdefault((report, text.pages[0]), []).append(text.searched)
    places = {page: number for number, page in enumerate(pages)}
    asked = [
        Asked(one.text, {places[one.report, page]: 1 for page in one.pages if (one.report, page) in places}, one.report)
        for one in questions
    ]
    return Set("financebench", [("", "")] * len(pages), asked), Ours(embedder, list(pages.values()))


def main(abstracts: int) -> None:
    """Print everything."""
    if not (EVAL / "ret_scifact").is_dir():
        sys.exit(f"AION_EVAL_DIR does not lead to the evaluation data (tried {EVAL})")
    print_machine()
    embedder = RememberingEmbedder(MiniLmTextEmbedder(1))
    claims, turns = scifact(abstracts), mtrag()
    over_claims, over_turns = print_scifact(embedder, claims), print_mtrag(embedder, turns)
    print()
    print_pages_found(embedder)
    pages, over_pages = reports(embedder)
    sets = [(claims, over_claims), (turns, over_turns), (pages, over_pages)]
    print_scores(sets)
    print_crossed(turns, over_turns)
    print_unanswerable(sets, turns, over_turns)
    print("\ntexts read from files")
    print_texts_read()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--abstracts", type=int, default=5183)
    main(parser.parse_args().abstracts)
