"""The words that a passage is found by: stemmed by its language, codes and numbers as they stand.

Indexed are words without their accents. What joins parts by a hyphen, a dot or a slash and has a digit, as `AB-1234/7`,
counts as a whole and by its parts; a section sign counts with its number. A number is the same however it is written:
`1,234.56` and `1.234,56` are 1234.56, and found by 1234, too. Scripts without blanks count by pairs of signs.
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
# Numbers with commas: in thousands, or with a decimal comma. What goes on after them, as `1,2,3`, is a list; with a
# word behind it, as `2,4-D`, a decimal comma is none.
NUMBER: Final = (
    r"(?<!\d,)(?:"
    r"(?!0)\d{1,3}(?:(?:,\d{3})+|(?:['’]\d{3})+)(?:\.\d+)?"
    r"|(?!0)\d{1,3}(?:\.\d{3})+,\d+"
    r"|(?:\d+,\d{1,2}|0,\d+)(?!-[^\W\d_])"
    r")(?!\d|[.,]\d)"
)
_PIECE: Final = re.compile(
    rf"(?P<run>[{_UNPARTED}]+)"
    rf"|(?P<section>§{{1,2}}\s?\d[\d.]*)"
    rf"|(?P<number>{NUMBER})"
    rf"|(?P<code>[^\W_{_UNPARTED}]+(?:[-./_:#][^\W_{_UNPARTED}]+)+)"
    rf"|(?P<word>[^\W_{_UNPARTED}]+(?:['’][^\W\d_]+)?)"
)
_JOINT: Final = re.compile(r"[-./_:#]")
_IN_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?")
# What may be a number in thousands as some write it, or a decimal one, or a version.
_DOTTED_THOUSANDS: Final = re.compile(r"(?!0)\d{1,3}(?:\.\d{3})+")
_WITHOUT_CENTS: Final = re.compile(r"(\d{3,})\.00")
# Words in capitals and numbers with nothing but blanks between them, as a code may be asked for: `AB 1234`.
_CAPITALS: Final = re.compile(r"(?<!\S)[A-Z\d]+(?: [A-Z\d]+)+(?![^\s.,;:!?)])")
_POSSESSIVE: Final = re.compile(r"['’]s?$")
# Letters that are no other letter with a mark, and that many write as others.
_WRITTEN_AS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss", "þ": "th"}
)
# Those that the endings of a language are told by.
_OWN_LETTERS: Final = {"da": "øæ", "no": "øæ", "fr": "œ", "sr": "đ", "tr": "ı"}


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
    """The words of a query as they are shown to be found: numbers, codes and section signs as wholes alone.

    Words that make a code together, as `AB-CD` or `AB CD 12`, come joined by hyphens, too.
    """
    return words_of_query(text, languages, _wholes)


def _no_relatives(stem: str) -> tuple[str, ...]:
    return ()


def _words(text: str) -> Iterator[str]:
    """Words in small letters, accents kept; wholes before their parts."""
    return (word for wholes, parts in _pieces(text) for word in (*wholes, *parts))


def _wholes(text: str) -> Iterator[str]:
    """Words in small letters; of what counts as a whole, that alone; of what may be a code, it and its parts."""
    for wholes, parts in _pieces(text):
        yield from wholes or parts
        if not wholes:
            yield "-".join(parts)
    for match in _CAPITALS.finditer(unicodedata.normalize("NFKC", text)):
        if any(map(str.isdigit, match[0])) and any(map(str.isalpha, match[0])):
            yield match[0].lower().replace(" ", "-")


def _pieces(text: str) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """What each piece of a text is as a whole, in every way to read it, and its parts beside that."""
    for match in _PIECE.finditer(unicodedata.normalize("NFKC", text).lower()):
        piece = match[0]
        if match["run"]:
            yield from (([piece[at : at + 2]], ()) for at in range(max(1, len(piece) - 1)))
        elif match["section"]:
            number = piece.lstrip("§ \t\n").rstrip(".")
            yield [f"§{number}"], [number]
        elif match["number"]:
            yield _read(_with_decimal_point(piece))
        elif match["code"]:
            yield _read(piece)
        else:
            yield [_POSSESSIVE.sub("", piece)], ()


def _with_decimal_point(number: str) -> str:
    """A number with commas as it is without thousands and with a decimal point."""
    if _IN_THOUSANDS.fullmatch(number) and number[0] != "0":
        return re.sub("[,'’]", "", number)
    return number.replace(".", "").replace(",", ".")


def _read(code: str) -> tuple[Sequence[str], Sequence[str]]:
    """A number or code as a whole, and by its parts; joined words by their parts alone."""
    parts = _JOINT.split(code)
    if not any(sign.isdigit() for sign in code):
        return [], parts
    if _DOTTED_THOUSANDS.fullmatch(code):
        return [code, code.replace(".", "")], parts
    if whole := _WITHOUT_CENTS.fullmatch(code):
        return [code, whole[1]], parts[1:]
    return [code], parts if len(parts) > 1 else ()


@lru_cache(64)
def _reduction(language: str | None) -> Callable[[str], str]:
    """What makes a word of the language the form that is indexed; nothing of a word that says nothing."""
    name = STEMMERS.get(language or "")
    stemmer: Any = snowballstemmer.stemmer(name) if name else None
    own = {ord(letter) for letter in _OWN_LETTERS.get(language or "", "")}
    foreign = {letter: written for letter, written in _WRITTEN_AS.items() if letter not in own}

    @lru_cache(1 << 15)
    def reduced(word: str) -> str:
        if language == "en" and word in STOP_WORDS:
            return ""
        word = word.translate(foreign)
        stemmed = stemmer.stemWord(word) if stemmer and word.isalpha() and len(word) <= LONGEST_WORD else word
        return _without_accents(stemmed)[:LONGEST_WORD]

    return reduced


def _without_accents(word: str) -> str:
    """Letters of Latin, Greek and Cyrillic script without their marks; marks of other scripts are letters there."""
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFD", word).translate(_WRITTEN_AS)
    return unicodedata.normalize("NFC", "".join(one for one in apart if not 0x300 <= ord(one) < 0x370))
