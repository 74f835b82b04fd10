"""What kind of thing answers a question, as a date or an amount; and whether a sentence has one that fits."""

import re
from collections.abc import Set
from typing import Final, Literal

from aionserver.kit.words import stem, tokens

Value = Literal["amount", "count", "date", "duration", "frequency", "measure", "person", "place"]
_UNIT_OF_TIME = (
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tagen?|wochen?|monaten?"
    r"|jahren?|heures?|jours?|semaines?|mois|ans?|années?)"
)
_WORD_NUMBER = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|zwei|drei|vier"
    r"|deux|trois|quatre)"
)
_NUMBER = rf"(?:\d[\d.,]*|{_WORD_NUMBER})"
_MONTHS = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?|dez(?:ember)?|janvier|février|mars"
    r"|avril|juin|juillet|août|septembre|octobre|novembre|décembre)"
)
_QUANTITY = (
    r"(?:weight|height|length|width|depth|size|speed|temperature|power|flow|head|capacity|distance|area|pressure"
    r"|voltage|volume|maximum|minimum)"
)
_MONEY = (
    r"(?:price|costs?|fees?|rent|deposit|premium|sales|revenues?|income|profits?|earnings|salary|wages?|budget|debt"
    r"|expenses?|total|amount|sum|balance|dividend|value|rate|margin|percentage|share|tax(?:es)?)"
)
# In the order they are tried.
_ASKED: Final[tuple[tuple[Value, re.Pattern[str]], ...]] = (
    ("count", re.compile(r"\b(?:how many|wie ?viele|combien d['’e]|cuánt[oa]s)\b", re.I)),
    ("frequency", re.compile(r"\b(?:how (?:often|frequently)|wie oft|à quelle fréquence)\b", re.I)),
    ("duration", re.compile(r"\b(?:how (?:long|old)|wie lang\w*|combien de temps|cuánto tiempo)\b", re.I)),
    (
        "measure",
        re.compile(
            r"\b(?:how (?:heavy|tall|far|fast|deep|big|large|high|wide|hot|cold|thick|warm|small)"
            r"|wie (?:schwer|groß|hoch|weit|breit))\b"
            rf"|^what(?:'s|’s| is| was| are) the (?:\w+ )?{_QUANTITY}\b",
            re.I,
        ),
    ),
    (
        "amount",
        re.compile(
            r"\b(?:how (?:much|expensive)|wie ?viel|was kostet|was kosten|combien|cuánto)\b"
            r"|\bwhat (?:do|does|did|would|will) .{1,60} (?:cost|pay|earn|charge)\b"
            rf"|\bwhat(?:'s|’s| is| was| were| are)\b.{{0,80}}\b{_MONEY}\b",
            re.I,
        ),
    ),
    (
        "date",
        re.compile(
            r"\b(?:when|(?:what|which|on what|in what|in which) (?:date|day|month|year|time)|what is the date|wann"
            r"|quand|cuándo|since when|until when)\b",
            re.I,
        ),
    ),
    ("person", re.compile(r"\b(?:who|whom|whose|wer|wem|wen|qui|quién)\b", re.I)),
    ("place", re.compile(r"\b(?:where|wo|où|dónde|what (?:address|city|town|country|place))\b", re.I)),
)
# "How does it work when …" and "whoever knows" ask for no date and no person.
_ASKS_FIRST: Final = re.compile(
    r"^\W*(?:(?:and|but|so|or|und|et|ok|hi|please|tell me|do you know|can you (?:say|tell me))\W+)*", re.I
)
_BEGINNING: Final = 6
_HAS: Final[dict[Value, re.Pattern[str]]] = {
    "amount": re.compile(
        r"[$€£¥]\s?\d|\d[\d.,]*\s?(?:%|[$€£¥]|percent|per cent|Prozent|(?:US )?dollars?|euros?|pounds?|EUR|USD|GBP|RM"
        r"|million|billion|thousand|cents?|litres?|liters?|kg|g\b|ml\b|mg\b|cups?|grams?)",
        re.I,
    ),
    "count": re.compile(rf"(?<![\w.])(?<!\$){_NUMBER}(?!\w)", re.I),
    "date": re.compile(
        rf"\b{_MONTHS}\.?\s+\d|\d{{1,2}}(?:st|nd|rd|th|er|\.)?\s+(?:of\s+)?{_MONTHS}\b|\b(?:1[5-9]|20)\d\d\b"
        rf"|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|\b{_MONTHS}\b(?=[,. ])",
        re.I,
    ),
    "duration": re.compile(rf"\b{_NUMBER}[\s-]+(?:\w+\s+)?{_UNIT_OF_TIME}\b", re.I),
    "frequency": re.compile(
        rf"\b(?:every|once|twice|daily|weekly|monthly|annual(?:ly)?|yearly|quarterly|hourly|jährlich|monatlich"
        rf"|täglich|wöchentlich|jede[nrs]?|chaque|tous les|par (?:an|mois|jour)|times (?:a|per)"
        rf"|per {_UNIT_OF_TIME})\b",
        re.I,
    ),
    "measure": re.compile(
        r"\d[\d.,]*\s?(?:°|%|m\b|mm|cm|km|kg|g\b|t\b|tons?|miles?|feet|foot|ft|inch|in\b|pounds?|lbs?|metres?|meters?"
        r"|mph|litres?|liters?|l\b|mb|gb|kb|mib|gib|hectares?|acres?|square)",
        re.I,
    ),
    "person": re.compile(
        r"(?<![.!?“\"] )(?<!^)\b[A-Z][\w’'-]+(?: [A-Z][\w’'.-]*)+|\b(?:Mr|Mrs|Ms|Dr|Frau|Herr|Madame)\b"
    ),
    "place": re.compile(r"\b(?:in|at|on|from|near|to|im|à|au|en|located)\s+(?:the\s+)?(?:\d+\s+)?[A-Z]\w+"),
}
# What is asked by an adjective stands in texts as a noun.
_NOUNS: Final = {
    "heavy": "weight",
    "tall": "height",
    "high": "height",
    "wide": "width",
    "deep": "depth",
    "fast": "speed",
    "hot": "temperature",
    "warm": "temperature",
    "cold": "temperature",
    "big": "size",
    "large": "size",
    "far": "distance",
    "old": "age",
    "expensive": "price",
    "thick": "thickness",
}
_ASKING: Final = re.compile(
    rf"\bhow (?:many|much|often|frequently|long|{'|'.join(_NOUNS)})\b|\b(?:what|which) (?:date|day|time|year)\b", re.I
)
_HOW: Final = re.compile(rf"\bhow ({'|'.join(_NOUNS)})\b", re.I)
_NEAR: Final = 4
_LONGEST: Final = 2_000


