"""The part of a text that shows best why it was found, and the words in it that a query asked for."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from aionserver.kit.passage_words import CHANGED_BEGINNINGS, words_of_passage

LONGEST: Final = 300
_MOST_CHARACTERS: Final = 20_000
_WORD: Final = re.compile(
    r"§{1,2}\s?\d+(?:\.\d+)*|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![^\W_])|[^\W_]+(?:[-./_'’:#][^\W_]+)*"
)
_PART: Final = re.compile(r"[^\W_]+")
_HAS_DIGIT: Final = re.compile(r"\d")
_NUMBER: Final = re.compile(r"[\d.,]+")
# Of longer codes, only parts and the whole are compared, not what several parts make together.
_MOST_PARTS: Final = 8
_BLANKS: Final = re.compile(r"\s+")


def matched_words(text: str, forms: Collection[str], languages: Sequence[str | None]) -> list[tuple[int, int]]:
    """Where the words of a query stand in a text of one of the languages: from, up to.

    `forms` are the query's words as `wholes_of_query` gives them. A number is found as a whole alone; a code by what
    several of its parts make, too.
    """
    wanted, kinds = frozenset(forms), tuple(dict.fromkeys((*languages, None)))
    text = text[:_MOST_CHARACTERS]
    # Most words are there often, and asked for never: each is looked at once, and hardly any is reduced.
    words = _likely(set(_WORD.findall(text)), wanted, kinds)
    found = {word for word in words if not wanted.isdisjoint(_forms_of(word, kinds))}
    return [match.span() for match in _WORD.finditer(text) if match[0] in found] if found else []


def _likely(words: Collection[str], wanted: Collection[str], kinds: Collection[str | None]) -> Collection[str]:
    """The words that may have one of the forms, by their first letter, which stemmers of most languages keep."""
    if not CHANGED_BEGINNINGS.isdisjoint(kinds):
        return words
    initials = {form[0] for form in wanted}
    return [word for word in words if not word.isascii() or not word.isalpha() or word[0].lower() in initials]


@lru_cache(1 << 15)
def _forms_of(word: str, languages: tuple[str | None, ...]) -> frozenset[str]:
    forms = [form for language in languages for form in words_of_passage(word, language)]
    if _NUMBER.fullmatch(word):
        return frozenset(forms[:1])
    return frozenset((*forms, *_runs(word))) if _HAS_DIGIT.search(word) else frozenset(forms)


def _runs(code: str) -> list[str]:
    """What parts of a code that follow each other make together, as `ab-1234` in `AB-1234/7`."""
    parts = [match.span() for match in _PART.finditer(code)]
    if len(parts) > _MOST_PARTS:
        return []
    return [code[start:end].lower() for at, (start, _) in enumerate(parts) for _, end in parts[at + 1 :]]


def snippet(text: str, matches: Sequence[tuple[int, int]], longest: int = LONGEST) -> str:
    """At most `longest` characters around as many different matches as possible, cut at words, in one line."""
    text = text[:_MOST_CHARACTERS]
    if len(text) <= longest:
        return _BLANKS.sub(" ", text).strip()
    start = _start(text, matches, longest)
    cut = text[start : start + longest - 2]
    if start:
        cut = "…" + cut[cut.find(" ") + 1 :] if " " in cut[:40] else "…" + cut
    if start + longest - 2 < len(text):
        cut = (cut[: cut.rfind(" ")] if " " in cut[-40:] else cut) + "…"
    return _BLANKS.sub(" ", cut).strip()


def _start(text: str, matches: Sequence[tuple[int, int]], longest: int) -> int:
    """Where to begin: a little before the match that has the most different words after it within reach."""
    lead, best, start = longest // 6, 0, 0
    for first, _ in matches:
        within = {text[a:b].lower() for a, b in matches if first <= a and b <= first + longest - lead}
        if len(within) > best:
            best, start = len(within), first
    return min(max(0, start - lead), len(text) - longest + 2)
