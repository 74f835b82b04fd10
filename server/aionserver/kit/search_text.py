"""A person's search words as a PostgreSQL text query: words match by their beginning, quoted ones as a phrase."""

import re
import unicodedata

# How PostgreSQL's `ts_rank_cd` weighs a match: the fields D to A of the index, and 1 for "longer texts count less".
RANK_WEIGHTS = "{0.2, 0.4, 0.7, 1.0}"
RANK_BY_LENGTH = 1
MAX_TERMS = 32
# PostgreSQL takes words of at most 2046 bytes, and a character has at most 4.
LONGEST_WORD = 500
# Combining classes of the marks that PostgreSQL counts as letters: vowels of Indic scripts, Hebrew and Arabic.
VOWEL_SIGNS = frozenset({0, *range(10, 37)})
_PART = re.compile(r'"([^"]*)"|(\S+)')


def words_of(text: str) -> list[str]:
    """The words of a text; what is neither letter, digit nor vowel sign parts them, as in the index."""
    composed = unicodedata.normalize("NFC", text)
    parted = "".join(one if _is_of_a_word(one) else " " for one in composed)
    return [word[:LONGEST_WORD] for word in parted.split() if any(one.isalnum() for one in word)]


def _is_of_a_word(one: str) -> bool:
    return one.isalnum() or (unicodedata.category(one) in ("Mn", "Mc") and unicodedata.combining(one) in VOWEL_SIGNS)


def tsquery_terms(text: str, weights: str = "") -> list[str]:
    """Inputs of `to_tsquery`, one for each word or phrase of `text`; joined by " & " they ask for all of them.

    `weights` limits the match to the index's fields of these letters (A to D).
    """
    parts: list[str] = []
    for quoted, bare in _PART.findall(text):
        phrase = words_of(quoted)[:MAX_TERMS]
        if phrase:
            suffix = f":{weights}" if weights else ""
            parts.append("(" + " <-> ".join(word + suffix for word in phrase) + ")")
        parts += [f"{word}:*{weights}" for word in words_of(bare)]
    return list(dict.fromkeys(parts[:MAX_TERMS]))


def few_terms(terms: list[str], most: int) -> list[str]:
    """At most so many terms that ask for the same; the last is for all that there is no room for."""
    return terms if len(terms) <= most else [*terms[: most - 1], " & ".join(terms[most - 1 :])]


def distinct_words(text: str) -> list[str]:
    """The words of `text`, each once and lower-case; joined by " | " they are input of `to_tsquery`."""
    return list(dict.fromkeys(word.lower() for word in words_of(text)[:MAX_TERMS]))
