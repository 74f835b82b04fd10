"""Steps that find things: only what is likely meant, for others go on with it."""

from collections.abc import Sequence
from typing import Final

from aionserver.domains.agent_operations.service import readable
from aionserver.domains.agents.service import asked
from aionserver.domains.assistant.service import cite, counted, likely
from aionserver.domains.pipelines.schemas import Done, Given
from aionserver.infra.tools import Errand, Item
from aionserver.kit.quoting import first_sentence, plain_quote

MOST_FOUND: Final = 100
LONGEST_QUOTE: Final = 300


async def find_images(errand: Errand, intent: str, given: Given) -> Done:
    """The pictures that are likely meant, best first; among those that were given, where some were."""
    found = await _found(errand, "search_images", intent)
    return Done(_told(intent, found, "image"), {"image_ids": _ids(found), "count": len(found)})


async def find_links(errand: Errand, intent: str, given: Given) -> Done:
    """The bookmarked pages that are likely meant, best first; of those that were given, where some were."""
    found = await _found(errand, "search_links", intent)
    if given.link_ids is not None:
        among = set(given.link_ids)
        found = [one for one in found if str(one.id) in among]
    return Done(_told(intent, found, "link"), {"link_ids": _ids(found), "count": len(found)})


async def find_passages(errand: Errand, intent: str, given: Given) -> Done:
    """The passages that probably answer, best first, and the documents they stand in."""
    found = await _found(errand, "search_documents", intent)
    documents = list(dict.fromkeys(str(one.document_id) for one in found))
    outputs = {"document_ids": documents, "chunk_ids": _ids(found), "count": len(documents)}
    if not found:
        return Done(f"No passage of a document answers {asked(intent)}.", outputs)
    best = found[0]
    quote = plain_quote(str(best.details.get("snippet") or best.text), LONGEST_QUOTE)
    passages = "1 passage answers" if len(found) == 1 else f"{len(found)} passages answer"
    where = f"in {counted(len(documents), 'document')}"
    return Done(f"{passages} {asked(intent)}, {where}. The best, {_name(best)}: “{quote}”", outputs)


async def _found(errand: Errand, tool: str, intent: str) -> Sequence[Item]:
    outcome = await errand.infra.tools[tool].use(errand, {"query": intent, "limit": MOST_FOUND})
    return likely(outcome.items)


def _told(intent: str, found: Sequence[Item], kind: str) -> str:
    if not found:
        return f"No {counted(2, kind).split(' ', 1)[1]} match {asked(intent)}."
    match = "matches" if len(found) == 1 else "match"
    told = first_sentence(found[0].text)
    best = f"{_name(found[0])}{f': {told}' if told else '.'}"
    return f"{counted(len(found), kind)} {match} {asked(intent)}. The best is {best}"


def _name(item: Item) -> str:
    return readable(cite(item).markup)


def _ids(found: Sequence[Item]) -> list[str]:
    return [str(one.id) for one in found]
