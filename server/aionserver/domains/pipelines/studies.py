"""Steps that tell of pictures and of bookmarked pages: what is known of them, or what a language model makes of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from aionserver.domains.agent_operations.service import (
    heading,
    line,
    lines,
    pictures_told,
    quotes,
    readable,
    with_notes,
)
from aionserver.domains.assistant import service as assistant
from aionserver.domains.assistant.service import Composed, Composition
from aionserver.domains.files import service as files
from aionserver.domains.files.service import StoredFile
from aionserver.domains.pipelines.schemas import Done, Given
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand, Item
from aionserver.kit.ids import parse_ids
from aionserver.kit.spoken.tasks import about

MOST_SHOWN: Final = 40
MOST_PAGES: Final = 20
QUOTES_OF_PAGE: Final = 3
LONGEST_PAGE: Final = 20_000
BY_IMAGE: Final = 100
NEEDS_MODEL: Final = (
    "This is what is known of them. To judge them beyond that needs a language model, and there is none for you here "
    "(AIONVISION_LANGUAGE_MODEL)."
)
NOTHING_KNOWN: Final = "Nothing is known of them that tells of this."
OF_IMAGES: Final = """
Analyse these pictures in Markdown by what is known of them: answer what is asked first, then say of each what matters
for it. You see their descriptions and the text in them, not the pictures: say so where that is not enough.
"""
OF_LINKS: Final = """
Analyse these bookmarked web pages in Markdown by what they say: answer what is asked first, then say of each what
matters for it, and in what they agree and differ.
"""


async def study_images(errand: Errand, intent: str, given: Given) -> Done:
    """What is known of pictures, those that fit what is asked first."""
    items = await _ordered(errand, intent, await load(errand, given.image_ids or ()))
    made = await composed(errand, OF_IMAGES, intent, given, items[:MOST_SHOWN])
    return told(made, "\n".join(pictures_told(items)), given, len(items))


async def _ordered(errand: Errand, intent: str, items: Sequence[Item]) -> Sequence[Item]:
    subject = about(intent)
    if not subject or len(items) < 2:
        return items
    found = await errand.infra.tools["search_images"].use(errand, {"query": subject, "limit": BY_IMAGE})
    scores = {one.id: one.score or 0.0 for one in found.items}
    return sorted(items, key=lambda one: -scores.get(one.id, 0.0))


async def study_links(errand: Errand, intent: str, given: Given) -> Done:
    """What bookmarked pages say of what is asked, quoted page by page."""
    items = await load(errand, given.link_ids or (), with_text=True)
    made = await composed(errand, OF_LINKS, intent, given, items[:MOST_SHOWN])
    return told(made, "\n\n".join(_page(one, about(intent)) for one in items[:MOST_PAGES]), given, len(items))


def _page(item: Item, subject: str) -> str:
    said = lines(quotes([item], subject, QUOTES_OF_PAGE)) if item.text else "- No text of it is read."
    return f"## {heading(item)}\n\n{line(item)}\n{said}"


async def load(errand: Errand, texts: Sequence[str], *, with_text: bool = False) -> list[Item]:
    """The files with these ids that are there; `with_text`: as what can be read in them says."""
    ids = parse_ids(texts)[0]
    async with errand.open_scope() as scope:
        found = await files.find_many(scope, ids)
        return [_item(scope, found[one], with_text=with_text) for one in ids if one in found]


def _item(scope: Scope, file: StoredFile, *, with_text: bool) -> Item:
    item = files.as_item(scope, file)
    return replace(item, text=(file.visible_text or item.text)[:LONGEST_PAGE]) if with_text else item


async def composed(errand: Errand, task: str, intent: str, given: Given, items: Sequence[Item]) -> Composed | None:
    """What the tenant's language model makes of things, and of what steps before told; None where there is none."""
    return await assistant.compose(errand, Composition(task, with_notes(intent, given.told or ()), items))


def told(made: Composed | None, quoted: str, given: Given, count: int, nothing: str = NOTHING_KNOWN) -> Done:
    """What the model wrote, else what is quoted, with why it is no more than that."""
    if made is not None and made.failure is None:
        return Done(made.resolved, {**given.handed_on, "count": count, "analysis": made.content}, made)
    why = f"The language model was asked and not taken: {made.failure}." if made else NEEDS_MODEL
    said = readable(quoted or nothing)
    return Done(f"{said}\n\n{why}", {**given.handed_on, "count": count, "analysis": quoted}, made)
