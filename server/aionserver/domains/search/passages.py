"""Candidates among the chunks of documents, by vector and by words, in a time that hardly grows with the library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector, SparseVector

from aionserver.domains.search.queries import FREELY, SETTINGS, SearchFilter, select
from aionserver.infra.reading import Rows
from aionserver.infra.scope import Scope
from aionserver.kit.passage_ranking import COVERAGE_TO_MEANING
from aionserver.kit.passage_terms import DIMENSIONS, EVERY_PASSAGE, QueryTerms
from aionserver.kit.tenant_codes import CODE_DIMENSIONS

# The dimensions that the index is made for; vectors of others are looked at one by one.
INDEXED_DIMENSIONS = 384
# Up to as many chunks, looking at each takes less time than the indexes do.
EXACT_UP_TO = 3_000
NEAREST = 300
# Chunks that are read for the sake of words: for the rarest ones, and for each two of so many that are not as rare.
RARE, TOGETHER, PAIRED = 1_500, 200, 4
IN_ORDER_OF_DISTANCE = {"bitmaps": "on", "sorts": "off"}
# Terms are a tenant's own, so that looking up all of its chunks too only takes time, which the planner underrates.
TERMS_ALONE = "select set_config('cpu_index_tuple_cost', '0.05', true)"
# What the vector says and what the words say; a chunk that another model has embedded has only words.
MEANING = "case when c.model = :model then -(c.vector <#> cast(:vector as halfvec)) else 0 end"
COVERAGE = "coalesce(-(c.weights <#> cast(:weights as sparsevec)), 0)"
ORDER = f"meaning + {COVERAGE_TO_MEANING} * coverage desc, id"
# Those that have most of the words are looked at too, however far their vectors are.
BY_WORDS = 60
# Of so many of the best, what their words mean is compared with the query's.
MATCHED = 60
JUDGED = f"c.id, c.file_id, {MEANING} as meaning, {COVERAGE} as coverage"
MINE = f"select {JUDGED} from chunks c where c.tenant_id = :tenant_id"
SHOWN = "c.id, c.file_id, c.position, c.content, c.heading_path, c.page_numbers, c.token_count, c.kind, c.terms"


@dataclass(frozen=True)
class Asked:
    """A query as the database is asked: its vector and who made it, its terms, and the terms every chunk must have.

    `among` is how many chunks the tenant has.
    """

    vector: NDArray[np.float32]
    model: str
    terms: QueryTerms
    among: int
    required: Sequence[Sequence[int]] = field(default_factory=tuple[Sequence[int], ...])

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of `MEANING` and `COVERAGE`."""
        weights = SparseVector(self.terms.coverage_weights(), DIMENSIONS)
        return {"vector": HalfVector(self.vector).to_text(), "model": self.model, "weights": weights.to_text()}

    def by_words(self) -> list[tuple[list[list[int]], int]]:
        """Groups of numbers, where a chunk has one of each group; and how many such chunks to look at.

        Those with any of the rarest words come first. Of words that many chunks have, no single one tells much: two do.
        """
        left, rare, terms = RARE, list[int](), list(self.terms.terms)
        while terms and terms[0].passages <= left:
            left -= terms[0].passages
            rare.extend(terms.pop(0).numbers)
        if not rare and len(terms) == 1:
            rare.extend(terms.pop().numbers)
        pairs = combinations([list(term.numbers) for term in terms[:PAIRED]], 2)
        return [([rare], RARE)] * bool(rare) + [([*pair], TOGETHER) for pair in pairs]


async def known_of(scope: Scope, numbers: Sequence[int]) -> dict[int, int]:
    """How many of the tenant's chunks have each term; under `EVERY_PASSAGE` how many there are."""
    query = "select term, chunks from chunk_terms where tenant_id = :tenant_id and term = any(:numbers)"
    (rows,) = await select(scope, query, numbers=[EVERY_PASSAGE, *numbers])
    return {row.term: row.chunks for row in rows}


async def languages_of(scope: Scope) -> list[str | None]:
    """The languages that the tenant's documents are written in; None where there are some whose language is not known.

    One look into the index for each, for `distinct` would read it for every document.
    """
    mine = "select language from documents where tenant_id = :tenant_id"
    query = f"""
        with recursive found as (
            ({mine} order by language limit 1) union all
            select ({mine} and language > found.language order by language limit 1) from found
            where found.language is not null
        )
        select language from found where language is not null union ({mine} order by language desc limit 1)
    """
    (rows,) = await select(scope, query)
    return [row.language for row in rows]


async def first_of(scope: Scope, wanted: SearchFilter, limit: int) -> Rows:
    """The first chunks of documents, as they are read."""
    query = f"""
        select {SHOWN} from chunks c join files f on f.id = c.file_id and {wanted.condition}
        where c.tenant_id = :tenant_id order by c.file_id, c.position limit :limit
    """
    return (await select(scope, query, limit=limit, **wanted.values))[-1]


async def spread_of(scope: Scope, wanted: SearchFilter, each: int) -> Rows:
    """At most `each` chunks of every document, evenly spread over it from its first one, as they are read."""
    query = f"""
        with numbered as (
            select c.id, row_number() over part - 1 as n, count(*) over (partition by c.file_id) as among
            from chunks c join files f on f.id = c.file_id and {wanted.condition}
            where c.tenant_id = :tenant_id window part as (partition by c.file_id order by c.position)
        )
        select {SHOWN} from numbered join chunks c using (id)
        where n = 0 or n * :each / among <> (n - 1) * :each / among order by c.file_id, c.position
    """
    return (await select(scope, query, each=each, **wanted.values))[-1]


