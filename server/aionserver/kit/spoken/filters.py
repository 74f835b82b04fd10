"""What narrows a request: kinds of things, a folder, tags, a colour, how many, which first."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from aionserver.kit.colors import EXTREMES, LookName
from aionserver.kit.spoken.formats import NamedFormat
from aionserver.kit.spoken.qualities import Qualities

Kind = Literal["image", "document", "link", "video"]
_QUOTED = '["“”«»„\'‘’]([^"“”«»„‘’]{1,100})["“”«»„\'‘’]'
_NAME = rf"(?:{_QUOTED}|([\w&+.-]{{1,60}}(?: (?-i:[A-Z0-9])[\w&+.-]{{0,60}}){{0,3}}))"
_COLORS = (
    "red|orange|yellow|green|blue|purple|violet|pink|brown|black|white|gr[ae]y|beige|turquoise|teal|gold|silver|navy"
    "|maroon|magenta|cyan|lime|olive"
)
_COLOR = rf"(#[0-9a-f]{{6}}|(?:(?:light|dark|bright|pale|deep|sky|navy) )?(?:{_COLORS}))"
_IMAGES = "photos?|photographs?|pictures?|images?|pics?|snapshots?|screenshots?"

KINDS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("image", re.compile(rf"\b(?:{_IMAGES})\b", re.I)),
    ("document", re.compile(r"\b(?:documents?|docs?|pdfs?|manuals?|contracts?|spreadsheets?|papers?)\b", re.I)),
    ("link", re.compile(r"\b(?:links?|bookmarks?|bookmarked|web ?pages?|web ?sites?|articles?)\b", re.I)),
    ("video", re.compile(r"\b(?:videos?|movies?|clips?)\b", re.I)),
)
_FOLDERS: Final = (
    re.compile(rf"\b(?:in|inside|from|of|within) (?:the |my )?folder (?:called |named )?{_NAME}", re.I),
    re.compile(rf"\b(?:in|inside|from|of|within) (?:the |my )?{_NAME} folder\b", re.I),
)
_TAGS: Final = re.compile(
    rf"\b(?:that are |which are )?(?:tagged(?: with| as)?|with (?:the |a )?tags?|having the tags?) {_NAME}"
    rf"((?:(?:,| and|, and) {_NAME})*)",
    re.I,
)
_HASH: Final = re.compile(r"(?<!\S)#(?![0-9a-f]{6}\b)([a-z][\w-]{1,60})\b", re.I)
_LOOKS: Final[tuple[tuple[LookName, str], ...]] = (
    ("black and white", r"black[ -](?:and|&|n)[ -]white|b ?& ?w|b/w|monochrome|colou?rless|gr[ae]y ?scale"),
    ("darkest", "darkest"),
    ("brightest", "brightest|lightest"),
    ("most vivid", r"(?:most )(?:colou?rful|vivid|vibrant)|colou?rfullest"),
    ("dark", "dark(?:er)?|gloomy"),
    ("bright", "bright(?:er)?|light(?:er)?"),
    ("vivid", "colou?rful|vivid|vibrant"),
    ("muted", "muted|pale|dull|faded"),
    ("warm", "warm(?:er)?(?: colou?red)?"),
    ("cool", "(?:cool|cold)(?:er)?(?: colou?red)?"),
)
_LOOKING: Final[tuple[tuple[LookName, re.Pattern[str]], ...]] = tuple(
    (
        look,
        re.compile(
            rf"\b(?:{words}) ones?\b|\b(?:{words}) (?={_IMAGES})"
            rf"|\b(?:that|which) (?:are|look) (?:mostly )?(?:{words})\b"
            rf"|\b(?:in|with) (?:{words}){'' if look == 'black and white' else ' (?:colou?rs?|tones?)'}\b",
            re.I,
        ),
    )
    for look, words in _LOOKS
)
# What is meant by a word alone only where it speaks of pictures that were found.
_LEAD = (
    r"^\s*(?:(?:how|many|show|keep|only|just|the|those|me|and|all|in|rather|which|of|them|these|are|is|any)\b[\s,]*)*"
)
_LOOK_ALONE: Final[tuple[tuple[LookName, re.Pattern[str]], ...]] = tuple(
    (look, re.compile(rf"{_LEAD}(?:{words})(?: ones?)?[\s?.!]*$", re.I)) for look, words in _LOOKS
)
_COLOR_ALONE: Final = re.compile(rf"{_LEAD}{_COLOR}(?: ones?)?[\s?.!]*$", re.I)
_TWO_ALONE: Final = re.compile(rf"{_LEAD}{_COLOR}(?:,| and|, and) {_COLOR}(?: ones?)?[\s?.!]*$", re.I)
_TWO_COLORS: Final = re.compile(rf"\b{_COLOR}(?:,| and|, and) {_COLOR}(?: ones?\b| (?={_IMAGES})|[\s?.!]*$)", re.I)
_COLORED: Final = (
    re.compile(rf"\b(?:mostly|mainly|predominantly|largely) {_COLOR}(?: ones)?\b", re.I),
    re.compile(rf"\b(?:in|of|with) (?:the )?colou?rs? {_COLOR}(?!\w)", re.I),
    re.compile(rf"\b(?:that|which) are {_COLOR}\b", re.I),
    re.compile(rf"\b{_COLOR} ones?\b", re.I),
    re.compile(rf"\b{_COLOR} (?={_IMAGES})", re.I),
    re.compile(r"(?<!\S)(#[0-9a-f]{6})(?!\w)", re.I),
)
_WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS: Final = {name: number for number, name in enumerate(_WORDS, 1)}
_LIMIT: Final = re.compile(
    rf"\b(?:(?P<order>top|best|newest|latest|most recent|oldest|first) )?(?P<count>[0-9]{{1,3}}|{'|'.join(_NUMBERS)})"
    rf" (?P<after>best |newest |latest |oldest |most recent )?(?=(?:\w+ ){{0,3}}(?:{_IMAGES}"
    r"|documents?|docs?|pdfs?|files?|links?|bookmarks?|pages|videos?|results?)\b)",
    re.I,
)
_ONE_NEWEST: Final = re.compile(
    r"\b(?:newest|latest|most recent|last added|oldest|earliest) (?:\w+ )?"
    r"(?:photo|photograph|picture|image|pic|document|file|link|video)\b",
    re.I,
)
_NEWEST: Final = re.compile(r"\b(?:newest|latest|most recent|recent(?:ly added)?|last added)\b", re.I)
_OLDEST: Final = re.compile(r"\b(?:oldest|earliest)\b", re.I)
_PLURAL: Final = re.compile(rf"\b(?:ones|{_IMAGES.replace('s?', 's')})\b", re.I)
# So many are "the darkest ones".
FEW: Final = 3


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a request was narrowed to. `color` may be several with commas; `newest_first` None: the best first."""

    kinds: tuple[Kind, ...] = ()
    folder: str | None = None
    tags: tuple[str, ...] = ()
    color: str | None = None
    look: LookName | None = None
    limit: int | None = None
    newest_first: bool | None = None
    formats: tuple[NamedFormat, ...] = ()
    qualities: Qualities = field(default_factory=Qualities)


