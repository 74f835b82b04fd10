"""A person's search words as a PostgreSQL text query: words match by their beginning, quoted ones as a phrase."""

import re

MAX_TERMS = 32
_PART = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words of a text; what is neither letter nor digit parts them, as in the index."""
    return _WORD.findall(text)


def to_tsquery_text(text: str, weights: str = "") -> str:
    """The input of `to_tsquery` that asks for all words of `text`; empty when it has none.

    `weights` limits the match to the index's fields of these letters (A to D).
    """
    parts: list[str] = []
    for quoted, bare in _PART.findall(text):
        phrase = words_of(quoted)
        if phrase:
            suffix = f":{weights}" if weights else ""
            parts.append("(" + " <-> ".join(word + suffix for word in phrase) + ")")
        parts += [f"{word}:*{weights}" for word in words_of(bare)]
    return " & ".join(parts[:MAX_TERMS])


def any_word_tsquery_text(text: str) -> str:
    """The input of `to_tsquery` that asks for any word of `text`; empty when it has none."""
    return " | ".join(dict.fromkeys(word.lower() for word in words_of(text)[:MAX_TERMS]))
