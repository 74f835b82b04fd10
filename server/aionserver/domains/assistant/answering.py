"""Answers out of documents, and of whatever else is found: their sentences, in quotes, each with where it stands."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from aionserver.domains.assistant.findings import cite, likely, surely
from aionserver.domains.assistant.wording import asked_for, cited_names, listed, noun
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item
from aionserver.kit.asked_values import Value, asked_value, said_of, with_nouns
from aionserver.kit.quoting import Measure, Quote, best_sentences, plain_quote
from aionserver.kit.spoken.following import before_it, goes_on, what_is_said_of
from aionserver.kit.words import asked_stems, content_stems, stem

MOST_PASSAGES = 10
MOST_BESIDE = 5
MOST_LOOKED_AT = 100
# Words out of more places than three read as a heap.
MOST_QUOTED = 3
ANSWER = Measure(sentences=8, words=130, share=0.15)
# A date, an amount or a name is in a sentence or two.
SHORT_ANSWER = Measure(sentences=3, words=60, share=0.55)
NEAREST = Measure(sentences=4, words=80, share=0.3)
SHORTLY: frozenset[Value] = frozenset(("amount", "count", "date", "duration", "frequency", "measure", "person"))
# What no picture says, but the text in one.
WRITTEN: frozenset[Value] = frozenset(("amount", "date"))
UNSEEN: frozenset[Value] = SHORTLY - WRITTEN
# Of passages that score so, two or three in ten answer: one of them is shown, with the doubt.
NEARLY = 0.2
# In the document that the conversation is about, a fainter trace is worth showing.
FAINTLY = 0.08
NOTHING = "I found nothing in your library that answers this."
UNSURE = "I am not sure that this answers it. The nearest I found:"
# What kinds of papers are called, also as the end of a word, as in "Mietvertrag".
_SAME_THING = tuple(
    frozenset(map(stem, words.split()))
    for words in (
        "contract agreement lease vertrag contrat contrato",
        "manual guide handbook instructions handbuch anleitung manuel",
        "invoice bill rechnung facture factura",
        "receipt quittung beleg reçu recibo",
        "report results survey study bericht rapport informe",
        "letter brief lettre carta",
        "policy insurance versicherung assurance",
        "memo memorandum notiz",
    )
)
_TAIL = 5
_ASKS = re.compile(r"^\W*(?:(?:and|but|so)\W+)?(?:who|what|when|where|which|does|did|is (?:it|the)|are the)\b", re.I)
_NO_PICTURE = re.compile(
    r"^\W*(?:(?:and|but|so)\W+)?(?:why|how|(?:can|may|must|should|could|shall|am|do|does|did|will|would) )", re.I
)


async def answer_from_documents(
    work: Work,
    question: str,
    query: str,
    *,
    among: Sequence[Item] | None = None,
    narrowed: Mapping[str, Any] | None = None,
    quiet: bool = False,
) -> int:
    """Quote what documents say to a question; how many passages were found that probably answer it."""
    await work.think("searching", f"Reading documents: {query[:100]}", "document_search")
    outcome = await work.use("search_documents", among, query=query, limit=MOST_PASSAGES, **(narrowed or {}))
    passages = likely(outcome.items)
    if passages:
        work.keep(query, passages)
        work.say(quoted(question, passages[:MOST_QUOTED]))
    elif not quiet:
        work.say(f"I found nothing in your documents about {asked_for(query)}.")
    return len(passages)


def quoted(question: str, passages: Sequence[Item], measure: Measure | None = None, context: str = "") -> str:
    """The sentences of passages that answer best, with where they stand; the best place, or sentence, first."""
    return told_by(question, passages, measure, context)[0]


def told_by(
    question: str, passages: Sequence[Item], measure: Measure | None = None, context: str = ""
) -> tuple[str, list[Item]]:
    """What `quoted` says, and the passages that it quotes.

    Where no sentence has a word of the question, and it was found by meaning alone, how the best passage begins.
    """
    quotes = _quotes(question, passages, measure, context)
    if not quotes:
        return f"“{plain_quote(passages[0].text)}” {cite(passages[0]).markup}", [passages[0]]
    best = max(quotes, key=lambda one: one.weight)
    is_late = asked_value(question) in SHORTLY and any(one.place < best.place for one in quotes)
    rest = [one for one in quotes if one is not best or not is_late]
    places = dict.fromkeys(one.passage for one in sorted(rest, key=lambda one: -one.weight))
    groups = [*([[best]] if is_late else []), *([one for one in rest if one.passage == place] for place in places)]
    lines = [cited(passages[group[0].passage], group) for group in groups]
    return "\n".join(lines), [passages[place] for place in dict.fromkeys(group[0].passage for group in groups)]


def _quotes(question: str, passages: Sequence[Item], measure: Measure | None, context: str) -> list[Quote]:
    texts = [(item.text, item.score if item.score is not None else 0.5) for item in passages]
    usual = SHORT_ANSWER if asked_value(question) in SHORTLY else ANSWER
    return best_sentences(with_nouns(question), texts, measure or usual, context)


def cited(passage: Item, quotes: Sequence[Quote]) -> str:
    """Sentences of a passage as one quotation; what is left out between them is marked."""
    told = quotes[0].text
    for before, one in pairwise(quotes):
        told += (" " if one.place == before.place + 1 else " … ") + one.text
    return f"“{told}” {cite(passage).markup}"


async def ask(
    work: Work,
    text: str,
    query: str,
    earlier: Sequence[str] = (),
    *,
    among: Sequence[Item] | None = None,
    otherwise: str = NOTHING,
) -> None:
    """Answer a question from documents first, and from pictures and pages of `query`, which it is about.

    `earlier` are the questions before, with which it may go on; `among` files that it names; `otherwise` is said where
    nothing answers.
    """
    text = what_is_said_of(text)
    context = before_it(text, earlier)
    before = list(earlier) if earlier and goes_on(text) else None
    await work.think("searching", f"Looking through your library: {query[:100]}")
    nearly, links, images = await asyncio.gather(
        work.use(
            "search_documents", among, query=with_nouns(text), limit=MOST_PASSAGES, earlier=before, least_score=NEARLY
        ),
        _search(work, "search_links", query, MOST_BESIDE),
        _pictures(work, text, query),
    )
    is_answered = True
    if documents := likely(nearly.items):
        told, used = told_by(text, await _to_quote(work, text, documents), context=context)
        work.keep(text, list({one.id: one for one in (*documents, *used)}.values()))
        work.say(told)
    elif nearest := await _nearest(work, text, nearly.items, before, context):
        work.keep(text, nearest)
        work.say(f"{UNSURE}\n{quoted(text, nearest, NEAREST, context)}")
        links, images = ([], []) if _is_for_words(text) else (links, images)
    else:
        is_answered = False
    beside = [(kind, items) for kind, items in (("link", links), ("image", images)) if items and among is None]
    for kind, items in beside:
        _say_beside(work, kind, query, surely(text, items), _head(text, is_answered=is_answered))
    if not (beside or is_answered):
        work.say(otherwise)


async def _pictures(work: Work, text: str, query: str) -> list[Item]:
    """Pictures that a question may be about: of dates and amounts those with text, and of much else none."""
    value = asked_value(text)
    if value in UNSEEN:
        return []
    found = await _search(work, "search_images", query, MOST_BESIDE)
    return [one for one in found if one.details.get("visible_text")] if value in WRITTEN else found


def _is_for_words(text: str) -> bool:
    """Whether a question is answered by words rather than by something to look at."""
    return asked_value(text) is not None or _NO_PICTURE.match(text) is not None


def _head(text: str, *, is_answered: bool) -> str:
    """What leads up to pictures and pages: they may help with a question, and are what "any cats?" asks for."""
    if is_answered:
        return "Also found: "
    return "No document answers this. The nearest: " if _is_for_words(text) or _ASKS.match(text) else "I found "


def _say_beside(work: Work, kind: str, query: str, found: tuple[Sequence[Item], Sequence[Item]], head: str) -> None:
    """Say what else was found: what is certain, then what may be; `found` are both."""
    sure, unsure = found
    what = f" for {asked_for(query)}" if head == "I found " else ""
    if not sure:
        work.keep(query, unsure)
        work.say(f"I am not sure of any {noun(kind, 1)}{what}. The nearest:\n{listed(unsure[:MOST_QUOTED])}")
        return
    doubt = less_sure(work, query, unsure)
    kept = work.keep(query, sure)
    work.say(f"{head}[[ref:{kept.key}]] {noun(kind, len(sure))}{what}:\n{listed(sure)}{doubt}")


def less_sure(work: Work, label: str, items: Sequence[Item]) -> str:
    """What else may be so, named apart from what surely is; of what is kept after it, later requests speak."""
    if not items:
        return ""
    work.keep(label, items)
    return f"\nI am less sure of {cited_names(items)}."


async def _to_quote(work: Work, text: str, passages: Sequence[Item]) -> Sequence[Item]:
    """The passages to quote from; a date, an amount or a name may stand in any other one of the best one's document."""
    passages = passages[:MOST_QUOTED]
    if asked_value(text) not in SHORTLY:
        return passages
    query = with_nouns(text)
    others = await work.use("search_documents", passages[:1], query=query, limit=MOST_PASSAGES, least_score=0.0)
    return list({one.id: one for one in (*passages, *others.items)}.values())


