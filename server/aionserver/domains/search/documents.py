"""Finding passages in documents by words and meaning: candidates from the database, then one score for all signals."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, cast
from uuid import UUID

import numpy as np
import structlog
from numpy.typing import NDArray

from aionserver.domains.files import service as files
from aionserver.domains.files.service import StoredFile
from aionserver.domains.search import passages
from aionserver.domains.search.passages import Asked
from aionserver.domains.search.queries import SearchFilter
from aionserver.domains.search.schemas import ChunkQuery, FoundChunk, FoundDocument, format_of
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.chunking import text_to_embed
from aionserver.kit.late_interaction import WORD_DIMENSIONS, matches
from aionserver.kit.passage_queries import PassageQuery, Weighed, has_any_name, has_phrase, is_code, plain, weighed
from aionserver.kit.passage_ranking import HARDLY_ANY, Signals, scores
from aionserver.kit.passage_terms import EVERY_PASSAGE, QueryTerms, numbers_of, term_number
from aionserver.kit.passage_words import words_of_passage, words_of_query
from aionserver.kit.snippets import matched_words, snippet
from aionserver.models.reranking import Reranker, RerankingError
from aionserver.models.text_embedding import EmbeddedText, TextEmbedder

log = structlog.get_logger(__name__)
# Candidates whose texts are looked at, beside those asked for.
LOOKED_AT = 60
# Vectors of words [words, WORD_DIMENSIONS], and their weights.
MeantWords = tuple[NDArray[np.float32], NDArray[np.float32]]
# Of a conversation's earlier questions, so much is read of each.
MOST_EARLIER_CHARACTERS = 2_000


@dataclass(frozen=True)
class Meant:
    """What a query means: its texts as they count, the vector of all, the model that made it, and each text's words."""

    asked: Sequence[Weighed]
    vector: NDArray[np.float32]
    model: str
    read: Sequence[EmbeddedText] = ()


def formats_of(types: Sequence[str] | None) -> Sequence[str] | None:
    """The formats that files of these types have, such as `pdf` and `md`; None where all will do."""
    return None if types is None else [format_of(one) for one in types]


async def search_documents(
    infra: Infra,
    open_scope: Callable[[], AbstractAsyncContextManager[Scope]],
    query: ChunkQuery,
    earlier: Sequence[str] = (),
) -> list[FoundChunk]:
    """The passages that answer the query, best first, judged once more where a re-ranker is set.

    `earlier` are the questions before it in a conversation, the oldest first.
    """
    meant = await embed_chunk_query(infra, query.text, earlier)
    reranker = _reranker(infra)
    many = query if reranker is None else replace(query, limit=max(query.limit, LOOKED_AT), threshold=0.0)
    async with open_scope() as scope:
        found = await find_chunks(scope, many, meant)
    if reranker is None:
        return found
    judged = await _judged(reranker, query.text, found)
    return [one for one in judged if one.score >= query.threshold][: query.limit]


def reranker_name(infra: Infra) -> str | None:
    """The model that judges what is found once more, where one is set."""
    reranker = _reranker(infra)
    return reranker.name if reranker else None


def _reranker(infra: Infra) -> Reranker | None:
    return cast("Reranker | None", infra.models.get(Reranker))


async def _judged(reranker: Reranker, text: str, found: Sequence[FoundChunk]) -> Sequence[FoundChunk]:
    """The best of what was found with the re-ranker's scores; as it was found where the re-ranker fails."""
    texts = [text_to_embed(one.content, one.heading_path, one.document.title or "") for one in found[:LOOKED_AT]]
    try:
        scores = await asyncio.to_thread(reranker.judge, text, texts)
    except RerankingError as error:
        log.warning("not_reranked", reason=str(error))
        return found
    judged = [replace(one, score=round(score, 4)) for one, score in zip(found, scores, strict=False)]
    return sorted(judged, key=lambda one: (-one.score, str(one.id)))


