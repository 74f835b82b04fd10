"""What was paid, for the embedded assistant: totals of receipts in pictures, their sum, the dearest, by their days."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from aionserver.domains.assistant import finding
from aionserver.domains.assistant.answering import ask
from aionserver.domains.assistant.finding import MOST_FOUND
from aionserver.domains.assistant.findings import cite, likely
from aionserver.domains.assistant.wording import listed, noun
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item
from aionserver.kit.dates import spoken_day
from aionserver.kit.receipts import sums_of
from aionserver.kit.spoken.intents import Request
from aionserver.kit.spoken.times import Days
from aionserver.kit.words import asked_stems, stem, tokens, word_set

RECEIPTS = re.compile(r"\b(?:receipts?|bills?|invoices?|expenses?)\b", re.I)
_DEAREST = re.compile(r"\b(?:most expensive|priciest|highest|largest|biggest)\b", re.I)
_CHEAPEST = re.compile(r"\b(?:cheapest|lowest|smallest|least expensive)\b", re.I)
# Words of such a question that say nothing of what was paid for.
_ASKING = frozenset(
    map(
        stem,
        word_set(
            "much many total sum add paid pay spend spent cost costs receipt receipts bill bills invoice invoices "
            "expense expenses expensive most cheapest priciest highest lowest largest biggest smallest altogether all "
            "amount amounts money first second third fourth fifth sixth last one ones"
        ),
    )
)
SHOWN = 12


async def paid(work: Work, request: Request) -> None:
    """Say what was paid; where no receipts are meant, it is a question like any other."""
    receipts = await _meant(work, request)
    if not receipts:
        await ask(work, request.text, request.subject or request.text, work.earlier)
        return
    await work.think("reading", "Reading the amounts", "analysis")
    read = (await work.use("read_receipts", files=ids_of(receipts))).items
    read = [one for one in read if _is_in(one, request.days)]
    with_total = sorted((one for one in read if "total" in one.details), key=_total, reverse=True)
    if not with_total:
        when = f" {request.days.words}" if request.days else ""
        work.say(f"I can read no total on receipts{when}.")
        return
    work.keep("receipts", with_total)
    if len(with_total) > 1 and (_DEAREST.search(request.text) or _CHEAPEST.search(request.text)):
        chosen = with_total[-1] if _CHEAPEST.search(request.text) else with_total[0]
        work.say(f"{'The lowest' if chosen is with_total[-1] else 'The highest'} total: {_line(chosen)}")
        return
    _say_sum(work, with_total, len(read) - len(with_total))


async def find(work: Work, request: Request) -> None:
    """Say what is found; receipts of a time by the dates printed on them, where any are."""
    is_of_time = request.days is not None and RECEIPTS.search(request.subject) is not None
    if not (is_of_time and await _find_receipts(work, request)):
        await finding.find(work, request)


async def _find_receipts(work: Work, request: Request) -> bool:
    """List the receipts of a time by the dates printed on them; whether there are any."""
    found = await _of_library(work)
    read = (await work.use("read_receipts", files=ids_of(found))).items if found else ()
    fitting = [one for one in read if one.details.get("paid_on") and _is_in(one, request.days)]
    if not fitting or request.days is None:
        return False
    kept = work.keep(
        f"{request.subject} {request.days.words}", [replace(one, text=_description(one, found)) for one in fitting]
    )
    verb = "has a date" if len(fitting) == 1 else "have dates"
    work.say(
        f"[[ref:{kept.key}]] {noun('image', len(fitting))} {verb} {request.days.words} printed:\n{listed(kept.items)}"
    )
    return True


def _description(one: Item, found: Sequence[Item]) -> str:
    return next((other.text for other in found if other.id == one.id), "")


async def _meant(work: Work, request: Request) -> list[Item]:
    """The pictures of receipts that are meant: those pointed at, those found last, or those of the library."""
    latest = work.findings.latest()
    of_found = latest is not None and latest.items[0].kind == "image" and any(map(_has_text, latest.items))
    about = asked_stems(request.text) - _ASKING
    if request.reference is not None and latest is not None and of_found:
        return [one for one in request.reference.pick(latest.items) if _has_text(one)]
    several = work.findings.latest(["image"], several=True) if of_found else None
    if RECEIPTS.search(request.text):
        found = await _of_library(work)
    else:
        found = [one for one in (several or latest).items if one.kind == "image"] if of_found and latest else []
    return [one for one in found if _has_text(one) and _speaks_of(one, about, request.days)]


async def _of_library(work: Work) -> list[Item]:
    """The pictures that are tagged as receipts, and those that are found as such."""
    tagged = await work.use("list_files", kind="image", tag="receipt", limit=MOST_FOUND)
    searched = likely((await work.use("search_images", query="receipts", limit=MOST_FOUND)).items)
    return list({one.id: one for one in (*tagged.items, *searched)}.values())[:MOST_FOUND]


def _has_text(item: Item) -> bool:
    return bool(item.details.get("visible_text"))


def _speaks_of(item: Item, about: set[str], days: Days | None) -> bool:
    """Whether a receipt has one of the words that say where or for what was paid; times are read apart."""
    words = {stem(word) for word in tokens(str(item.details.get("visible_text")))}
    return not about or days is not None or bool(about & words)


def _is_in(item: Item, days: Days | None) -> bool:
    if days is None:
        return True
    printed = item.details.get("paid_on")
    day = date.fromisoformat(printed) if printed else None
    return day is not None and days.has(day)


def _total(item: Item) -> Decimal:
    return Decimal(item.details["total"])


def _money(total: Decimal, currency: str) -> str:
    return f"{total:,.2f} {currency or '(no currency is named)'}"


def _line(item: Item) -> str:
    printed = item.details.get("paid_on")
    day = f", {spoken_day(date.fromisoformat(printed))}" if printed else ""
    return f"{cite(item).markup} — {_money(_total(item), _currency(item))}{day}"


def _say_sum(work: Work, receipts: Sequence[Item], unread: int) -> None:
    """The sum in each money, then what it is made of, for each was read off a picture."""
    lines = [f"{number}. {_line(one)}" for number, one in enumerate(receipts[:SHOWN], 1)]
    lines += [f"and {len(receipts) - SHOWN} more"] if len(receipts) > SHOWN else []
    if len(receipts) == 1:
        work.say(f"The total on it: {_line(receipts[0])}")
    else:
        totals = sums_of((_currency(one), _total(one)) for one in receipts)
        sums = " and ".join(_money(total, currency) for currency, total in totals.items())
        work.say(f"Together {sums}, read off {len(receipts)} pictures:\n" + "\n".join(lines))
    if unread:
        work.say(f"On {unread} more {'picture' if unread == 1 else 'pictures'} I can read no total.")


def _currency(item: Item) -> str:
    return str(item.details.get("currency") or "")
