"""The words that a passage is found by: stemmed by its language, codes and numbers as they stand.

Indexed are words without their accents. What joins parts by a hyphen, a dot or a slash and has a digit, as `AB-1234/7`,
counts as a whole and by its parts; a section sign counts with its number. Scripts without blanks count by pairs of
signs.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import snowballstemmer

from aionserver.kit.word_families import relatives
from aionserver.kit.words import STOP_WORDS

# ISO 639-1; all other languages are found by their words as they stand.
STEMMERS: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
# Languages whose stemmers cut words at their beginning, too.
CHANGED_BEGINNINGS: Final = frozenset({"ga", "id", "nl"})
LONGEST_WORD: Final = 64
# Written without blanks between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
_UNPARTED: Final = "฀-໿က-႟ក-៿぀-ヿㇰ-ㇿ㐀-䶿一-鿿豈-﫿𠀀-𯿿"
_PIECE: Final = re.compile(
    rf"(?P<run>[{_UNPARTED}]+)"
    rf"|(?P<section>§{{1,2}}\s?\d[\d.]*)"
    rf"|(?P<code>[^\W_{_UNPARTED}]+(?:[-./_:#][^\W_{_UNPARTED}]+|,\d{{3}}(?!\d))+)"
    rf"|(?P<word>[^\W_{_UNPARTED}]+(?:['’][^\W\d_]+)?)"
)
_JOINT: Final = re.compile(r"[-./_:#]")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_POSSESSIVE: Final = re.compile(r"['’]s?$")


def words_of_passage(text: str, language: str | None = "en") -> list[str]:
    """The words of a passage, in order, repeats kept; without those that say nothing in English."""
    reduce = _reduction(language)
    return [word for word in map(reduce, _words(text)) if word]


def words_of_query(
    text: str, languages: Sequence[str | None], words_of: Callable[[str], Iterator[str]] | None = None
) -> list[tuple[str, ...]]:
    """The words of a query, each once, each in all the forms that passages of the languages have it in.

    English ones in those of their family too, as `maintenance` for `maintain`; these come last.
    """
    reductions = [_reduction(language) for language in dict.fromkeys((*languages, None))]
    kin_of = relatives if "en" in languages else _no_relatives
    found = dict[tuple[str, ...], None]()
    for word in dict.fromkeys((words_of or _words)(text)):
        forms = dict.fromkeys(form for reduce in reductions if (form := reduce(word)))
        forms = tuple(dict.fromkeys((*forms, *kin_of(_reduction("en")(word)))))
        if forms and word not in STOP_WORDS:
            found.setdefault(forms)
    return list(found)


def wholes_of_query(text: str, languages: Sequence[str | None]) -> list[tuple[str, ...]]:
    """The words of a query as they are shown to be found: codes and section signs as wholes alone."""
    return words_of_query(text, languages, _wholes)


def _no_relatives(stem: str) -> tuple[str, ...]:
    return ()


def _words(text: str) -> Iterator[str]:
    """Words in small letters, accents kept; wholes before their parts."""
    return (word for pieces in _pieces(text) for word in pieces)


def _wholes(text: str) -> Iterator[str]:
    """Words in small letters; of what has a digit, the whole alone."""
    for pieces in _pieces(text):
        first, *parts = pieces
        yield first
        if not any(sign.isdigit() for sign in first):
            yield from parts


def _pieces(text: str) -> Iterator[list[str]]:
    """The words of each piece of a text, a whole before its parts."""
    for match in _PIECE.finditer(unicodedata.normalize("NFKC", text).lower()):
        piece = match[0]
        if match["run"]:
            yield from ([piece[at : at + 2]] for at in range(max(1, len(piece) - 1)))
        elif match["section"]:
            number = piece.lstrip("§ \t\n").rstrip(".")
            yield [f"§{number}", number]
        elif match["code"]:
            yield list(_parts_of(piece))
        else:
            yield [_POSSESSIVE.sub("", piece)]


def _parts_of(code: str) -> Iterator[str]:
    """A number without its commas; a code as a whole, and by its parts; joined words by their parts alone."""
    if _THOUSANDS.fullmatch(code):
        yield code.replace(",", "")
        return
    code = code.replace(",", "")
    if any(sign.isdigit() for sign in code):
        yield code
    yield from _JOINT.split(code)


@lru_cache(64)
def _reduction(language: str | None) -> Callable[[str], str]:
    """What makes a word of the language the form that is indexed; nothing of a word that says nothing."""
    name = STEMMERS.get(language or "")
    stemmer: Any = snowballstemmer.stemmer(name) if name else None

    @lru_cache(1 << 15)
    def reduced(word: str) -> str:
        if language == "en" and word in STOP_WORDS:
            return ""
        stemmed = stemmer.stemWord(word) if stemmer and word.isalpha() and len(word) <= LONGEST_WORD else word
        return _without_accents(stemmed)[:LONGEST_WORD]

    return reduced


def _without_accents(word: str) -> str:
    """Letters of Latin, Greek and Cyrillic script without their marks; marks of other scripts are letters there."""
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(one for one in apart if not 0x300 <= ord(one) < 0x370))
