"""Orders in German, French and Spanish, put into the English that they are read in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aionserver.kit.spoken.foreign_words import ORDERS, PHRASES, QUESTIONS, STRUCTURE, THINGS, Language

_POLITE: Final = (
    r"^\s*[¿¡]?\s*(?:(?:bitte|hallo|kannst du|könntest du|s['’]il (?:te|vous) plaît|bonjour|hola|por favor|puedes"
    r"|peux-tu|und|et|y)[,:]?\s+){0,3}"
)
_PIECE: Final = re.compile(r"[\"“„«][^\"“”„«»]*[\"“”»]|\S+\.\w{2,5}\b|\w+(?:[-’']\w+)*|\s+|.", re.S)
_ELIDED: Final = re.compile(r"\b([dl]|qu|jusqu)['’](?=\w)", re.I)
_OF_LIBRARY: Final = re.compile(
    r"\b(?:photos?|pictures|files?|documents?|videos?|bookmarks|PDFs?|spreadsheets|presentations|folders?|pages"
    r"|Word documents|these|them)\b"
)
_ORDERS: Final = {
    language: [(re.compile(_POLITE + form, re.I), english) for form, english in forms]
    for language, forms in ORDERS.items()
}
_ASKING: Final = {
    language: [(re.compile(_POLITE + form, re.I), english) for form, english in forms]
    for language, forms in QUESTIONS.items()
}

_TOGETHER: Final = {
    language: [(re.compile(form, re.I), english) for form, english in forms] for language, forms in PHRASES.items()
}
# What a noun takes before it where some are meant: "des photos", "du pain".
_SOME: Final = re.compile(r"^(?:des|du|de la|de l['’]|d['’]|de) ?", re.I)


@dataclass(frozen=True, slots=True)
class Foreign:
    """An order in another language: in English, and in English but for the words that say what is looked for."""

    language: Language
    english: str
    own: str


def in_english(text: str) -> Foreign | None:
    """A request as it would be in English, where it is an order to a library in another language that is known."""
    for language in ORDERS:
        if (order := _begun(language, _ORDERS[language], text)) is not None:
            return order
        asked = _begun(language, _ASKING[language], text)
        if asked is not None and _OF_LIBRARY.search(asked.english):
            return asked
    return None


def _begun(language: Language, forms: Sequence[tuple[re.Pattern[str], str]], text: str) -> Foreign | None:
    """The request in English by the first form with which it begins."""
    for pattern, begins in forms:
        if (found := pattern.match(text)) is not None:
            return _told(language, begins, text[found.end() :])
    return None


def _told(language: Language, begins: str, rest: str) -> Foreign:
    for pattern, english in _TOGETHER[language]:
        rest = pattern.sub(english, rest)
    rest = _SOME.sub("", rest) if language == "fr" else rest
    structure, things = STRUCTURE[language], THINGS[language]
    return Foreign(language, begins + _put(rest, structure | things), begins + _put(rest, structure))


def _put(text: str, words: Mapping[str, str]) -> str:
    """The text with the words that are known in English; quotes, names of files and all others stay."""
    text = _ELIDED.sub(r"\1 ", text.replace("¿", "").replace("¡", ""))
    return " ".join("".join(words.get(one.lower(), one) for one in _PIECE.findall(text)).split())


def as_said(subject: str, text: str) -> str:
    """What is looked for in the words of the text: from the first to the last of them that were not put in English."""
    known = [one for one in re.findall(r"\w+(?:[-’']\w+)*", subject) if one.lower() in text.lower()]
    own = [one for one in known if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.I)]
    if not own:
        return ""
    start, end = text.lower().find(own[0].lower()), text.lower().rfind(own[-1].lower()) + len(own[-1])
    return text[start:end] if start < end else " ".join(own)
