"""What somebody looks for in documents: words, phrases in quotes, codes, and what a conversation was about before."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from aionserver.kit.passage_words import wholes_of_query, words_of_query
from aionserver.kit.words import STOP_WORDS, tokens

MOST_WORDS: Final = 64
MOST_CHARACTERS: Final = 4_000
_QUOTED: Final = re.compile('["“”«»„]([^"“”«»„]{2,300})["“”«»„]')
_SECTION: Final = re.compile(r"§{1,2}\s?")
_HAS_DIGIT: Final = re.compile(r"\d")
_CODE: Final = re.compile(r"§.+|.*[-./_:#].*|(?=.*\d)(?=.*[^\W\d_]).{3,}")
# With so many digits, a word names one thing, and what is alike will not do for it; `CO2` and `COVID-19` have fewer.
_NAMING_DIGITS: Final = 3
# Questions that lean on what was said before: by a word that points back, or by how they begin.
_POINTS_BACK: Final = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|he|him|his|she|her|hers|there|ones?|such|same"
    r"|others?|else|another)\b",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(r"\s*(?:and|or|but|so|no|yes|ok|okay|also|i mean|(?:what|how) about)\b", re.IGNORECASE)
_FEW_WORDS: Final = 2
# What asks for an amount, or for an answer, is not in it.
_ASKING: Final = re.compile(r"\bhow (?:many|much|often|long)\b|\b(?:tell|show) me\b|\bplease\b", re.IGNORECASE)
# How much the last question before counts beside the one asked, and each one before it beside the next.
_EARLIER: Final = 0.4
_FADING: Final = 0.5
_REMEMBERED: Final = 3


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text and how much it counts."""

    text: str
    weight: float


def weighed(question: str, earlier: Sequence[str] = ()) -> list[Weighed]:
    """The question, and those before it as far as it leans on them; `earlier` has the oldest first.

    Where a question stands for itself, what was asked before only leads astray.
    """
    asked = [Weighed(question, 1.0)]
    if not leans_on_earlier(question):
        return asked
    for place, text in enumerate(reversed(earlier[-_REMEMBERED:])):
        asked.append(Weighed(text, _EARLIER * _FADING**place))
    return asked


def leans_on_earlier(question: str) -> bool:
    """Whether a question is understood only by what was said before: short, or with words that point back."""
    says = [forms for forms in words_of_query(question, ["en"]) if not _POINTS_BACK.fullmatch(forms[0])]
    return len(says) <= _FEW_WORDS or bool(_POINTS_BACK.search(question) or _GOES_ON.match(question))


@dataclass(frozen=True, slots=True)
class PassageQuery:
    """`words` in all their forms with their weights; `phrases` that a passage must have; `codes` among the words.

    `keywords` says that it is words alone, without any that make a question of them; `names` are all its words where
    they are nothing but numbers and codes. `wholes` are its words as they stand; `shown` are the forms in which they,
    and those asked before, are shown to be found.
    """

    words: dict[tuple[str, ...], float]
    phrases: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    keywords: bool = False
    names: tuple[str, ...] = ()
    wholes: tuple[tuple[str, ...], ...] = ()
    shown: frozenset[str] = frozenset()

    @classmethod
    def of(cls, asked: Sequence[Weighed], languages: Sequence[str | None]) -> "PassageQuery":
        """The query in weighed texts; phrases and codes are those of the first."""
        words, wholes = dict[tuple[str, ...], float](), list[list[tuple[str, ...]]]()
        for text in asked:
            said = _ASKING.sub(" ", text.text[:MOST_CHARACTERS])
            wholes.append(wholes_of_query(said, languages)[:MOST_WORDS])
            for forms in words_of_query(said, languages)[:MOST_WORDS]:
                words[forms] = max(words.get(forms, 0.0), text.weight)
        written = asked[0].text[:MOST_CHARACTERS]
        phrases = (plain(phrase) for phrase in _QUOTED.findall(written))
        codes = (forms[-1] for forms in words_of_query(written, [None]) if is_code(forms[-1]))
        keywords = len(asked) == 1 and "?" not in written and not STOP_WORDS.intersection(tokens(written))
        names = _names(_ASKING.sub(" ", written)) if len(asked) == 1 else ()
        shown = frozenset(chain.from_iterable(chain.from_iterable(wholes)))
        kept = tuple(dict.fromkeys(filter(None, phrases)))
        return cls(words, kept, tuple(dict.fromkeys(codes)), keywords, names, tuple(wholes[0]), shown)


def _names(text: str) -> tuple[str, ...]:
    """The numbers and codes of a text that is nothing else."""
    wholes = [forms[-1] for forms in wholes_of_query(text, [None])[:MOST_WORDS]]
    return tuple(wholes) if all(map(_is_name, wholes)) else ()


def _is_name(word: str) -> bool:
    return word[0] == "§" or len(_HAS_DIGIT.findall(word)) >= _NAMING_DIGITS


def has_any_name(text: str, names: Sequence[str]) -> bool:
    """Whether a text has one of some codes, be it as the part of a longer one, as `AB-1234` in `AB-1234/7`."""
    text = _SECTION.sub("§", unicodedata.normalize("NFKC", text).lower())
    return bool(re.search(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, names))})(?![^\W_])", text))


def is_code(word: str) -> bool:
    """Whether a word names one thing, as `ab-1234/7` or `§12`: it has a digit beside a sign or a letter."""
    return bool(_HAS_DIGIT.search(word) and _CODE.fullmatch(word))


def plain(text: str) -> str:
    """The words of a text as they are compared with phrases: small letters, single blanks."""
    return " ".join(tokens(unicodedata.normalize("NFKC", text)))


def has_phrase(plain_text: str, phrase: str) -> bool:
    """Whether a plain text has a plain phrase, as whole words; in scripts without blanks, anywhere."""
    return f" {phrase} " in f" {plain_text} " or (ord(max(phrase)) >= 0x0E00 and phrase in plain_text)