async def best(scope: Scope, asked: Asked, wanted: SearchFilter, limit: int) -> Rows:
    """The chunks that answer the query, best first, with what is shown of them, `meaning` and `coverage`.

    The first ones have their `word_vectors`, too.
    """
    if asked.required:
        return await _best_of(scope, asked, wanted, _with_required(asked), limit)
    if not await _are_few(scope, asked, wanted):
        rows = await _best_of(scope, asked, wanted, _by_indexes(asked, wanted), limit)
        # The index of vectors gives up before it has found enough where a filter lets few through.
        if len(rows) >= limit:
            return rows
    return await _best_of(scope, asked, wanted, _every(wanted), limit)


async def _are_few(scope: Scope, asked: Asked, wanted: SearchFilter) -> bool:
    """Whether so few chunks may be found that each can be looked at."""
    if not wanted.narrows:
        return asked.among <= EXACT_UP_TO
    query = f"""
        select 1 from chunks c join files f on f.id = c.file_id and {wanted.condition}
        where c.tenant_id = :tenant_id offset :most limit 1
    """
    return not (await select(scope, SETTINGS, query, most=EXACT_UP_TO, **FREELY, **wanted.values))[-1]


@dataclass(frozen=True)
class _Candidates:
    """A select of chunks, each `JUDGED`, and its parameters."""

    query: str
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def _best_of(scope: Scope, asked: Asked, wanted: SearchFilter, candidates: _Candidates, limit: int) -> Rows:
    query = f"""
        with candidates as materialized ({candidates.query}), found as materialized (
            select c.id, c.meaning, c.coverage from candidates c join files f on f.id = c.file_id and {wanted.condition}
        ), chosen as materialized (
            (select * from found order by {ORDER} limit :limit)
            union (select * from found where coverage > 0 order by coverage desc, id limit {BY_WORDS})
        )
        select {SHOWN}, meaning, coverage, case when row_number() over (order by {ORDER}) <= {MATCHED}
            and c.model = :model then c.word_vectors end as word_vectors
        from chosen join chunks c using (id) order by {ORDER}
    """
    values = {**asked.values, **candidates.values, **wanted.values, "limit": limit}
    return (await select(scope, SETTINGS, TERMS_ALONE, query, **IN_ORDER_OF_DISTANCE, **values))[-1]


def _every(wanted: SearchFilter) -> _Candidates:
    """All chunks that pass."""
    files = f"join files f on f.id = c.file_id and {wanted.condition}" if wanted.narrows else ""
    return _Candidates(f"select {JUDGED} from chunks c {files} where c.tenant_id = :tenant_id")


def _with_required(asked: Asked) -> _Candidates:
    """Chunks that have all that is required; some, where very many have."""
    having, values = _having_all("required", asked.required)
    return _Candidates(f"{MINE} and {having} limit :most", {**values, "most": EXACT_UP_TO})


def _by_indexes(asked: Asked, wanted: SearchFilter) -> _Candidates:
    """The nearest by the vector, those with rare words, and those with two others."""
    # A subquery as condition, not a join: it is asked of one vector after the other, as the index brings them.
    # Without a filter only deleted documents do not pass, of which no index knows.
    files = f"select true from files f where f.id = c.file_id and {wanted.condition}"
    passes = f"and ({files})" if wanted.narrows else ""
    parts, values = list[str](), dict[str, Any]()
    if len(asked.vector) == INDEXED_DIMENSIONS:
        parts.append(f"""
            {MINE} and c.model = :model and vector_dims(c.vector) = {INDEXED_DIMENSIONS} {passes}
            order by (c.vector || tenant_code(c.tenant_id))::halfvec({INDEXED_DIMENSIONS + CODE_DIMENSIONS})
                <=> (cast(:vector as halfvec) || tenant_code(:tenant_id)) limit {NEAREST}
        """)
    for number, (groups, most) in enumerate(asked.by_words()):
        having, numbers = _having_all(f"words_{number}", groups)
        parts.append(f"{MINE} and {having} {passes} limit {most}")
        values |= numbers
    return _Candidates(" union ".join(f"({part})" for part in parts), values)


def _having_all(name: str, groups: Sequence[Sequence[int]]) -> tuple[str, dict[str, int]]:
    """The condition that a chunk has a term of each group, and its parameters.

    Written with `@>`: of the operators that the index knows, row-level security lets it use this one.
    """
    values = {f"{name}_{at}_{n}": one for at, numbers in enumerate(groups) for n, one in enumerate(numbers)}
    has = (
        " or ".join(f"c.terms @> array[cast(:{name}_{at}_{n} as integer)]" for n in range(len(numbers)))
        for at, numbers in enumerate(groups)
    )
    return " and ".join(f"({one})" for one in has), values


async def around(scope: Scope, ids: Sequence[UUID], reach: int) -> Rows:
    """The chunks at most `reach` before and after each of these, themselves included: `id` of those, and `content`."""
    query = """
        select c.id, n.content from chunks c
        join chunks n on n.file_id = c.file_id and n.position between c.position - :reach and c.position + :reach
        where c.tenant_id = :tenant_id and n.tenant_id = :tenant_id and c.id = any(:ids)
        order by c.id, n.position
    """
    return (await select(scope, query, ids=list(ids), reach=reach))[-1]