def asked_value(question: str) -> Value | None:
    """The kind of thing that answers; None where any sentence may."""
    question = question[:_LONGEST]
    start = _ASKS_FIRST.match(question)
    begin = start.end() if start else 0
    for value, pattern in _ASKED:
        found = pattern.search(question, begin)
        if found is not None and (found.start() - begin <= _BEGINNING or value in ("count", "amount")):
            return value
    return None


def said_of(question: str) -> str:
    """The question without the words that only ask, as "how many"."""
    return _ASKING.sub(" ", question[:_LONGEST])


def with_nouns(question: str) -> str:
    """The question with the noun for "how heavy", by which texts are found that say "weight"."""
    found = _HOW.search(question[:_LONGEST])
    return f"{question} ({_NOUNS[found[1].lower()]})" if found is not None else question


def fit(value: Value, sentence: str, asked: Set[str]) -> float:
    """How well a sentence has such a value, 0-1; `asked` are the stems of the question's words."""
    sentence = sentence[:_LONGEST]
    found = list(_HAS[value].finditer(sentence))[:20]
    if not found:
        return 0.0
    if value != "count":
        return 1.0
    after = (tokens(sentence[one.end() : one.end() + 60])[:_NEAR] for one in found)
    return 1.0 if any(stem(word) in asked for words in after for word in words) else 0.3
