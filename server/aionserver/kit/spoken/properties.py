"""What is asked of a file itself, not of what it says or shows: how long it is, who wrote it, in what language."""

import re
from typing import Final, Literal

Property = Literal["pages", "length", "author", "written", "language", "format", "size"]
_KIND = (
    r"(?:documents?|files?|pdfs?|reports?|manuals?|papers?|e-?books?|texts?|articles?|presentations?|memos?|letters?"
    r"|spreadsheets?|essays?|slides)"
)
_IT = r"(?:it|this|that|they|these|those)"
_ONE = (
    rf"(?P<what>{_IT}(?: {_KIND})?|(?:the|this|that|my|these|those|each|our) (?:[\w-]+ ){{0,4}}{_KIND}|\S+\.\w{{2,5}})"
)
_ANY = r"(?P<what>.{1,200}?)"
_NO_ONE = r"(?!(?:i|we|you|there)\b)"
_END = r"[\s?.!]*$"
_AND = r"^\s*(?:and |but |so )?(?:(?:please )?tell me |do you know )?"
_WROTE = r"(?:wrote|authored|drafted|composed|typed|has written|created)"
_WRITTEN = r"(?:written|authored|drafted|composed|typed|created|made)"


def _asks(*forms: str) -> re.Pattern[str]:
    """One pattern of several forms; each has a group `what`, of which only one fits."""
    numbered = [form.replace("(?P<what>", f"(?P<what{number}>") for number, form in enumerate(forms)]
    return re.compile("|".join(f"(?:{_AND}{form}{_END})" for form in numbered), re.I)


PROPERTIES: Final[tuple[tuple[Property, re.Pattern[str]], ...]] = (
    (
        "pages",
        _asks(
            rf"how many pages (?:does|do) {_NO_ONE}{_ANY} (?:have|has|contain|count|comprise|run to)",
            rf"how many pages (?:has|have|are(?: there)? in|is|are) {_NO_ONE}{_ANY}(?: got)?",
            r"(?:what(?:'s|’s| is) )?the (?:page count|number of pages) (?:of|in) " + _ANY,
        ),
    ),
    (
        "length",
        _asks(
            rf"how long (?:is|are|was) {_ONE}",
            rf"how many words (?:does|do) {_NO_ONE}{_ANY} (?:have|has|contain|count)",
            rf"(?:what(?:'s|’s| is) )?the (?:length|word count) of {_ONE}",
        ),
    ),
    (
        "author",
        _asks(
            r"(?:who(?:'s|’s| is| was| are| were)?|what(?:'s|’s| is)) the (?:author|writer)s?(?: name)?"
            rf"(?: (?:of|behind) {_ANY})?",
            rf"who {_WROTE} {_ANY}",
            rf"(?:by whom|who) (?:was|were|is) {_ONE} {_WRITTEN}(?: by)?",
        ),
    ),
    (
        "written",
        _asks(
            rf"(?:when|on what (?:day|date)|in what year) (?:was|were|is|has) {_ANY} (?:been )?"
            r"(?:written|authored|drafted|composed|typed|created)",
            rf"(?:what(?:'s|’s| is)|how old is) the (?:creation date|age) of {_ANY}",
        ),
    ),
    (
        "language",
        _asks(
            rf"(?:in )?(?:what|which) languages? (?:is|are|was|were) {_ANY}(?: (?:written|in))*",
            rf"(?:what(?:'s|’s| is) )?the language of {_ONE}",
        ),
    ),
    (
        "format",
        _asks(
            r"(?:in )?(?:what|which) (?:file )?(?:format|file type|type of file|kind of file|type)"
            rf" (?:is|are|has|have) {_ONE}(?: in)?",
            rf"(?:what(?:'s|’s| is) )?the (?:file )?(?:format|file type) of {_ANY}",
        ),
    ),
    (
        "size",
        _asks(
            rf"how (?:big|large) (?:is|are) {_ONE}",
            rf"(?:what(?:'s|’s| is) )?the (?:file )?size of {_ONE}",
            rf"how many (?:bytes|kilobytes|megabytes|kb|mb) (?:does|do|has|have|is|are) {_ANY}(?: (?:have|take))?",
        ),
    ),
)


def property_asked(text: str) -> tuple[Property, str] | None:
    """What is asked of a file, and the words for which one, nothing where it says none; None where nothing is."""
    for name, pattern in PROPERTIES:
        found = pattern.match(text)
        if found is not None:
            return name, next((what for what in found.groupdict().values() if what), "")
    return None
