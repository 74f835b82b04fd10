"""Groups that files fall into: those that a request names, or what documents have in common."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aionserver.domains.agents.material import MOST_GIVEN
from aionserver.domains.search import service as search
from aionserver.domains.search.schemas import ChunkQuery, ImageQuery
from aionserver.infra.tools import Errand, Item
from aionserver.kit.key_terms import Term, key_terms

MOST_TERMS: Final = 25
# Less and it is more likely than not that a file has nothing to do with a group's name.
LEAST_SCORE: Final = 0.3
# A name is less than a question: passages of a document that it fits may score no more than this, others far less.
LEAST_OF_DOCUMENT: Final = 0.12
AHEAD: Final = 2.0
OTHER: Final = "Other"


@dataclass(frozen=True)
class Group:
    """Files that belong together: under which name, why, and how surely (0-1)."""

    name: str
    items: tuple[Item, ...]
    terms: tuple[str, ...] = ()
    confidence: float = 1.0


async def by_names(errand: Errand, names: Sequence[str], items: Sequence[Item]) -> list[Group]:
    """The named groups, each with the files that its name fits best; files that none fits are in no group."""
    scores: dict[UUID, dict[str, float]] = {}
    for name in names:
        for file_id, score in [*await _pictures(errand, name, items), *await _documents(errand, name, items)]:
            known = scores.setdefault(file_id, {})
            known[name] = max(known.get(name, 0.0), score)
    best = {file_id: best_of(names, fits) for file_id, fits in scores.items()}
    groups = [(name, [item for item in items if best.get(item.id) == name]) for name in names]
    return [Group(name, tuple(own), confidence=_mean(scores, name, own)) for name, own in groups]


def best_of(names: Sequence[str], fits: Mapping[str, float]) -> str | None:
    """The name that fits best; None where it fits little, and not far better than the others."""
    first, *others = sorted(fits, key=lambda name: (-fits[name], names.index(name)))
    is_ahead = all(fits[first] >= AHEAD * fits[other] for other in others)
    return first if fits[first] >= LEAST_SCORE or is_ahead else None


def _mean(scores: Mapping[UUID, Mapping[str, float]], name: str, items: Sequence[Item]) -> float:
    return round(sum(scores[item.id][name] for item in items) / len(items), 4) if items else 0.0


async def _pictures(errand: Errand, name: str, items: Sequence[Item]) -> list[tuple[UUID, float]]:
    ids = [item.id for item in items if item.kind == "image"]
    if not ids:
        return []
    vectors = await search.embed_query(errand.infra, name)
    async with errand.open_scope() as scope:
        found = await search.find_images(scope, ImageQuery(name, ids=ids), vectors, len(ids))
    return [(one.file.id, one.score) for one in found if one.score >= LEAST_SCORE]


async def _documents(errand: Errand, name: str, items: Sequence[Item]) -> list[tuple[UUID, float]]:
    """Each document as good as the best of its passages; its name counts as one."""
    ids = [item.id for item in items if item.kind == "document"]
    if not ids:
        return []
    wanted = ChunkQuery(name, MOST_GIVEN, LEAST_OF_DOCUMENT, document_ids=ids)
    found = await search.search_documents(errand.infra, errand.open_scope, wanted)
    return [(one.document.id, one.score) for one in found]


def by_topic(documents: Sequence[Item], texts: Sequence[str]) -> list[Group]:
    """Groups of documents by the words that tell most of those they share; what shares none is together at the end.

    None where no documents share any.
    """
    terms = key_terms(texts, MOST_TERMS)
    chosen = [_shared(own, terms, len(documents)) for own in terms]
    sizes = Counter(one.key for one in chosen if one)
    groups: dict[str, list[int]] = {}
    for place, term in enumerate(chosen):
        groups.setdefault(term.key if term and sizes[term.key] > 1 else "", []).append(place)
    names = {one.key: one.name for one in chosen if one}
    found = [_group(names[key], places, documents, terms) for key, places in groups.items() if key]
    found.sort(key=lambda group: (-len(group.items), group.name))
    if not found:
        return []
    rest = [_group(OTHER, groups[""], documents, terms)] if "" in groups else []
    return [*found, *rest]


def _shared(own: Sequence[Term], every: Sequence[Sequence[Term]], among: int) -> Term | None:
    """The term that a document shares with most others that it tells much of; not one that all have."""
    spread = Counter(term.key for terms in every for term in terms)
    some = [term for term in own if spread[term.key] > 1 and (spread[term.key] < among or among == 2)]
    return max(some, key=lambda term: (spread[term.key], term.weight, term.key), default=None)


def _group(name: str, places: Sequence[int], documents: Sequence[Item], terms: Sequence[Sequence[Term]]) -> Group:
    common = Counter(term.name for place in places for term in terms[place][:MOST_TERMS])
    told = tuple(one for one, _ in common.most_common(5))
    return Group(name[:1].upper() + name[1:], tuple(documents[place] for place in places), told)


def categorization(groups: Sequence[Group], method: str) -> dict[str, Any]:
    """Groups as they go over the wire, and as the SDK's `CategorizationResult` reads them."""
    return {
        "categories": [
            {
                "name": group.name,
                "description": f"Speaks of {', '.join(group.terms)}" if group.terms else None,
                "file_ids": [str(item.id) for item in group.items if item.kind != "document"],
                "document_ids": [str(item.id) for item in group.items if item.kind == "document"],
                "top_tags": list(group.terms),
                "confidence": group.confidence,
            }
            for group in groups
        ],
        "total_files": sum(len(group.items) for group in groups),
        "clustering_method": method,
        "status": "success",
    }
