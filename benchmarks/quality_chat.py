"""Chat: what the embedded assistant finds, answers and refuses in conversations, beside bare methods; and how soon.

python benchmarks/quality_chat.py [--turns 159]

Each conversation of MTRAG is held over HTTP with a served instance whose library is its passages, and once more in a
library of passages of other subjects, where nothing answers. With fewer turns, whole conversations are left out.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log2
from typing import Any

import httpx2
from _conversations import FOLDER, HALVES, Asked, Library, asked_turns, filled, passages, token_f1
from _remembered import RememberingEmbedder
from _served import Server, fresh_server, percentile, print_machine

from aionserver.domains.assistant.answering import UNSURE
from aionserver.domains.search.documents import search_documents
from aionserver.domains.search.schemas import ChunkQuery, FoundChunk
from aionserver.infra.building import build_infra
from aionserver.infra.embedded_postgres import urls_of_running
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.kit.citations import find_citations
from aionserver.kit.sentences import sentences
from aionserver.kit.spoken.following import goes_on
from aionserver.models.text_embedding import TextEmbedder
from aionserver.models.text_embedding.embedded import MiniLmTextEmbedder

GOAL_MS = 150.0
FOUND, PLACES = 30, 5
SENTENCES = 4
WARMING = 5
CITATION = re.compile(r"\[\[[^\[\]]*\]\]")


@dataclass(frozen=True)
class Heard:
    """An answer as it was streamed, what its citations may lead to, and when it began, in milliseconds."""

    content: str
    references: frozenset[str]
    event_ms: float
    word_ms: float

    @property
    def words(self) -> str:
        """What is said, without citations."""
        return CITATION.sub(" ", self.content)

    @property
    def is_refusal(self) -> bool:
        """Whether it says that nothing was found, or that it is not sure of what comes nearest."""
        return not self.cites or self.content.startswith(UNSURE)

    @property
    def cites(self) -> list[str]:
        """Ids of the documents that it quotes."""
        return [one.id for one in find_citations(self.content) if one.kind == "doc"]

    def answers(self, asked: Asked, library: Library) -> bool:
        """Whether a document is quoted that answers."""
        return not {str(library.documents[one]) for one in asked.relevant}.isdisjoint(self.cites)

    @property
    def lost(self) -> int:
        """How many citations lead nowhere."""
        marks = CITATION.findall(self.content)
        return len(marks) - sum(one.id in self.references for one in find_citations(self.content))


async def hear(client: httpx2.AsyncClient, session: str, question: str) -> Heard:
    """The answer to one message."""
    started, event_ms, word_ms, whole = time.perf_counter(), 0.0, 0.0, dict[str, Any]()
    path = f"/chat/sessions/{session}/messages/stream"
    async with client.stream("POST", path, json={"message": question}) as answer:
        name = ""
        async for line in answer.aiter_lines():
            elapsed_ms = (time.perf_counter() - started) * 1000
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
                event_ms = event_ms or elapsed_ms
                word_ms = word_ms or (elapsed_ms if name == "token" else 0.0)
            elif line.startswith("data: ") and name == "complete":
                whole = json.loads(line.removeprefix("data: "))
    known = {*whole["result_refs"], *(one["document_id"] for one in whole["tool_document_data"])}
    return Heard(whole["content"], frozenset(known), event_ms, word_ms)


async def hold(server: Server, library: Library, turns: Sequence[Asked]) -> list[Heard]:
    """The answers to turns, each conversation in a session of its own."""
    headers, heard = {"Authorization": f"Bearer {library.key}"}, list[Heard]()
    async with httpx2.AsyncClient(
        base_url=f"{server.url}/api/v2", headers=headers, timeout=120, trust_env=False
    ) as client:
        for _, conversation in groupby(turns, lambda one: one.conversation):
            session = json.loads((await client.post("/chat/sessions", json={})).text)["session_id"]
            heard += [await hear(client, session, one.question) for one in conversation]
    return heard


async def found(infra: Infra, library: Library, question: str, earlier: Sequence[str] = ()) -> list[FoundChunk]:
    """The best passages, however unlikely."""
    wanted = ChunkQuery(question, FOUND, 0.0)
    return await search_documents(infra, lambda: infra.open_system_scope(library.tenant_id), wanted, earlier)


def ndcg(chunks: Sequence[FoundChunk], library: Library, asked: Asked) -> float:
    """The gain of the first documents, each at the place of its best passage, of what it could be."""
    ranked = list(dict.fromkeys(one.document.id for one in chunks))[:PLACES]
    wanted = {library.documents[one] for one in asked.relevant}
    best = sum(_gain(place) for place in range(min(PLACES, len(wanted))))
    return sum(_gain(place) for place, one in enumerate(ranked) if one in wanted) / best


def _gain(place: int) -> float:
    return 1 / log2(place + 2)


def first_sentences(chunks: Sequence[FoundChunk], most: int) -> str:
    """How the best passage begins: an answer without any choice of sentences."""
    return " ".join(sentences(chunks[0].content)[:most]) if chunks else ""


async def print_found(infra: Infra, library: Library, turns: Sequence[Asked], heard: Sequence[Heard]) -> None:
    """Places of what answers, and the words of answers, over the turns that something answers."""
    gained, told = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for asked, ours in zip(turns, heard, strict=True):
        if not asked.relevant:
            continue
        alone = await found(infra, library, asked.question)
        follows = asked.earlier if goes_on(asked.question) else ()
        with_history = await found(infra, library, asked.question, follows)
        gained["last turn alone"].append(ndcg(alone, library, asked))
        gained["as the assistant asks, with history"].append(ndcg(with_history, library, asked))
        for name, words in (
            ("bare: first sentence of the best passage", first_sentences(alone, 1)),
            (f"bare: its first {SENTENCES} sentences", first_sentences(alone, SENTENCES)),
            ("bare: the whole best passage", alone[0].content if alone else ""),
            ("ours", ours.words),
            *([("ours, of those answered without doubt", ours.words)] if not ours.is_refusal else []),
        ):
            told[name].append(token_f1(words, asked.reference))
    print(f"\n{len(gained['last turn alone'])} turns with an answer over {len(library.documents)} documents")
    print_means("passages found, nDCG@5", gained)
    gain = mean(gained["as the assistant asks, with history"]) - mean(gained["last turn alone"])
    print_goal("history does no harm", gain >= 0, f"{gain:+.3f}")
    print_means("words shared with the reference, F1", told)
    bare = max(mean(values) for name, values in told.items() if name.startswith("bare"))
    print_goal("ours above each bare answer", mean(told["ours"]) > bare, f"{mean(told['ours']) - bare:+.3f}")


def print_refused(library: Library, turns: Sequence[Asked], here: Sequence[Heard], elsewhere: Sequence[Heard]) -> None:
    """Of turns that nothing answers, which were refused; of those with an answer, which were not."""
    answerable = [ours for asked, ours in zip(turns, here, strict=True) if asked.relevant]
    near = [ours for asked, ours in zip(turns, here, strict=True) if asked.answerability == "UNANSWERABLE"]
    far = [ours for asked, ours in zip(turns, elsewhere, strict=True) if asked.answerability != "CONVERSATIONAL"]
    print("\nrefused, for nothing is found that probably answers; and of these, with what comes nearest")
    for name, some in (
        ("turns with an answer", answerable),
        ("turns without, over passages of their subject", near),
        ("turns over passages of other subjects", far),
    ):
        refusals = [one for one in some if one.is_refusal]
        doubts = sum(bool(one.cites) for one in refusals)
        print(f"  {name:48} {len(refusals):4} of {len(some)}; {doubts}")
    refused = sum(one.is_refusal for one in (*near, *far))
    missed = sum(one.is_refusal for one in answerable)
    print(f"  precision {refused / max(1, refused + missed):.3f}, recall {refused / max(1, len(near) + len(far)):.3f}")
    cited = [(asked, ours) for asked, ours in zip(turns, here, strict=True) if asked.relevant and not ours.is_refusal]
    print(f"  of {len(cited)} turns answered without doubt, a passage that answers is cited for ", end="")
    print(f"{mean([float(ours.answers(asked, library)) for asked, ours in cited]):.3f}")


def print_told(heard: Sequence[Heard]) -> None:
    """Citations that lead somewhere, and times."""
    marks = sum(len(CITATION.findall(one.content)) for one in heard)
    lost = sum(one.lost for one in heard)
    print(f"\n{marks} citations in {len(heard)} answers")
    print_goal("all of them resolve", marks > 0 and lost == 0, f"{lost} lost")
    for name, values in (
        ("first event", [one.event_ms for one in heard[WARMING:]]),
        ("first word", [one.word_ms for one in heard[WARMING:]]),
    ):
        p95 = percentile(values, 0.95)
        print(f"{name}: p50 {percentile(values, 0.5):.0f} ms, p95 {p95:.0f} ms")
        print_goal(f"{name}, p95 <= {GOAL_MS:.0f} ms", p95 <= GOAL_MS, f"{p95:.0f} ms")


def print_means(title: str, gained: dict[str, list[float]]) -> None:
    """A line for each way."""
    print(f" {title}")
    for name, values in gained.items():
        print(f"  {name:48} {mean(values):.3f}")


def print_goal(goal: str, holds: bool, seen: str) -> None:
    """Whether a goal is held."""
    print(f"  goal: {goal}: {'holds' if holds else 'MISSED'} ({seen})")


def mean(values: Sequence[float]) -> float:
    """The mean."""
    return sum(values) / len(values)


async def measure(server: Server, most_turns: int) -> None:
    """Make the libraries, hold the conversations, print."""
    infra = opened(server)
    try:
        embedder = RememberingEmbedder(MiniLmTextEmbedder(1))
        here = await filled(infra, embedder, passages())
        halves = [await filled(infra, embedder, passages(half)) for half in HALVES]
        turns = asked_turns(most_turns)
        print(f"{len(turns)} turns of {len({one.conversation for one in turns})} conversations", flush=True)
        heard = await hold(server, here, turns)
        elsewhere = dict[int, Heard]()
        for half, library in zip(HALVES, halves, strict=True):
            others = [number for number, one in enumerate(turns) if one.collection not in half]
            elsewhere |= zip(others, await hold(server, library, [turns[number] for number in others]), strict=True)
        await print_found(infra, here, turns, heard)
        print_refused(here, turns, heard, [elsewhere[number] for number in range(len(turns))])
        print_told([*heard, *elsewhere.values()])
    finally:
        await infra.close()


def opened(server: Server) -> Infra:
    """The served instance's database, as the product opens it."""
    urls = urls_of_running(server.folder / "data")
    if urls is None:
        raise ConnectionError("the database does not run")
    settings = {"data_dir": server.folder / "benchmark", "database_url": urls.application}
    infra = build_infra(Settings.model_validate(settings), {})
    infra.models[TextEmbedder] = MiniLmTextEmbedder(1)
    return infra


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=159)
    given = parser.parse_args()
    if not FOLDER.is_dir():
        sys.exit(f"AION_EVAL_DIR does not lead to the evaluation data (tried {FOLDER.parent})")
    print_machine()
    with fresh_server() as server:
        asyncio.run(measure(server, given.turns))
    print_machine()


if __name__ == "__main__":
    main()