def kinds_in(text: str) -> tuple[Kind, ...]:
    """The kinds of things that the text names, in the order of `KINDS`."""
    return tuple(kind for kind, pattern in KINDS if pattern.search(text))


def is_by_color(text: str) -> bool:
    """Whether it says nothing but a colour or a look: "brown", "the dark ones", "only the black and white ones"."""
    patterns = (_COLOR_ALONE, _TWO_ALONE, *(pattern for _, pattern in _LOOK_ALONE))
    return any(pattern.match(text) for pattern in patterns)


def narrow(text: str, *, follows_results: bool = False) -> tuple[str, Narrowing]:
    """The text without what narrows it, and that; words for kinds stay, for they may be what is looked for.

    `follows_results`: it speaks of pictures that were found, so that "brown" alone is a colour.
    """
    kinds, plural = kinds_in(text), _PLURAL.search(text) is not None
    text, folder = _folder(text)
    text, tags = _tags(text)
    text, look = _look(text, follows_results=follows_results)
    text, color = _color(text, follows_results=follows_results)
    newest_first = True if _NEWEST.search(text) else False if _OLDEST.search(text) else None
    text, limit = _limit(text)
    if limit is None and newest_first is not None and _ONE_NEWEST.search(text):
        limit = 1
    text = _OLDEST.sub(" ", _NEWEST.sub(" ", text))
    if limit is None and look in EXTREMES:
        limit = FEW if plural else 1
    return " ".join(text.split()), Narrowing(kinds, folder, tags, color, look, limit, newest_first)


def _folder(text: str) -> tuple[str, str | None]:
    for pattern in _FOLDERS:
        found = pattern.search(text)
        if found is not None:
            return _cut(text, found), (found[1] or found[2]).strip()
    return text, None


def _tags(text: str) -> tuple[str, tuple[str, ...]]:
    found = _TAGS.search(text)
    hashes = tuple(match[1] for match in _HASH.finditer(text))
    if found is None:
        return _HASH.sub(" ", text), hashes
    more = [quoted or plain for quoted, plain in re.findall(_NAME, found[3] or "") if (quoted or plain) != "and"]
    return _cut(text, found), tuple(dict.fromkeys((found[1] or found[2], *more, *hashes)))


def _look(text: str, *, follows_results: bool) -> tuple[str, LookName | None]:
    for look, pattern in (*(_LOOK_ALONE if follows_results else ()), *_LOOKING):
        found = pattern.search(text)
        if found is not None:
            return _cut(text, found), look
    return text, None


def _color(text: str, *, follows_results: bool) -> tuple[str, str | None]:
    two = _TWO_COLORS.search(text)
    if two is not None:
        return _cut(text, two), f"{_plain_color(two[1])}, {_plain_color(two[2])}"
    for pattern in (*((_COLOR_ALONE,) if follows_results else ()), *_COLORED):
        found = pattern.search(text)
        if found is not None:
            return _cut(text, found), _plain_color(found[1])
    return text, None


def _plain_color(name: str) -> str:
    return name.lower().replace("grey", "gray")


def _limit(text: str) -> tuple[str, int | None]:
    found = _LIMIT.search(text)
    if found is None:
        return text, None
    count = _NUMBERS.get(found["count"].lower()) or int(found["count"])
    return _cut(text, found), max(1, min(count, 100))


def _cut(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"
