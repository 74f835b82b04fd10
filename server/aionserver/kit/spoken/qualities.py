"""What documents are to be like: in a language, the longest, or those that could not be read."""

import re
from dataclasses import dataclass
from typing import Final

from aionserver.kit.languages import language_names

_THINGS: Final = (
    r"(?:documents?|docs?|texts?|files?|pdfs?|papers?|manuals?|contracts?|letters?|reports?|invoices?|e-?books?|ones"
    r"|these|those|them)"
)
_EVERY: Final = r"(?:photos?|pictures?|images?|videos?|links?|bookmarks?|web ?pages?|uploads?)"
_LANGUAGE: Final = rf"({'|'.join(language_names())})"
_ARE: Final = r"(?:(?:that|which) )?(?:(?:are|is|were|was) )?(?:(?:mostly|all) )?(?:written )?"
_OF_THINGS: Final = re.compile(rf"\b{_THINGS}\b", re.I)
_IN_LANGUAGE: Final = (
    re.compile(rf"\b{_LANGUAGE}(?:[ -]language)? (?={_THINGS}\b)", re.I),
    re.compile(rf"\b{_ARE}in {_LANGUAGE}\b", re.I),
    re.compile(rf"(?<= )(?:(?:that|which) )?(?:are|is) {_LANGUAGE}(?=[\s?.!]*$)", re.I),
)
_FAILED: Final = (
    r"(?:(?:(?:have|has|had|did) )?fail(?:ed|s)?(?: (?:to (?:be )?(?:read|process(?:ed)?|load(?:ed)?|index(?:ed)?)"
    r"|(?:reading|processing)))?"
    r"|(?:could|can|were|was|are|is)(?:n['’]?t| ?not)(?: (?:be|been))? (?:read|processed|indexed|described|readable)"
    r"|(?:are|is|were) unreadable)"
)
_UNREAD: Final = (
    re.compile(
        rf"(?<=\b)({_THINGS}|{_EVERY})(?: (?:that|which))? {_FAILED}(?:,? and why|,? why)?(?=[\s?.!]*$)",
        re.I,
    ),
    re.compile(rf"\b(?:failed|unreadable) ({_THINGS}|{_EVERY})(?=[\s?.!]*$)", re.I),
)
_LENGTH: Final = (
    re.compile(rf"\b(longest|shortest) (?={_THINGS}\b)", re.I),
    re.compile(
        rf"(?<=\b)({_THINGS}) (?:(?:is|are|has|have) )(?:the )?(longest|shortest|(?:most|fewest) pages)\b", re.I
    ),
)
_LONG: Final = ("longest", "most pages")


@dataclass(frozen=True, slots=True)
class Qualities:
    """The language, by its English name; whether reading failed; the longest first, or the shortest."""

    language: str | None = None
    is_unread: bool = False
    longest_first: bool | None = None


def take_qualities(text: str) -> tuple[str, Qualities]:
    """A request for files without what it wants them to be like, and that."""
    text, language = _language(text)
    text, is_unread = _unread(text)
    text, longest_first = _length(text)
    return " ".join(text.split()), Qualities(language, is_unread, longest_first)


def _language(text: str) -> tuple[str, str | None]:
    if _OF_THINGS.search(text) is None:
        return text, None
    for pattern in _IN_LANGUAGE:
        found = pattern.search(text)
        if found is not None:
            return f"{text[: found.start()]} {text[found.end() :]}", found[1].capitalize()
    return text, None


def _unread(text: str) -> tuple[str, bool]:
    for pattern in _UNREAD:
        found = pattern.search(text)
        if found is not None:
            return f"{text[: found.start()]} {found[1]} {text[found.end() :]}", True
    return text, False


def _length(text: str) -> tuple[str, bool | None]:
    for pattern in _LENGTH:
        found = pattern.search(text)
        if found is not None:
            kept = found[1] if (found.lastindex or 0) > 1 else ""
            longest_first = found[found.lastindex or 1].lower() in _LONG
            return f"{text[: found.start()]} {kept} {text[found.end() :]}", longest_first
    return text, None
