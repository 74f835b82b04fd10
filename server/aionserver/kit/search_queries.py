"""A person's search words taken apart: what is looked for, what must stand in the picture, what not, and when."""

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import UTC, datetime

from aionserver.kit.words import STOP_WORDS, content_stems, stem, tokens

_MAX_CHARACTERS = 20_000
_MAX_WORDS = 64
_QUOTED = re.compile('["“”«»„]([^"“”«»„]{2,200})["“”«»„]')
_WORD = '[^\\s"“”«»„,.;]+'
_SAYING = re.compile(
    rf"\b(?:that says|that reads|saying|says|with the words?|with the text)\s+({_WORD}(?:\s+{_WORD}){{0,5}})",
    re.IGNORECASE,
)
_ARTICLES = r"(?:any\s+|a\s+|an\s+|the\s+)?"
_EXCLUDED = re.compile(
    rf"\b(?:without|excluding|but no|but not|with no|and no)\s+{_ARTICLES}(\w+(?:\s+(?:and|or|nor)\s+{_ARTICLES}\w+)*)"
    r"|(?<!\S)-([^\W\d]\w+)",
    re.IGNORECASE,
)
_MONTHS = tuple(month_name)[1:]
_WHEN = re.compile(
    rf"\b(?:(?:taken|made|shot)\s+)?(?:(?:in|from|of|during)\s+(?:the\s+year\s+)?(?=\w+ \d|\d)|(?=[a-z]+ \d))"
    rf"(?:(?P<month>{'|'.join(_MONTHS)})\s+)?(?P<year>(?:19[5-9]|20\d)\d)\b",
    re.IGNORECASE,
)
_JOINED_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; UTC."""

    start: datetime
    end: datetime


# Before and after everything: bounds of a period that has only one of its own.
BEGINNING, END = datetime(1800, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """`text` is what is looked for, without what is excluded or when it was made.

    `plain` are the words of `text`, `stems` those that carry meaning, `quotes` what can be read in the
    picture, `excluded` the stems of what must not be there.
    """

    text: str
    plain: str
    stems: tuple[str, ...]
    quotes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    period: Period | None = None

    @classmethod
    def of(cls, written: str) -> "SearchQuery":
        """The query in a text, cut to what is worth reading."""
        written = written[:_MAX_CHARACTERS]
        quotes = [*_QUOTED.findall(written), *_SAYING.findall(_QUOTED.sub(" ", written))]
        text, period = _without_period(written, tuple(_QUOTED.findall(written)))
        excluded = [word for match in _EXCLUDED.finditer(text) for word in tokens(match[1] or match[2])]
        text = " ".join(_EXCLUDED.sub(" ", text).split())
        return cls(
            text=text,
            plain=plain_words(split_words(text)),
            stems=tuple(dict.fromkeys(content_stems(split_words(text))))[:_MAX_WORDS],
            quotes=tuple(dict.fromkeys(plain for quote in quotes if (plain := plain_words(quote)))),
            excluded=tuple(dict.fromkeys(stem(word) for word in excluded if word not in STOP_WORDS))[:_MAX_WORDS],
            period=period,
        )


def _without_period(text: str, quotes: tuple[str, ...]) -> tuple[str, Period | None]:
    """The text without the month and year that it names; a bare number or one in quotes may be anything else."""
    found = next((match for match in _WHEN.finditer(text) if not any(match["year"] in quote for quote in quotes)), None)
    if found is None:
        return text, None
    rest = text[: found.start()] + text[found.end() :]
    return rest, _period(int(found["year"]), found["month"])


def _period(year: int, month: str | None) -> Period:
    first = _MONTHS.index(month.title()) if month else 0
    after = first + (1 if month else len(_MONTHS))
    start = datetime(year, first + 1, 1, tzinfo=UTC)
    return Period(start, datetime(year + after // 12, after % 12 + 1, 1, tzinfo=UTC))


def split_words(name: str) -> str:
    """Words that a file's name joins, taken apart: "IMG_2041" and "IMG2041" both give "IMG 2041"."""
    return _JOINED_WORDS.sub(" ", name.replace("_", " "))


def plain_words(text: str) -> str:
    """The words of a text, lower-case, with single blanks."""
    return " ".join(tokens(text[:_MAX_CHARACTERS]))