async def _nearest(
    work: Work, text: str, nearly: Sequence[Item], before: Sequence[str] | None, context: str
) -> Sequence[Item]:
    """What comes nearest to a question that nothing surely answers, of the library or of the document it may mean.

    Nothing where no sentence of it has a word of the question: meaning alone is too vague for that.
    """
    own = context if not asked_stems(said_of(with_nouns(text))) else ""
    if _quotes(text, nearly[:MOST_QUOTED], NEAREST, own):
        return nearly[:MOST_QUOTED]
    if (named := await named_in(work, text)) and (found := await _within(work, text, named, before, 0.0)):
        return found
    spoken_of = work.findings.latest()
    chunks = [one for one in spoken_of.items if one.kind == "chunk"][:1] if spoken_of else []
    found = await _within(work, text, chunks, before, FAINTLY) if chunks else ()
    return found if _quotes(text, found, NEAREST, own) else ()


async def _within(
    work: Work, text: str, documents: Sequence[Item], before: Sequence[str] | None, least: float
) -> Sequence[Item]:
    query, limit = with_nouns(text), MOST_QUOTED
    outcome = await work.use("search_documents", documents, query=query, limit=limit, earlier=before, least_score=least)
    return outcome.items


async def named_in(work: Work, text: str) -> list[Item]:
    """The newest document that a text calls by a word of its name, as "the memo" does."""
    words = asked_stems(text)
    files = (await work.use("list_files", kind="document", limit=MOST_LOOKED_AT)).items
    return [one for one in files if any(has_word(one, word) for word in words)][:1]


def has_word(item: Item, word: str, *, is_exact: bool = False) -> bool:
    """Whether a file is called by a word, in its title or file name; a lease is a contract, too, but not exactly."""
    names = f"{item.name} {item.details.get('filename', '')}"
    called = set(content_stems(re.sub(r"[_-]+|\.\w{1,5}(?!\w)", " ", names)))
    group = next((group for group in _SAME_THING if word in group), frozenset((word,)))
    same = frozenset((word,)) if is_exact else group
    return bool(called & same) or any(one.endswith(other) for one in called for other in same if len(other) > _TAIL)


async def _search(work: Work, tool: str, query: str, limit: int) -> list[Item]:
    return likely((await work.use(tool, query=query, limit=limit)).items)
