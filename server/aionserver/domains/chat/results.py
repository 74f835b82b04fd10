"""What was found in a conversation: as it is stored, and as it is shown.

Of a file only what does not change is stored; whoever reads it gets it as it is now, and nothing of what is deleted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.assistant.schemas import ResultSet
from aionserver.domains.chat.schemas import MessageImageInfo
from aionserver.domains.chat.tables import ChatMessage
from aionserver.domains.files import service as files
from aionserver.domains.files.service import StoredFile
from aionserver.infra.scope import Reader
from aionserver.infra.tools import Item
from aionserver.kit.json_bounds import require_small

# Of each result set; its number tells of the rest.
MOST_ITEMS = 100
MOST_SHOWN = 50
LONGEST_TEXT = 1_000
LARGEST_DETAILS_BYTES = 8_192
# They are good for an hour, and made anew for whoever reads.
PASSING = {"thumbnail_url"}
Files = Mapping[UUID, StoredFile]


def file_of(item: Item) -> UUID:
    """The file that an item is, or lies in."""
    return item.document_id or item.id


def as_stored(results: Sequence[ResultSet]) -> list[dict[str, Any]]:
    """Result sets as JSON."""
    return [
        {
            "key": one.key,
            "label": one.label,
            "total": one.total,
            "items": [_stored(item) for item in one.items[:MOST_ITEMS]],
        }
        for one in results
    ]


def _stored(item: Item) -> dict[str, Any]:
    details = {name: value for name, value in item.details.items() if name not in PASSING}
    try:
        require_small(details, LARGEST_DETAILS_BYTES, 8)
    except ValueError:
        details = {}
    return {
        "kind": item.kind,
        "id": str(item.id),
        "name": item.name,
        "text": item.text[:LONGEST_TEXT],
        "score": item.score,
        "document_id": str(item.document_id) if item.document_id else None,
        "pages": list(item.pages),
        "details": details,
    }


def from_stored(stored: Iterable[Mapping[str, Any]], there: Iterable[UUID]) -> tuple[ResultSet, ...]:
    """Result sets of JSON, without items of files that are not in the library any more."""
    kept = set(there)
    found = list[ResultSet]()
    for one in stored:
        items = [_item(item) for item in one["items"]]
        left = tuple(item for item in items if item.kind == "folder" or file_of(item) in kept)
        found.append(ResultSet(one["key"], one["label"], left, one["total"] - (len(items) - len(left))))
    return tuple(found)


def _item(stored: Mapping[str, Any]) -> Item:
    document = stored["document_id"]
    return Item(
        kind=stored["kind"],
        id=UUID(stored["id"]),
        name=stored["name"],
        text=stored["text"],
        score=stored["score"],
        document_id=UUID(document) if document else None,
        pages=tuple(stored["pages"]),
        details=stored["details"],
    )


async def files_of(reader: Reader, messages: Iterable[ChatMessage]) -> Files:
    """The files that were found for messages, as far as they are in the library."""
    items = [item for message in messages for one in message.results for item in one["items"]]
    ids = {UUID(item["document_id"] or item["id"]) for item in items if item["kind"] != "folder"}
    return await files.read_many(reader, list(ids)) if ids else {}


def images_of(results: Sequence[ResultSet], reader: Reader, there: Files) -> list[MessageImageInfo]:
    """The pictures among what was found, each once, with addresses that are good now."""
    items = {item.id: item for one in results for item in one.items if item.kind == "image" and item.id in there}
    return [_image(item, reader, there[item.id]) for item in list(items.values())[:MOST_SHOWN]]


def _image(item: Item, reader: Reader, file: StoredFile) -> MessageImageInfo:
    return MessageImageInfo(
        image_id=str(item.id),
        thumbnail_url=files.thumbnail_url(reader, file),
        description=file.description,
        confidence=item.score if item.score is not None else file.confidence_score,
        title=file.title,
        filename=file.filename,
    )


def seen_images(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Pictures that a tool just found, as they are told while the answer is made."""
    shown = [item for item in items if item.kind == "image"][:MOST_SHOWN]
    return [
        {
            "image_id": str(item.id),
            "thumbnail_url": item.details.get("thumbnail_url"),
            "description": item.text or None,
            "confidence": item.score,
            "title": item.details.get("title"),
            "filename": item.name,
        }
        for item in shown
    ]


def references(results: Sequence[ResultSet]) -> dict[str, Any]:
    """What the citations of an answer lead to: result sets by key, documents and pages by id."""
    documents = {file_of(item): item for one in results for item in one.items if item.kind in ("document", "chunk")}
    links = {item.id: item for one in results for item in one.items if item.kind == "link"}
    return {
        "result_refs": {one.key: _reference(one) for one in results},
        "tool_document_data": [
            {"document_id": str(file_id), "filename": item.name} for file_id, item in documents.items()
        ],
        "tool_link_data": [
            {"link_id": str(one.id), "title": one.name, "url": one.details.get("source_url")} for one in links.values()
        ],
    }


def _reference(one: ResultSet) -> dict[str, Any]:
    kind = one.items[0].kind if one.items else "image"
    ids = [str(item.id) for item in one.items]
    return {
        "count": one.total,
        "ids": ids,
        "image_ids": ids if kind == "image" else [],
        "id_type": kind,
        "label": one.label,
    }
