"""Steps that say what things have to do with one another: pictures, documents and bookmarked pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final
from uuid import UUID

from aionserver.domains.assistant.service import cite, likely
from aionserver.domains.pipelines.schemas import Done, Given
from aionserver.domains.pipelines.studies import composed, load, told
from aionserver.infra.tools import Errand, Item, Selection
from aionserver.kit.quoting import Measure, best_sentences, first_sentence, plain_quote
from aionserver.kit.words import content_stems
from aionserver.kit.words import listed as joined

# Each is looked for among the others, so there are bounds.
MOST_LOOKED_FOR: Final = 24
MOST_OF_EACH: Final = 3
MOST_RELATIONS: Final = 100
MOST_SHOWN: Final = 60
LONGEST_QUERY: Final = 600
FEWEST_SHARED: Final = 2
MOST_TAGS: Final = 4
UNRELATED: Final = "Nothing among them is known to have to do with one another."
TASK: Final = """
Say in Markdown how these pictures, documents and bookmarked pages relate to one another, for what is asked: which
belong together, what confirms and what contradicts what, and what has no counterpart.
"""


@dataclass(frozen=True)
class Relation:
    """Two things that have to do with one another, how surely (0-1), and by which words."""

    one: Item
    other: Item
    score: float
    shared: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """As it is told."""
        tags = joined([plain_quote(tag, 50) for tag in self.shared[:5]])
        because = [f"both {tags}"] if tags else []
        if self.other.kind != "image" and self.other.text:
            because.append(f"“{self._quote}”")
        told = f": {', '.join(because)}" if because else ""
        return f"- {cite(self.one).markup} and {cite(self.other).markup}{told}"

    @property
    def _quote(self) -> str:
        """The sentence of the other one that tells most of what they share."""
        asked = " ".join(self.shared) or self.one.text
        found = best_sentences(asked, [(self.other.text, self.score)], Measure(1))
        return found[0].text if found else first_sentence(self.other.text)

    @property
    def wire(self) -> dict[str, Any]:
        """As it is sent."""
        return {"from": _end(self.one), "to": _end(self.other), "score": self.score, "shared": list(self.shared)}


def _end(item: Item) -> dict[str, Any]:
    if item.kind != "chunk":
        return {"kind": item.kind, "id": str(item.id), "name": item.name}
    place = {"chunk_id": str(item.id), "page_numbers": list(item.pages) or None}
    return {"kind": "document", "id": str(item.document_id), "name": item.name, **place}


async def relate(errand: Errand, intent: str, given: Given) -> Done:
    """The relations between what was given, the surest first; between pictures alone, those that share tags."""
    images = await load(errand, given.image_ids or ())
    links = await load(errand, given.link_ids or ())
    documents = await load(errand, given.document_ids or ())
    found = await _found(errand, images, links, documents)
    found = sorted(found, key=lambda one: -one.score)[:MOST_RELATIONS]
    items = list({one.id: one for relation in found for one in (relation.one, relation.other)}.values())
    told_of = {item.id for item in items}
    items += [one for one in (*images, *links, *documents) if one.id not in told_of]
    lines = "\n".join(one.line for one in found)
    known = replace(given, told=[*(given.told or ()), lines] if lines else given.told)
    made = await composed(errand, TASK, intent, known, items[:MOST_SHOWN])
    done = told(made, lines, given, len(found), UNRELATED)
    return replace(done, outputs={**done.outputs, "relations": [one.wire for one in found]})


async def _found(
    errand: Errand, images: Sequence[Item], links: Sequence[Item], documents: Sequence[Item]
) -> list[Relation]:
    """Each picture and page in the documents, each page among the pictures; within a kind where there is one only."""
    found = list[Relation]()
    for item in (*links, *images)[:MOST_LOOKED_FOR] if documents else ():
        found += await _in_documents(errand, item, documents)
    for item in links[:MOST_LOOKED_FOR] if images else ():
        found += await _among(errand, "search_images", item, images)
    if images and not (documents or links):
        found = _sharing(images)
    if documents and not (images or links):
        for item in documents[:MOST_LOOKED_FOR]:
            found += await _in_documents(errand, item, [one for one in documents if one.id != item.id])
    return found


async def _in_documents(errand: Errand, item: Item, documents: Sequence[Item]) -> list[Relation]:
    return await _among(errand, "search_documents", item, documents) if documents else []


async def _among(errand: Errand, tool: str, item: Item, others: Sequence[Item]) -> list[Relation]:
    """Those of the others that have to do with a thing, by what is said of it or by the text in it."""
    ids = [one.id for one in others]
    narrow = replace(errand, selection=Selection(image_ids=ids, document_ids=ids))
    best: dict[UUID, Relation] = {}
    for query, tag in _queries(item):
        outcome = await errand.infra.tools[tool].use(narrow, {"query": query, "limit": MOST_OF_EACH})
        for other in likely(outcome.items):
            found = Relation(item, other, round(other.score or 0.0, 4), (tag,) if tag else ())
            if not tag or _speaks_of(other, tag):
                best[other.id] = max(best.get(other.id, found), found, key=lambda one: one.score)
    return sorted(best.values(), key=lambda one: -one.score)[:MOST_OF_EACH]


def _queries(item: Item) -> list[tuple[str, str]]:
    """What a thing is looked for by: its description, the text in it, and its first tags; the tag, where it is one."""
    texts = [plain_quote(text, LONGEST_QUERY) for text in (item.text, str(item.details.get("visible_text") or ""))]
    tags = [str(tag)[:LONGEST_QUERY] for tag in item.details.get("tags", ())][:MOST_TAGS]
    said = [(text, "") for text in dict.fromkeys(texts) if text] + [(tag, tag) for tag in tags]
    return said or [(item.name[:LONGEST_QUERY], "")]


def _speaks_of(item: Item, tag: str) -> bool:
    """Whether a tag's words stand in what is said of a thing: a tag alone is too little to go by meaning."""
    words = [item.text, str(item.details.get("visible_text") or ""), *item.details.get("tags", ())]
    asked = set(content_stems(tag))
    return bool(asked) and asked <= set(content_stems(" ".join(words)))


def _sharing(images: Sequence[Item]) -> list[Relation]:
    """Pictures with tags in common, the more of all their tags the surer."""
    tags = {one.id: set[str](one.details.get("tags", ())) for one in images}
    found = list[Relation]()
    for one, other in combinations(images[: 4 * MOST_LOOKED_FOR], 2):
        shared = tags[one.id] & tags[other.id]
        if len(shared) >= FEWEST_SHARED:
            score = round(len(shared) / len(tags[one.id] | tags[other.id]), 4)
            found.append(Relation(one, other, score, tuple(sorted(shared))))
    return found