async def embed_chunk_query(infra: Infra, text: str, earlier: Sequence[str] = ()) -> Meant:
    """What the query means, after what was asked before; some milliseconds, so outside of any transaction."""
    asked = weighed(text, [one[:MOST_EARLIER_CHARACTERS] for one in earlier])
    embedder = infra.model(TextEmbedder)
    read = await infra.think(embedder.embed_with_words, [one.text for one in asked])
    vector = np.asarray([one.weight for one in asked], np.float32) @ np.stack([one.vector for one in read])
    length = max(float(np.linalg.norm(vector)), 1e-12)
    return Meant(asked, (vector / length).astype(np.float32), f"{embedder.name}@{embedder.version}", read)


async def find_chunks(scope: Scope, query: ChunkQuery, meant: Meant) -> list[FoundChunk]:
    """The passages that answer the query with a score of at least its threshold, best first."""
    languages = await passages.languages_of(scope)
    words = PassageQuery.of(meant.asked, languages)
    salt = scope.tenant_id.bytes
    counts = await passages.known_of(scope, numbers_of(words.words, salt))
    required = [words_of_query(phrase, languages) for phrase in words.phrases]
    asked = Asked(
        meant.vector,
        meant.model,
        QueryTerms.of(words.words, salt, counts),
        counts.get(EVERY_PASSAGE, 0),
        [numbers_of([forms], salt) for forms in chain.from_iterable(required)],
    )
    wanted = SearchFilter(
        query.folder_id, query.document_ids, "document", query.tags, formats=query.formats, languages=query.languages
    )
    rows = await passages.best(scope, asked, wanted, query.limit + LOOKED_AT)
    codes = {code: term_number(code, salt) for code in (*words.codes, *words.names)}
    found = matches(*meant_words(meant.read, asked.terms, languages, salt), [row.word_vectors for row in rows])
    says = _what_codes_say(words, codes, counts, asked.terms, salt)
    judged = list(_judged_rows(rows, found, words, codes, says, asked.terms))
    scored = zip(scores([signals for _, signals in judged]), (row for row, _ in judged), strict=True)
    likely = [(one, row) for one, row in scored if one >= query.threshold]
    best = sorted(likely, key=lambda one: (-one[0], str(one[1].id)))[: query.limit]
    return await _found(scope, best, words.shown, languages)


def meant_words(
    read: Sequence[EmbeddedText], terms: QueryTerms, languages: Sequence[str | None], salt: bytes
) -> MeantWords:
    """The vectors of all words of a query's texts, and how much each says as a term of the query."""
    words = [word for one in read for word in one.words]
    weights = terms.rarities(numbers_of(words_of_query(word, languages), salt) for word in words)
    none = np.empty((0, WORD_DIMENSIONS), np.float32)
    return np.concatenate([none, *(one.word_vectors for one in read)]), np.array(weights, np.float32)


async def _found(
    scope: Scope, best: Sequence[tuple[float, Any]], forms: frozenset[str], languages: Sequence[str | None]
) -> list[FoundChunk]:
    documents = await files.read_many(scope, list({row.file_id for _, row in best}))
    found = list[FoundChunk]()
    for one, row in best:
        if row.file_id in documents:
            matches = matched_words(row.content, forms, languages)
            found.append(_chunk(row, documents[row.file_id], one, matches))
    return found


def _judged_rows(
    rows: Sequence[Any],
    found: Sequence[float | None],
    query: PassageQuery,
    codes: Mapping[str, int],
    says: Mapping[str, float],
    terms: QueryTerms,
) -> Iterator[tuple[Any, Signals]]:
    """The chunks that have what they must, and what speaks for each among all of these."""
    shares = terms.shares([row.terms or () for row in rows])
    for row, match, share in zip(rows, found, shares, strict=True):
        signals = Signals(max(0.0, row.meaning), row.coverage, match=match, share=share, keywords=query.keywords)
        if (written := _with_written(signals, row, query, codes, says)) is not None:
            yield row, written


