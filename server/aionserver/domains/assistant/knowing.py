"""What is known of a file itself: when, where, by whom and with what it was made, how long it is, in what language."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from aionserver.domains.assistant.answering import NOTHING, ask
from aionserver.domains.assistant.findings import cite
from aionserver.domains.assistant.pointing import called_so, chosen, named, pointed_at, say_unknown, say_which
from aionserver.domains.assistant.wording import asked_for, cited_names, size_in_words
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item
from aionserver.kit.dates import spoken_day
from aionserver.kit.languages import language_name
from aionserver.kit.quoting import plain_quote
from aionserver.kit.receipts import read_receipt
from aionserver.kit.spoken.intents import Request
from aionserver.kit.spoken.properties import Property

MOST_TOLD = 4
# So many letters and blanks a word takes, of most languages written in letters.
CHARACTERS_A_WORD = 6
_WHEN = re.compile(
    r"^\W*(?:and )?(?:when|(?:what|which|on what)(?:'s|’s| is| are)?(?: the)? (?:dates?|days?|year))\b", re.I
)
_WHERE = re.compile(r"^\W*(?:and )?where\b", re.I)
_CAMERA = re.compile(r"^\W*(?:and )?(?:(?:with )?(?:what|which) camera)\b", re.I)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What is asked as well of what a text is about: "how long is it?" after an answer means the lease, not the paper.
_OF_THE_SUBJECT: frozenset[Property] = frozenset(("length", "size"))

_MAY_BE_SAID: frozenset[Property] = frozenset(("author", "written"))


async def known(work: Work, request: Request) -> None:
    """Say what is asked of a file itself; where no file is meant, it is a question like any other."""
    assert request.asked is not None
    items = await _meant(work, request)
    if items is None:
        no_file = f"I know of no document that is called {asked_for(request.words)}." if request.subject else NOTHING
        is_of_file = request.asked not in _MAY_BE_SAID
        await ask(
            work,
            request.text,
            request.subject or request.text,
            work.earlier,
            otherwise=no_file if is_of_file else NOTHING,
        )
        return
    for file_id in ids_of(items)[:MOST_TOLD]:
        meant = next(one for one in items if file_id in (str(one.id), str(one.document_id)))
        item = await looked_up(work, meant)
        said = TOLD[request.asked](item)
        if not said and meant.kind == "chunk" and request.asked in _MAY_BE_SAID:
            # After an answer "who wrote it?" means what was spoken of, of which another document may tell.
            await ask(work, request.text, request.subject or request.text, work.earlier)
            continue
        work.keep(item.name, [item])
        if said:
            work.say(said)
        else:
            unknown = f"{_UNKNOWN[request.asked]} {cite(item).markup} is not known."
            await _ask_itself(work, request, item, unknown)


async def _ask_itself(work: Work, request: Request, item: Item, unknown: str) -> None:
    """Say what a document's text may say to it, where its properties don't."""
    if item.kind == "document" and request.asked in _MAY_BE_SAID:
        await ask(work, request.text, request.subject or request.text, among=[item], otherwise=unknown)
    else:
        work.say(unknown)


async def _meant(work: Work, request: Request) -> Sequence[Item] | None:
    """The files that are asked about; None where it is a question to what is in them."""
    if request.files:
        items = await named(work, request.files)
        if not items:
            say_unknown(work, request.files)
        return items
    if request.subject:
        return await _called(work, request)
    latest = work.findings.latest()
    if request.asked in _OF_THE_SUBJECT and latest is not None and latest.items[0].kind == "chunk":
        return None
    items = pointed_at(work, request) or (await chosen(work)) or ([] if request.reference else _latest(work))
    if not items:
        say_which(work)
    return items


async def _called(work: Work, request: Request) -> Sequence[Item] | None:
    """The files that are called so: the newest, with the others named, or none."""
    called = [one for one in await called_so(work, request) if one.kind == "document"]
    if len(called) > 1:
        work.keep(request.subject, called)
        work.say(f"Several are called so: {cited_names(called)}.")
    return called or None


def _latest(work: Work) -> list[Item]:
    latest = None if work.findings.is_nothing_left else work.findings.latest()
    return list(latest.items) if latest is not None and len(ids_of(latest.items)) == 1 else []


async def looked_up(work: Work, item: Item) -> Item:
    """A file with all that is known of it."""
    is_document = item.kind in ("document", "chunk")
    tool = "describe_document" if is_document else "describe_file"
    (found,) = (await work.use(tool, file=str(item.document_id or item.id))).items
    return found


def _pages(item: Item) -> str:
    count, name = item.details.get("page_count"), cite(item).markup
    if count:
        return f"{name} has {count:,} {'page' if count == 1 else 'pages'}."
    return f"{name} has no fixed pages: {text}." if (text := _length_of_text(item)) else ""


def told_length(item: Item) -> str:
    """How long a document is, in pages, characters and words, as far as that is known."""
    count, text = item.details.get("page_count"), _length_of_text(item)
    if not count:
        return _pages(item)
    return f"{_pages(item).removesuffix('.')}; {text}." if text else _pages(item)


def _length_of_text(item: Item) -> str:
    characters = item.details.get("characters")
    if not characters:
        return ""
    return f"its text has {characters:,} characters, about {max(1, round(characters / CHARACTERS_A_WORD)):,} words"


def _author(item: Item) -> str:
    author = plain_quote(str(item.details.get("author") or ""), 200)
    return f"The properties of {cite(item).markup} name as its author: {author}." if author else ""


def _written(item: Item) -> str:
    created = str(item.details.get("created") or "")
    if _ISO_DAY.match(created):
        return f"By its properties {cite(item).markup} was written on {spoken_day(date.fromisoformat(created[:10]))}."
    return "" if item.kind == "document" else when_made(item)


def _language(item: Item) -> str:
    language = language_name(str(item.details.get("language") or ""))
    return f"The text of {cite(item).markup} is in {language}." if language else ""


def _format(item: Item) -> str:
    known = item.details.get("format")
    return f"{cite(item).markup} is a file of the format {plain_quote(str(known), 50)}." if known else ""


def _size(item: Item) -> str:
    measures = f", {item.details['width']} × {item.details['height']} pixels" if item.details.get("width") else ""
    size = item.details.get("size_bytes")
    return f"{cite(item).markup} has {size_in_words(size)}{measures}." if size else ""


TOLD: Mapping[Property, Callable[[Item], str]] = {
    "pages": _pages,
    "length": told_length,
    "author": _author,
    "written": _written,
    "language": _language,
    "format": _format,
    "size": _size,
}
_UNKNOWN: Mapping[Property, str] = {
    "pages": "How many pages there are in",
    "length": "The length of",
    "author": "Its properties name nobody: who wrote",
    "written": "Its properties name no day: when was written",
    "language": "The language of",
    "format": "The format of",
    "size": "The size of",
}


def one_thing(question: str, item: Item) -> str:
    """When, where or with what a file was made, where only that is asked; nothing where more is."""
    known, name = item.details, cite(item).markup
    if _WHEN.search(question):
        return _written(item) or when_made(item)
    if _WHERE.search(question):
        place = _place(known)
        return f"{name} was made at {place}." if place else f"Where {name} was made is not known."
    if _CAMERA.search(question):
        camera = known.get("camera")
        return (
            f"{name} was taken with {plain_quote(camera, 100)}."
            if camera
            else f"With what camera {name} was taken is not known."
        )
    return ""


def when_made(item: Item) -> str:
    """When it was made: by a date that can be read in it, by the camera, or not known."""
    known, name = item.details, cite(item).markup
    if written := read_receipt(str(known.get("visible_text") or "")).day:
        return f"In {name} stands the date {spoken_day(written)}."
    day = _day(known)
    return (
        f"{name} was made on {day}."
        if known.get("is_dated")
        else f"When {name} was made is not known; it was added on {day}."
    )


def _day(known: Mapping[str, Any]) -> str:
    """When it was made, or added where that is not known."""
    return spoken_day(date.fromisoformat(str(known["made_at"])[:10]))


def _place(known: Mapping[str, Any]) -> str:
    latitude, longitude = known.get("latitude"), known.get("longitude")
    if latitude is None or longitude is None:
        return ""
    return (
        f"{abs(latitude):.5f}° {'N' if latitude >= 0 else 'S'}, {abs(longitude):.5f}° {'E' if longitude >= 0 else 'W'}"
    )


def described(item: Item) -> str:
    """All that is known of a file, in sentences."""
    known = item.details
    told = [plain_quote(item.text, 600)] if item.text else [] if item.kind == "document" else [_undescribed(known)]
    if known.get("tags"):
        told.append(f"Tags: {', '.join(plain_quote(tag, 50) for tag in known['tags'][:15])}.")
    if known.get("visible_text"):
        told.append(f"Text in it: “{plain_quote(known['visible_text'], 300)}”.")
    elif item.kind == "document":
        told.append(f"It has no text that I can read{_why(known)}.")
    return f"{cite(item).markup}: {' '.join([*told, *_made(item)])}"


def _undescribed(known: Mapping[str, Any]) -> str:
    return f"It has no description{_why(known)}."


def _why(known: Mapping[str, Any]) -> str:
    status = known.get("status")
    problem = plain_quote(str(known.get("problem") or ""), 200).rstrip(".")
    return f" ({problem or status})" if status in ("queued", "pending", "processing", "failed") else ""


def _made(item: Item) -> list[str]:
    """When, where and by what it was made, and how large it is, as far as that is known."""
    known = item.details
    made = "Made" if known.get("is_dated") else "Added"
    camera = f" with {plain_quote(known['camera'], 100)}" if known.get("camera") else ""
    told = [f"{made} on {_day(known)}{camera}."]
    if known.get("author"):
        told.append(f"Author: {plain_quote(str(known['author']), 100)}.")
    if place := _place(known):
        told.append(f"Place: {place}.")
    if known.get("width"):
        told.append(f"{known['width']} × {known['height']} pixels.")
    if known.get("page_count"):
        told.append("1 page." if known["page_count"] == 1 else f"{known['page_count']} pages.")
    if known.get("source_url"):
        told.append(f"Address: {plain_quote(known['source_url'], 200)}")
    return told
