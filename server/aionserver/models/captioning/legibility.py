"""Which read lines are words that people wrote, and which are textures mistaken for letters."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from aionserver.kit.words import stem, word_set
from aionserver.models.ocr import TextLine, TextLines
from aionserver.models.text_embedding.embedded import VOCABULARY

_KNOWN_WORD_FROM = 0.6
_SHORT_WORD_FROM = 0.8
_UNKNOWN_FROM = 0.9
_UNKNOWN_ON_PAGE_FROM = 0.75
_QUOTED_FROM = 0.9
_QUOTED_UNKNOWN_FROM = 0.98
_NUMBER_QUOTED_FROM = 0.95
# Among this many lines another one is more likely there than not.
_DENSE_FROM_LINES = 8
_SHORT_WORDS = word_set(
    "a i am an as at be by do go he hi if in is it me mr ms my no of oh ok on or so st to tv uk up us vs we am pm "
    "dr co km kg cm mm ml lb oz ft mi hr de la le el il du un et"
)
_NUMBER = re.compile(
    r"[#№]?[$€£]?\d+(?:[.,:/-]\d+)*(?:st|nd|rd|th|%|€|£|am|pm|km|m|cm|mm|kg|g|l|ml|cl|mph|kmh|h|hz|w|kw|v|°c?|x)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’.&-][^\W\d_]+)*\.?")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_CLUSTER = re.compile(r"[^aeiouy]{5}|(.)\1\1", re.IGNORECASE)
_EDGES = ".,:;!?()[]{}*•-–—|'\"“”‘’"


def legible(text: TextLines) -> TextLines:
    """The text without lines that are noise; on a dense page fewer are taken for it."""
    needed = _UNKNOWN_ON_PAGE_FROM if len(text.lines) >= _DENSE_FROM_LINES else _UNKNOWN_FROM
    rows = (tuple(line for line in row if _is_legible(line, needed)) for row in text.rows)
    return TextLines(tuple(row for row in rows if row))


def is_quotable(line: TextLine) -> bool:
    """True for a sure line of nothing but words and numbers, unknown words being letters beyond doubt."""
    tokens = _tokens(line.text)
    if line.confidence < _QUOTED_FROM or not tokens or not _is_telling(line, tokens):
        return False
    return all(_is_plausible(token, line.confidence >= _QUOTED_UNKNOWN_FROM) for token in tokens)


def _is_legible(line: TextLine, needed: float) -> bool:
    tokens = _tokens(line.text)
    known = [token for token in tokens if _is_known(token) and len(token) >= 3]
    if any(len(token) >= 4 for token in known):
        return line.confidence >= _KNOWN_WORD_FROM
    is_single = sum(character.isalnum() for character in line.text) < 2
    return not is_single and line.confidence >= (min(needed, _SHORT_WORD_FROM) if known else needed)


def _tokens(text: str) -> list[str]:
    return [token for part in text.split() if (token := part.strip(_EDGES))]


def _is_telling(line: TextLine, tokens: Iterable[str]) -> bool:
    """True where there is a word of three letters, or of two in a script of syllables, or a sure number."""
    words = [token for token in tokens if not token[0].isdigit()]
    if any(len(word) >= (3 if word.isascii() else 2) for word in words):
        return True
    return line.confidence >= _NUMBER_QUOTED_FROM and sum(character.isdigit() for character in line.text) >= 2


def _is_plausible(token: str, is_sure: bool) -> bool:
    if _NUMBER.fullmatch(token) or _is_known(token):
        return True
    if not _WORD.fullmatch(token):
        return False
    if not _plain(token).isascii():
        return True
    return is_sure and len(token) >= 4 and _is_well_formed(token)


def _is_well_formed(word: str) -> bool:
    letters = _plain(word)
    even = letters.islower() or letters.isupper() or letters.istitle()
    return even and bool(_VOWEL.search(letters)) and not _CLUSTER.search(letters)


def _is_known(token: str) -> bool:
    """True for a word of the dictionary, in even letters: all small, all large, or with a capital."""
    parts = [part for part in re.split(r"[-'’.&]", token) if part]
    return bool(parts) and all(_is_known_part(part) for part in parts)


def _is_known_part(part: str) -> bool:
    if not (part.islower() or part.isupper() or part.istitle()):
        return False
    word = _plain(part).lower()
    if len(word) < 3:
        return word in _SHORT_WORDS or part == "s"
    return word in _dictionary() or stem(word) in _dictionary()


def _plain(word: str) -> str:
    """The word without accents."""
    parts = unicodedata.normalize("NFD", word)
    return "".join(character for character in parts if not unicodedata.combining(character))


@cache
def _dictionary() -> frozenset[str]:
    """Common words of English and names: the text embedder's vocabulary less its pieces of words."""
    words = VOCABULARY.read_text(encoding="utf-8").split()
    return frozenset(word for word in words if len(word) >= 3 and word.isalpha())