def _what_codes_say(
    query: PassageQuery, codes: Mapping[str, int], counts: Mapping[int, int], terms: QueryTerms, salt: bytes
) -> Mapping[str, float]:
    """How much of the query each code is, 0-1: all, where hardly any chunk has it; else its share of what is asked."""
    whole = sum(terms.rarities(numbers_of([forms], salt) for forms in query.wholes)) or 1.0
    rarities = dict(zip(query.codes, terms.rarities([codes[code]] for code in query.codes), strict=True))
    return {
        code: min(1.0, max(rarity / whole, HARDLY_ANY / max(1, counts.get(codes[code], 0))))
        for code, rarity in rarities.items()
    }


def _with_written(
    signals: Signals, row: Any, query: PassageQuery, codes: Mapping[str, int], says: Mapping[str, float]
) -> Signals | None:
    """The signals with those of phrases and codes; None where the chunk lacks a phrase that it must have.

    `codes` have the numbers of their terms, and in `says` how much of the query they are.
    """
    if query.phrases:
        text = plain("\n".join((*row.heading_path, row.content)))
        if not all(has_phrase(text, phrase) for phrase in query.phrases):
            return None
        signals = replace(signals, phrases=1.0)
    # Terms are those of the headings too: what is in the text itself, only reading it tells.
    if likely := [code for code in query.codes if codes[code] in (row.terms or ())]:
        present = {word for word in words_of_passage(row.content, None) if is_code(word)}
        signals = replace(signals, codes=sum(says[code] for code in likely if code in present) / len(query.codes))
    if query.names and not any(codes[name] in (row.terms or ()) for name in query.names):
        text = "\n".join((*row.heading_path, row.content))
        signals = replace(signals, lacks_name=not has_any_name(text, query.names))
    return signals


def _chunk(row: Any, document: StoredFile, score: float, matches: Sequence[tuple[int, int]]) -> FoundChunk:
    return FoundChunk(
        id=row.id,
        document=document,
        position=row.position,
        content=row.content,
        heading_path=tuple(row.heading_path),
        page_numbers=tuple(row.page_numbers) if row.page_numbers is not None else None,
        token_count=row.token_count,
        kind=row.kind,
        score=score,
        snippet=snippet(row.content, matches),
        matched=tuple(dict.fromkeys(row.content[start:end] for start, end in matches)),
    )


def by_document(found: Sequence[FoundChunk]) -> list[FoundDocument]:
    """The documents of what was found, best first, each with its passages; as good as its best."""
    groups: dict[UUID, list[FoundChunk]] = {}
    for chunk in found:
        groups.setdefault(chunk.document.id, []).append(chunk)
    return [FoundDocument(chunks[0].document, chunks[0].score, tuple(chunks)) for chunks in groups.values()]


async def first_chunks(scope: Scope, document_ids: Sequence[UUID], limit: int) -> list[FoundChunk]:
    """The first passages of documents, as they are read."""
    rows = await passages.first_of(scope, SearchFilter(None, document_ids, "document"), limit)
    return await _found(scope, [(1.0, row) for row in rows], frozenset(), [])


async def spread_chunks(scope: Scope, document_ids: Sequence[UUID], each: int) -> list[FoundChunk]:
    """At most `each` passages of every document, evenly spread over it from its first one, as they are read."""
    rows = await passages.spread_of(scope, SearchFilter(None, document_ids, "document"), each)
    return await _found(scope, [(1.0, row) for row in rows], frozenset(), [])


async def neighbours(scope: Scope, chunks: Sequence[FoundChunk], reach: int = 1) -> Mapping[UUID, str]:
    """The text around each chunk, its own included: up to `reach` chunks before and after it, in reading order."""
    rows = await passages.around(scope, [chunk.id for chunk in chunks], reach)
    texts: dict[UUID, list[str]] = {}
    for row in rows:
        texts.setdefault(row.id, []).append(row.content)
    return {chunk_id: "\n\n".join(parts) for chunk_id, parts in texts.items()}
