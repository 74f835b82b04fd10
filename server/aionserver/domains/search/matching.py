"""Candidates by words, in a time that does not grow with how common the words are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.search.queries import FREELY, SETTINGS, SearchFilter, select
from aionserver.infra.scope import Scope
from aionserver.kit.search_text import RANK_BY_LENGTH, RANK_WEIGHTS

# The newest files are looked through for all words, the others by the index for words that few files have.
NEWEST = 1_000
FEW = 500
RELEVANCE = f"ts_rank_cd('{RANK_WEIGHTS}', f.words, q, {RANK_BY_LENGTH})"


async def matching_words(scope: Scope, words: Sequence[str], wanted: SearchFilter, limit: int) -> list[UUID]:
    """Files that match any of the words, best first."""
    telling = await _telling(scope, words)
    newest = f"""
        select f.id, f.words from files f where {wanted.condition}
        order by coalesce(f.content_created_at, f.created_at) desc, f.id desc limit {NEWEST}
    """
    # The tenant is a word of its files: so what the index reads does not grow with other tenants' files.
    few = f"""
        select f.id, f.words from files f
        where f.words @@ (cast(:mine as tsquery) && to_tsquery('english', :telling)) and {wanted.condition} limit :few
    """
    query = f"""
        with newest as materialized ({newest}), few as materialized ({few}),
        found as (
            select f.id, {RELEVANCE} as relevance from newest f, to_tsquery('english', :terms) q where f.words @@ q
            union select f.id, {RELEVANCE} from few f, to_tsquery('english', :terms) q
        )
        select id from found order by relevance desc, id desc limit :limit
    """
    values: dict[str, Any] = {"terms": " | ".join(words), "telling": " | ".join(telling), "limit": limit}
    values |= {"mine": f"'@{scope.tenant_id}'", "few": FEW if telling else 0}
    return [row.id for row in (await select(scope, query, **values, **wanted.values))[-1]]


async def _telling(scope: Scope, words: Sequence[str]) -> list[str]:
    """The rarest of the words and of all together, as far as few of the tenant's files are likely to have them."""
    terms = [*words, " & ".join(words)] if len(words) > 1 else list(words)
    counts = await _estimates(scope, terms)
    chosen: list[str] = []
    room = float(FEW)
    for number in sorted(counts, key=counts.__getitem__):
        room -= counts[number]
        if room < 0:
            break
        chosen.append(f"({terms[number]})")
    return chosen


async def _estimates(scope: Scope, terms: Sequence[str]) -> dict[int, float]:
    """How many files match a term, by its number; from the planner's statistics, no file is read.

    Terms of which nothing is left without stop words are not told.
    """
    matching = [f"select {n} from files where words @@ to_tsquery('english', :term{n})" for n in range(len(terms))]
    query = f"explain (verbose, format json) {' union all '.join(matching)}"
    values = {f"term{number}": term for number, term in enumerate(terms)}
    _, ((answer,),) = await select(scope, SETTINGS, query, **FREELY, **values)
    plan = answer[0]["Plan"]
    parts: list[Any] = plan["Plans"] if plan["Node Type"] == "Append" else [plan]
    counts = {part["Output"][0]: float(part["Plan Rows"]) for part in parts}
    return {number: counts[str(number)] for number in range(len(terms)) if counts.get(str(number))}
