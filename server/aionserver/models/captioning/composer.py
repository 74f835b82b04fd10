"""The embedded describer: sentences made of facts, with no network and no guessing."""

import re
from collections.abc import Iterable
from dataclasses import replace
from math import prod

from aionserver.kit.words import sentence, word_count
from aionserver.models.captioning.contract import MAX_WORDS, MIN_WORDS, Description, PictureFacts, Statement
from aionserver.models.captioning.ground import ground_of
from aionserver.models.captioning.legibility import legible
from aionserver.models.captioning.light import closing_sentences, colour_sentence, in_full, plain_look
from aionserver.models.captioning.occasion import occasion_sentence
from aionserver.models.captioning.quotes import first_quotes, is_prominent, largest_quotes, page_kind
from aionserver.models.captioning.scenes import Scene, scene_of
from aionserver.models.captioning.sentences import is_stated, placed_sentence, subject_sentence
from aionserver.models.captioning.tagwords import tags_of
from aionserver.models.captioning.things import Thing, possible_thing, things_in
from aionserver.models.captioning.told import Told, listed_told

_MAX_VISIBLE_TEXT_CHARACTERS = 20_000
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])|(?<=[.!?]\") (?=[A-Z])")
# The sentences that tell of the picture's look, text and occasion rather than of what is in it.
_ASIDE = re.compile(r"The text reads |The picture is |The main colours? |The .* is (?:on the|in the) |Taken |Nothing ")
_PLACE_IN_PICTURE = re.compile(r" (?:(?:on the left|on the right|in the middle) of|that fills most of) the picture\b")
_SURE_OF_LITTLE = 0.3
_SURE_OF_A_GUESS = 0.4
_SURE_OF_TEXT = 0.9


class FactComposer:
    """`Describer` that puts objects, setting, text, colours, time and place into plain English."""

    name = "fact-composer"
    version = "3"

    def describe(self, facts: PictureFacts) -> Description:
        """A description of 10 to 60 words; the same facts always give the same one."""
        facts = replace(facts, text=legible(facts.text))
        things = things_in(facts)
        scene = scene_of(facts.tags, things) or ground_of(facts, things)
        kind = None if _fills_the_picture(things) else page_kind(facts.text)
        if kind is not None:
            # What a network makes out among letters is mostly a misreading.
            things, scene = [], None
        first, confidence = _first_sentence(facts, things, scene, kind)
        told = _within_bounds(facts, things, first, _further_sentences(facts, first, kind))
        return Description(
            text=told.text,
            tags=tags_of(facts, things, scene, kind),
            confidence=round(confidence, 3),
            visible_text=facts.text.text[:_MAX_VISIBLE_TEXT_CHARACTERS],
            model=self.name,
            version=self.version,
            statements=tuple(dict.fromkeys(told.states)),
        )


def content_sentences(description: str) -> str:
    """The sentences that say what a picture is of, less those on its look, text and occasion."""
    content = " ".join(part for part in _SENTENCE_END.split(description) if not _ASIDE.match(part))
    return _PLACE_IN_PICTURE.sub("", content)


def _first_sentence(
    facts: PictureFacts, things: list[Thing], scene: Scene | None, kind: str | None
) -> tuple[Told, float]:
    """The sentence that says what the picture is, and how likely it is right."""
    if kind is not None:
        return _page_sentence(facts, kind), _SURE_OF_TEXT
    if things:
        first = subject_sentence(facts, things, scene)
        return first, _confidence(first, things, scene)
    if is_prominent(facts.text) and (quotes := largest_quotes(facts.text, 4)):
        return _quoting("printed text that reads ", quotes, Statement("thing", "printed text")), _SURE_OF_TEXT
    return _uncertain_sentence(facts, scene)


def _fills_the_picture(things: list[Thing]) -> bool:
    """True where the main thing is no paper: the text then is on something else."""
    others = [thing for thing in things if thing.label not in {"book", "laptop", "television"}]
    return len(others) > 2 or any(thing.weight > 0.4 for thing in others)


def _page_sentence(facts: PictureFacts, kind: str) -> Told:
    name, article = ("receipt", "a printed receipt") if kind == "receipt" else ("page", "a page of printed text")
    named, quotes = Statement("thing", name), first_quotes(facts.text, 3)
    return _quoting(f"{article} that begins ", quotes, named) if quotes else Told(article, (named,))


def _quoting(opening: str, quotes: list[str], *states: Statement) -> Told:
    quoted = listed_told([Told(quote, (Statement("text", quote.strip('"')),)) for quote in quotes], opening)
    return replace(quoted, states=(*states, *quoted.states))


def _uncertain_sentence(facts: PictureFacts, scene: Scene | None) -> tuple[Told, float]:
    if scene is not None:
        return Told(scene.view, scene.states), scene.probability
    look, guess = plain_look(facts), possible_thing(facts)
    if guess is not None:
        guessed = Statement("guess", guess.split(" ", 1)[1])
        return Told(f"{look.text}, possibly showing {guess}", (*look.states, guessed)), _SURE_OF_A_GUESS
    return replace(look, text=f"{look.text} in which nothing could be made out for certain"), _SURE_OF_LITTLE


def _further_sentences(facts: PictureFacts, first: Told, kind: str | None) -> Iterable[Told | None]:
    """Sentences that may follow, the most telling first."""
    yield _text_sentence(facts, first) if kind is None else None
    yield None if any(said.kind == "colour" for said in first.states) else colour_sentence(facts)
    yield occasion_sentence(facts)


def _text_sentence(facts: PictureFacts, first: Told) -> Told | None:
    quotes = [quote for quote in largest_quotes(facts.text, 3) if quote not in first.text]
    return _quoting("the text reads ", quotes) if quotes else None


def _within_bounds(facts: PictureFacts, things: list[Thing], first: Told, further: Iterable[Told | None]) -> Told:
    told = [more for more in further if more]
    is_short = sum(word_count(part.text) for part in (first, *told)) < MIN_WORDS
    text = _and_then(None, placed_sentence(first, things) if is_short else first)
    for more in (in_full(more) for more in told) if is_short else told:
        if word_count(text.text) + word_count(more.text) <= MAX_WORDS:
            text = _and_then(text, more)
    for more in closing_sentences(facts, things, text.states):
        if word_count(text.text) >= MIN_WORDS:
            break
        text = _and_then(text, more)
    return replace(text, text=" ".join(text.text.split()[:MAX_WORDS]))


def _and_then(before: Told | None, more: Told) -> Told:
    if before is None:
        return Told(sentence(more.text), more.states)
    return Told(f"{before.text} {sentence(more.text)}", (*before.states, *more.states))


def _confidence(first: Told, things: list[Thing], scene: Scene | None) -> float:
    """The probability that everything the sentence names is there; counts and relations are not judged."""
    said = prod(thing.probability for thing in things if is_stated(thing, first.states))
    is_set = any(statement.kind == "scene" for statement in first.states)
    return said * (scene.probability if scene is not None and is_set else 1.0)
