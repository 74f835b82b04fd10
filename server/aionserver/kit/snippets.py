"""The part of a text that shows best why it was found, and the words in it that a query asked for."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from aionserver.kit.passage_words import words_of_passage

LONGEST: Final = 300
_MOST_CHARACTERS: Final = 20_000
_WORD: Final = re.compile(r"[^\W_]+(?:[-./'’:#][^\W_]+)*")
_BLANKS: Final = re.compile(r"\s+")


def matched_words(text: str, forms: Collection[str], languages: Sequence[str | None]) -> list[tuple[int, int]]:
    """Where the words of a query stand in a text of one of the languages: from, up to.

    `forms` are the query's words as `kit/passage_words.py` gives them.
    """
    wanted, kinds = frozenset(forms), tuple(dict.fromkeys((*languages, None)))
    text = text[:_MOST_CHARACTERS]
    # Most words are there often, and asked for never: each is looked at once.
    found = {word for word in set(_WORD.findall(text)) if not wanted.isdisjoint(_forms_of(word, kinds))}
    return [match.span() for match in _WORD.finditer(text) if match[0] in found] if found else []


@lru_cache(1 << 15)
def _forms_of(word: str, languages: tuple[str | None, ...]) -> frozenset[str]:
    return frozenset(form for language in languages for form in words_of_passage(word, language))


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
