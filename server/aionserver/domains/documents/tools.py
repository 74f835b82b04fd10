"""What assistants can learn of a document as a whole."""

from dataclasses import replace
from typing import Any, Final

from aionserver.domains.documents import service
from aionserver.domains.documents.errors import DocumentNotFound
from aionserver.domains.files import service as files
from aionserver.infra.actors import Access, Permission
from aionserver.infra.tools import Errand, Outcome, Tool

# What a document says of itself, as far as it does.
TOLD: Final = ("author", "created", "subject", "keywords")
LONGEST: Final = 300


async def describe_document(errand: Errand, file: str) -> Outcome:
    """What is known of one document as a whole: its pages, how long its text is, its language, and what its properties
    say of it: who wrote it, when it was made, its subject. Of formats without pages no page count is known.

    file: its id.
    """
    chosen = errand.selection.document_ids
    async with errand.open_scope() as scope:
        found = await service.require_document(scope, file)
        if chosen is not None and found.id not in chosen:
            raise DocumentNotFound("There is no such document.")
        known = await service.find_document(scope, found.id)
        item = files.as_item(scope, found)
    told: dict[str, Any] = {}
    if known is not None:
        said = {name: str(known.properties[name])[:LONGEST] for name in TOLD if known.properties.get(name)}
        told = {"page_count": known.page_count if known.has_pages else None, "characters": known.character_count}
        told |= {"language": known.language, **said}
    details = {**item.details, **{name: value for name, value in told.items() if value is not None}}
    return Outcome("One document.", (replace(item, details=details),), 1, told)


TOOLS = (Tool("describe_document", describe_document, Access(Permission.READ)),)
