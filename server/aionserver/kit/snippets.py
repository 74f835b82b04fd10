"""The part of a text that shows best why it was found, and the words in it that a query asked for."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from aionserver.kit.passage_words import CHANGED_BEGINNINGS, NUMBER, wholes_of_query, words_of_passage

LONGEST: Final = 300
_MOST_CHARACTERS: Final = 20_000
_WORD: Final = re.compile(rf"§{{1,2}}\s?\d+(?:\.\d+)*|{NUMBER}|[^\W_]+(?:[-./_'’:#][^\W_]+)*")
_PART: Final = re.compile(r"[^\W_]+")
_HAS_DIGIT: Final = re.compile(r"\d")
_NUMBER: Final = re.compile(r"[\d.,'’]+")
_JOINT: Final = re.compile(r"[-./_:#]")
# Of longer codes, only parts and the whole are compared, not what several parts make together.
_MOST_PARTS: Final = 8
_BLANKS: Final = re.compile(r"\s+")


def matched_words(text: str, forms: Collection[str], languages: Sequence[str | None]) -> list[tuple[int, int]]:
    """Where the words of a query stand in a text of one of the languages: from, up to.

    `forms` are the query's words as `wholes_of_query` gives them. A number is found as a whole alone; a code by what
    several of its parts make, too, but not by one part of what was asked for together.
    """
    wanted, kinds = frozenset(forms), tuple(dict.fromkeys((*languages, None)))
    text = text[:_MOST_CHARACTERS]
    # Most words are there often, and asked for never: each is looked at once, and hardly any is reduced.
    words = _likely(set(_WORD.findall(text)), wanted, kinds)
    found = {word for word in words if not wanted.isdisjoint(_forms_of(word, kinds))}
    codes = set(filter(_is_code, found))
    found -= codes
    found |= _asked_codes(codes, wanted, kinds)
    return [match.span() for match in _WORD.finditer(text) if match[0] in found] if found else []


def _likely(words: Collection[str], wanted: Collection[str], kinds: Collection[str | None]) -> Collection[str]:
    """The words that may have one of the forms, by their first letter, which stemmers of most languages keep."""
    if not CHANGED_BEGINNINGS.isdisjoint(kinds):
        return words
    initials = {form[0] for form in wanted}
    return [word for word in words if not word.isascii() or not word.isalpha() or word[0].lower() in initials]


def _is_code(word: str) -> bool:
    return bool(_HAS_DIGIT.search(word) and _JOINT.search(word)) and word[0] != "§" and not _NUMBER.fullmatch(word)


def _asked_codes(codes: Collection[str], wanted: frozenset[str], languages: tuple[str | None, ...]) -> set[str]:
    """Codes without those that share with the query no more than one part of what it joins, or of another code."""
    apart = wanted.difference(*(_JOINT.split(form) for form in wanted if _JOINT.search(form)))
    asked = {code for code in codes if not apart.isdisjoint(_forms_of(code, languages))}
    shared = {code: _shared_parts(code, apart, languages) for code in asked}
    together = {part for parts in shared.values() if len(parts) > 1 for part in parts}
    return {code for code, parts in shared.items() if len(parts) != 1 or parts.isdisjoint(together)}


def _shared_parts(code: str, wanted: frozenset[str], languages: tuple[str | None, ...]) -> set[str]:
    """The parts by which alone a code was asked for; none where it was by several together."""
    if not wanted.isdisjoint((code.lower(), *_runs(code))):
        return set()
    parts = {part.lower() for part in _PART.findall(code)}
    return {part for part in parts if not wanted.isdisjoint(_forms_of(part, languages))}


@lru_cache(1 << 15)
def _forms_of(word: str, languages: tuple[str | None, ...]) -> frozenset[str]:
    if _NUMBER.fullmatch(word):
        return frozenset(form for forms in wholes_of_query(word, [None]) for form in forms)
    forms = [form for language in languages for form in words_of_passage(word, language)]
    return frozenset((*forms, *_runs(word))) if _HAS_DIGIT.search(word) else frozenset(forms)


def _runs(code: str) -> list[str]:
    """What parts of a code that follow each other make together, as `ab-1234` in `AB-1234/7`; with hyphens, too."""
    parts = [match.span() for match in _PART.finditer(code)]
    if len(parts) > _MOST_PARTS:
        return []
    runs = [code[start:end].lower() for at, (start, _) in enumerate(parts) for _, end in parts[at + 1 :]]
    return [*runs, *(_JOINT.sub("-", run) for run in runs)]


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
