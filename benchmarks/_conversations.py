"""Conversations of MTRAG, and libraries of its passages: of all of them, and of some subjects only."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from _remembered import RememberingEmbedder
from _served import EVAL
from sqlalchemy import text

from aionserver.domains.accounts import service as accounts
from aionserver.domains.api_keys import service as api_keys
from aionserver.domains.chunks import queries
from aionserver.domains.chunks.queries import IndexEntry
from aionserver.domains.chunks.service import keep_pieces
from aionserver.infra.actors import Role
from aionserver.infra.database import open_session
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.chunking import chunk_ids, split, text_to_embed
from aionserver.kit.documents.blocks import Block, Page
from aionserver.kit.ids import new_id
from aionserver.kit.late_interaction import packed
from aionserver.kit.passage_terms import weights_of
from aionserver.kit.passage_words import words_of_passage
from aionserver.kit.words import tokens

FOLDER = EVAL / "conv_mtrag"
DOCUMENTS_AT_ONCE = 100
# How the ids of passages begin, by the collection that they are of.
COLLECTIONS = {
    "ibmcloud": re.compile(r"ibmcld_"),
    "govt": re.compile(r"[0-9a-f]{16}-"),
    "clapnq": re.compile(r"[0-9]+_[0-9]"),
    "fiqa": re.compile(r"[0-9]+-"),
}
HALVES = (frozenset({"ibmcloud", "govt"}), frozenset({"clapnq", "fiqa"}))
FILE = text("""
    insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target,
        upload_method, size_bytes, sha256, variant_status, description_status, text_extraction_status)
    values (:id, :tenant_id, 'document', 'text/plain', 'TEXT', :filename, '', 'default', 'stream', 1, '', 'completed',
        'completed', 'completed')
""")
DOCUMENT = text("""
    insert into documents (file_id, tenant_id, version, title, language, has_pages)
    values (:id, :tenant_id, '1', :title, 'en', false)
""")
ARTICLES = {"a", "an", "the"}


@dataclass(frozen=True)
class Asked:
    """A turn: its question, what the person said before, the answer of the reference, and passages that answer."""

    conversation: str
    collection: str
    question: str
    earlier: tuple[str, ...]
    reference: str
    relevant: frozenset[str]
    answerability: str


@dataclass(frozen=True)
class Library:
    """A tenant with passages as documents, by their ids in the evaluation data; and a key of it."""

    tenant_id: UUID
    key: str
    documents: Mapping[str, UUID]


def asked_turns(most: int) -> list[Asked]:
    """The turns of whole conversations, in their order, up to about so many; of each collection alike."""
    rows = [json.loads(line) for line in (FOLDER / "dev" / "manifest.jsonl").read_text("utf-8").splitlines()]
    conversations = defaultdict[str, list[Asked]](list)
    for row in rows:
        conversations[row["conversation_id"]].append(_asked(row))
    chosen, seen = list[Asked](), Counter[str]()
    for turns in sorted(conversations.values(), key=lambda turns: turns[0].conversation):
        if seen[turns[0].collection] < most / len(COLLECTIONS):
            seen[turns[0].collection] += len(turns)
            chosen += turns
    return chosen


def _asked(row: Mapping[str, Any]) -> Asked:
    truth = row["gt"]
    return Asked(
        conversation=row["conversation_id"],
        collection=next(name for name in COLLECTIONS if f"-{name}-" in row["collection"]),
        question=truth["question"],
        earlier=tuple(turn["text"] for turn in truth["history"] if turn["speaker"] == "user"),
        reference=truth["answer"],
        relevant=frozenset(truth["relevant"]),
        answerability=truth["answerability"][0],
    )


def passages(collections: frozenset[str] | None = None) -> list[dict[str, str]]:
    """The passages of some collections, or all."""
    rows = [json.loads(line) for line in (FOLDER / "corpus.jsonl").read_text("utf-8").splitlines()]
    return [row for row in rows if collections is None or _collection(row["_id"]) in collections]


def _collection(passage_id: str) -> str:
    return next(name for name, pattern in COLLECTIONS.items() if pattern.match(passage_id))


async def filled(infra: Infra, embedder: RememberingEmbedder, rows: Sequence[Mapping[str, str]]) -> Library:
    """A new tenant that has these passages, each as a document of its own, as processing leaves them."""
    async with open_session(infra.engine) as session, session.begin():
        tenant_id = await accounts.create_tenant(session, "Benchmark", "enterprise")
        key = api_keys.create_key(session, tenant_id, None, "Benchmark", Role.ADMIN)
    found = dict[str, UUID]()
    for start in range(0, len(rows), DOCUMENTS_AT_ONCE):
        async with infra.open_system_scope(tenant_id) as scope:
            for row in rows[start : start + DOCUMENTS_AT_ONCE]:
                found[row["_id"]] = await _add(scope, embedder, row["title"], row["text"], row["_id"])
    return Library(tenant_id, key, found)


async def _add(scope: Scope, embedder: RememberingEmbedder, title: str, content: str, name: str) -> UUID:
    file_id = new_id()
    values = {"id": file_id, "tenant_id": scope.tenant_id, "title": title, "filename": f"{name}.txt"}
    for statement in (FILE, DOCUMENT):
        await scope.session.execute(statement, values)
    blocks = tuple(Block("paragraph", part) for part in content.split("\n\n") if part.strip())
    pieces = list(split([Page(1, blocks)], False, embedder.count_tokens))
    await keep_pieces(scope, file_id, pieces)
    searched = [text_to_embed(piece.content, piece.heading_path, title) for piece in pieces]
    words = [weights_of(words_of_passage(one, "en"), scope.tenant_id.bytes) for one in searched]
    read = embedder.embed_with_words(searched)
    entries = [IndexEntry(one.vector, of, packed(one.word_vectors)) for one, of in zip(read, words, strict=True)]
    ids = chunk_ids(file_id, (piece.content for piece in pieces))
    await queries.save_entries(scope, f"{embedder.name}@{embedder.version}", dict(zip(ids, entries, strict=True)))
    return file_id


def token_f1(said: str, reference: str) -> float:
    """The harmonic mean of how many of the words said are the reference's, and how many of its words were said."""
    ours, theirs = (Counter(one for one in tokens(words) if one not in ARTICLES) for words in (said, reference))
    shared = (ours & theirs).total()
    return 2 * shared / (ours.total() + theirs.total()) if shared else 0.0
