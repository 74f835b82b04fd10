"""Groups that files fall into: those that a request names, or what documents have in common."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aionserver.domains.agent_operations.fitting import documents_fitting, pictures_fitting
from aionserver.domains.search.schemas import LIKELY
from aionserver.infra.tools import Errand, Item
from aionserver.kit.key_terms import Term

MOST_TERMS: Final = 25
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
        pictures = await pictures_fitting(errand, name, items, LIKELY)
        documents = await documents_fitting(errand, name, items, LEAST_OF_DOCUMENT)
        for file_id, score in (*pictures, *documents):
            known = scores.setdefault(file_id, {})
            known[name] = max(known.get(name, 0.0), score)
    best = {file_id: best_of(names, fits) for file_id, fits in scores.items()}
    groups = [(name, [item for item in items if best.get(item.id) == name]) for name in names]
    return [Group(name, tuple(own), confidence=_mean(scores, name, own)) for name, own in groups]


def best_of(names: Sequence[str], fits: Mapping[str, float]) -> str | None:
    """The name that fits best; None where it fits little, and not far better than the others."""
    first, *others = sorted(fits, key=lambda name: (-fits[name], names.index(name)))
    is_ahead = all(fits[first] >= AHEAD * fits[other] for other in others)
    return first if fits[first] >= LIKELY or is_ahead else None


def _mean(scores: Mapping[UUID, Mapping[str, float]], name: str, items: Sequence[Item]) -> float:
    return round(sum(scores[item.id][name] for item in items) / len(items), 4) if items else 0.0


def by_topic(documents: Sequence[Item], terms: Sequence[Sequence[Term]]) -> list[Group]:
    """Groups of documents by the words that tell most of those they share; what shares none is together at the end.

    `terms` are of each document its most telling ones, MOST_TERMS at most. None where no documents share any.
    """
    spread = Counter(term.key for own in terms for term in own)
    chosen = [_shared(own, spread, len(documents)) for own in terms]
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


def _shared(own: Sequence[Term], spread: Counter[str], among: int) -> Term | None:
    """The term that a document shares with most others that it tells much of; not one that all have."""
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
