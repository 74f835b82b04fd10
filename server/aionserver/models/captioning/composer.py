"""The embedded describer: sentences made of facts, with no network and no guessing."""

import re
from collections.abc import Iterable
from dataclasses import replace
from math import prod

from aionserver.kit.words import listed, sentence, word_count
from aionserver.models.captioning.contract import MAX_WORDS, MIN_WORDS, Description, PictureFacts
from aionserver.models.captioning.legibility import legible
from aionserver.models.captioning.light import closing_sentences, colour_sentence, plain_look
from aionserver.models.captioning.occasion import occasion_sentence
from aionserver.models.captioning.quotes import first_quotes, is_prominent, largest_quotes, page_kind
from aionserver.models.captioning.scenes import Scene, scene_of
from aionserver.models.captioning.sentences import is_mentioned, placed_sentence, subject_sentence
from aionserver.models.captioning.tagwords import tags_of
from aionserver.models.captioning.things import Thing, possible_thing, things_in

_MAX_VISIBLE_TEXT_CHARACTERS = 20_000
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])|(?<=[.!?]\") (?=[A-Z])")
# The sentences that tell of the picture's look, text and occasion rather than of what is in it.
_ASIDE = re.compile(
    r"The text reads |The scene is mostly |The picture is |The main tones are |The most prominent |Taken |"
    r"Nothing (?:else in the picture|in it) can |.* dominate the scene\.$|.* is the main tone\.$|"
    r"The .* (?:is|fills) .* of the frame\.$"
)
_PLACE_IN_FRAME = re.compile(
    r",? (?:the most prominent )?(?:on the left|on the right|in the middle|filling most) of the frame"
)
_SURE_OF_LITTLE = 0.3
_SURE_OF_A_GUESS = 0.4
_SURE_OF_TEXT = 0.9


class FactComposer:
    """`Describer` that puts objects, setting, text, colours, time and place into plain English."""

    name = "fact-composer"
    version = "2"

    def describe(self, facts: PictureFacts) -> Description:
        """A description of 10 to 60 words; the same facts always give the same one."""
        facts = replace(facts, text=legible(facts.text))
        things = things_in(facts)
        scene = scene_of(facts.tags, things)
        kind = None if _fills_the_picture(things) else page_kind(facts.text)
        if kind is not None:
            # What a network makes out among letters is mostly a misreading.
            things, scene = [], None
        first, confidence = _first_sentence(facts, things, scene, kind)
        return Description(
            text=_within_bounds(facts, things, first, _further_sentences(facts, first, kind)),
            tags=tags_of(facts, things, scene, kind),
            confidence=round(confidence, 3),
            visible_text=facts.text.text[:_MAX_VISIBLE_TEXT_CHARACTERS],
            model=self.name,
            version=self.version,
        )


def content_sentences(description: str) -> str:
    """The sentences that say what a picture is of, less those on its look, text and occasion."""
    content = " ".join(part for part in _SENTENCE_END.split(description) if not _ASIDE.match(part))
    return _PLACE_IN_FRAME.sub("", content)


def _first_sentence(
    facts: PictureFacts, things: list[Thing], scene: Scene | None, kind: str | None
) -> tuple[str, float]:
    """The sentence that says what the picture is, and how likely it is right."""
    if kind is not None:
        return _page_sentence(facts, kind), _SURE_OF_TEXT
    if things:
        first = subject_sentence(facts, things, scene)
        return first, _confidence(first, things, scene)
    if is_prominent(facts.text) and (quotes := largest_quotes(facts.text, 4)):
        return f"printed text that reads {listed(quotes)}", _SURE_OF_TEXT
    return _uncertain_sentence(facts, scene)


def _fills_the_picture(things: list[Thing]) -> bool:
    """True where the main thing is no paper: the text then is on something else."""
    others = [thing for thing in things if thing.label not in {"book", "laptop", "television"}]
    return len(others) > 2 or any(thing.weight > 0.4 for thing in others)


def _page_sentence(facts: PictureFacts, kind: str) -> str:
    name = "a printed receipt" if kind == "receipt" else "a page of printed text"
    quotes = first_quotes(facts.text, 3)
    return f"{name} that begins {listed(quotes)}" if quotes else name


def _uncertain_sentence(facts: PictureFacts, scene: Scene | None) -> tuple[str, float]:
    if scene is not None:
        return scene.view, scene.probability
    guess = possible_thing(facts)
    if guess is not None:
        return f"{plain_look(facts)}, possibly showing {guess}", _SURE_OF_A_GUESS
    return f"{plain_look(facts)}, without anything that can be named with confidence", _SURE_OF_LITTLE


def _further_sentences(facts: PictureFacts, first: str, kind: str | None) -> Iterable[str | None]:
    """Sentences that may follow, the most telling first."""
    yield _text_sentence(facts, first) if kind is None else None
    yield None if "mostly" in first else colour_sentence(facts)
    yield occasion_sentence(facts)


def _text_sentence(facts: PictureFacts, first: str) -> str | None:
    quotes = [quote for quote in largest_quotes(facts.text, 3) if quote not in first]
    return f"the text reads {listed(quotes)}" if quotes else None


def _within_bounds(facts: PictureFacts, things: list[Thing], first: str, further: Iterable[str | None]) -> str:
    told = [more for more in further if more]
    is_short = sum(word_count(part) for part in (first, *told)) < MIN_WORDS
    text = sentence(placed_sentence(first, things) if is_short else first)
    for more in told:
        if word_count(text) + word_count(more) <= MAX_WORDS:
            text = f"{text} {sentence(more)}"
    for more in closing_sentences(facts, things, text):
        if word_count(text) >= MIN_WORDS:
            break
        text = f"{text} {sentence(more)}"
    return " ".join(text.split()[:MAX_WORDS])


def _confidence(first: str, things: list[Thing], scene: Scene | None) -> float:
    """The probability that everything the sentence names is there; counts and relations are not judged."""
    said = prod(thing.probability for thing in things if is_mentioned(thing, first))
    return said * (scene.probability if scene is not None and scene.phrase in first else 1.0)
