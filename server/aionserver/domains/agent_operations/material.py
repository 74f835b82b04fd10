"""What a task is done with: the files it names, or what is found for it; each in the caller's own library."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from aionserver.domains.assistant.service import likely
from aionserver.domains.documents.errors import DocumentNotFound
from aionserver.domains.files import service as files
from aionserver.domains.files.errors import FileNotFound
from aionserver.domains.search import service as search
from aionserver.domains.search.schemas import ChunkQuery, FoundChunk
from aionserver.domains.usage import service as usage
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand, Item, ItemKind, Selection
from aionserver.kit.ids import parse_ids
from aionserver.kit.spoken.tasks import parts_of

MOST_GIVEN: Final = 1_000
MOST_NAMED: Final = 100
MOST_PASSAGES: Final = 40
MOST_PICTURES: Final = 24
MOST_PAGES: Final = 8
# Documents whose text is read from end to end; of more, what answers is quoted.
MOST_READ: Final = 40
CHUNKS_READ: Final = 400
LEAST_OF_EACH: Final = 6


@dataclass(frozen=True)
class Material:
    """What there is to tell from. `passages` answer, the best first; `spread` runs through each document.

    `notes` are what was told of it before, as by the steps of a pipeline.
    """

    documents: Sequence[Item] = ()
    pictures: Sequence[Item] = ()
    pages: Sequence[Item] = ()
    passages: Sequence[Item] = ()
    spread: Sequence[Item] = field(default_factory=tuple[Item, ...])
    notes: Sequence[str] = field(default_factory=tuple[str, ...])

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be told from it."""
        return not (self.pictures or self.pages or self.passages or self.spread or self.notes)

    def of(self, document: Item, passages: Sequence[Item]) -> list[Item]:
        """Those of the passages that stand in a document."""
        return [one for one in passages if one.document_id == document.id]

    @property
    def best(self) -> list[Item]:
        """As much as a language model is shown: what answers, then what runs through the documents, and the rest."""
        room = MOST_PASSAGES - min(len(self.passages), MOST_PASSAGES)
        known = {one.id for one in self.passages}
        more = [one for one in self.spread if one.id not in known]
        every = more[:: max(1, -(-len(more) // room))] if room else []
        return [*self.passages[:MOST_PASSAGES], *every[:room], *self.pictures[:MOST_PICTURES], *self.pages]


async def require_files(scope: Scope, name: str, texts: Sequence[str] | None, kind: ItemKind) -> list[Item]:
    """The files of a kind that a field of a request names, each once; FileNotFound naming those that are not there."""
    if not texts:
        return []
    if len(texts) > MOST_GIVEN:
        raise InvalidInput.field(name, f"at most {MOST_GIVEN} at a time")
    ids, malformed = parse_ids(texts)
    found = await files.find_many(scope, ids)
    missing = [*malformed, *(str(one) for one in ids if one not in found or found[one].media_type != kind)]
    if missing:
        missed = DocumentNotFound if kind == "document" else FileNotFound
        details = {"field": name, "not_found": missing[:MOST_NAMED]}
        raise missed(
            f"{name}: {len(missing)} of them {'is' if len(missing) == 1 else 'are'} not there.", details=details
        )
    return [files.as_item(scope, found[one]) for one in ids]


async def require_price(scope: Scope, tasks: int = 1) -> None:
    """UsageLimitExceeded where the credits for so many tasks do not suffice: to be asked before they begin."""
    await usage.require_credits(scope, tasks * usage.prices(scope.infra).one("agent_call"))


async def given(errand: Errand, images: Sequence[str] | None, documents: Sequence[str] | None) -> Material:
    """The pictures and documents that a request names, unread."""
    async with errand.open_scope() as scope:
        await require_price(scope)
        pictures = await require_files(scope, "image_ids", images, "image")
        return Material(await require_files(scope, "document_ids", documents, "document"), pictures)


async def chosen(errand: Errand, about: str) -> Material:
    """The files that the errand is narrowed to, as far as they are there, with what they say."""
    selection = errand.selection
    ids = [*(selection.image_ids or ()), *(selection.document_ids or ())][:MOST_GIVEN]
    async with errand.open_scope() as scope:
        rows = await files.find_many(scope, ids)
        items = [files.as_item(scope, rows[one]) for one in dict.fromkeys(ids) if one in rows]
    of = {kind: [one for one in items if one.kind == kind] for kind in ("document", "image", "link")}
    return await read(errand, Material(of["document"], of["image"], of["link"]), about)


async def read(errand: Errand, material: Material, about: str) -> Material:
    """The same, with what its documents say: throughout, and of what is asked."""
    ids = [one.id for one in material.documents]
    if not ids:
        return material
    each = max(LEAST_OF_EACH, CHUNKS_READ // min(len(ids), MOST_READ))
    async with errand.open_scope() as scope:
        chunks = await search.spread_chunks(scope, ids[:MOST_READ], each)
    spread = [replace(search.as_item(one), score=None) for one in chunks]
    places = {file_id: place for place, file_id in enumerate(ids)}
    spread.sort(key=lambda one: places.get(one.document_id or one.id, 0))
    return replace(material, spread=spread, passages=await passages_for(errand, about, ids))


async def passages_for(errand: Errand, about: str, ids: Sequence[UUID] | None) -> list[Item]:
    """Passages that probably speak of it, of these documents or of all; none where nothing is asked."""
    best = dict[UUID, FoundChunk]()
    for query in _queries(about):
        wanted = ChunkQuery(query, MOST_PASSAGES, document_ids=ids)
        for one in await search.search_documents(errand.infra, errand.open_scope, wanted):
            if one.id not in best or one.score > best[one.id].score:
                best[one.id] = one
    ranked = sorted(best.values(), key=lambda one: (-one.score, str(one.id)))
    return [search.as_item(one) for one in ranked[:MOST_PASSAGES]]


def _queries(about: str) -> list[str]:
    """What is looked for: all of it together, and each of the things it consists of."""
    return list(dict.fromkeys(one for one in (about, *parts_of(about)) if one))


async def _best_by(errand: Errand, tool: str, about: str, most: int) -> list[Item]:
    """What a tool finds that is likely meant, by all that is looked for, best first."""
    best = dict[UUID, Item]()
    everywhere = replace(errand, selection=Selection())
    for query in _queries(about):
        outcome = await errand.infra.tools[tool].use(everywhere, {"query": query, "limit": most})
        for one in likely(outcome.items):
            if one.id not in best or (one.score or 0) > (best[one.id].score or 0):
                best[one.id] = one
    return sorted(best.values(), key=lambda one: (-(one.score or 0), str(one.id)))[:most]


async def found(errand: Errand, about: str) -> Material:
    """What the whole library has of it: passages, pictures, bookmarked pages."""
    passages = await passages_for(errand, about, None)
    pictures = await _best_by(errand, "search_images", about, MOST_PICTURES)
    pages = await _best_by(errand, "search_links", about, MOST_PAGES)
    async with errand.open_scope() as scope:
        ids = list(dict.fromkeys(one.document_id for one in passages if one.document_id))
        rows = await files.find_many(scope, ids)
        documents = [files.as_item(scope, rows[one]) for one in ids if one in rows]
    return Material(documents, pictures, pages, passages)
