"""What a document is called: by itself where it says so, else by its file's name."""

import re
from typing import Final

LONGEST_TITLE: Final = 120
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,5}$")
# Between the words of names such as "Annual_report-2023" and "AnnualReport".
_JOINT: Final = re.compile(r"[_\s]+|(?<=[a-z])(?=[A-Z][a-z])|(?<=\w\w)-(?=\w\w)|(?<=\w)\.(?=\w)")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
# What programs call a file whose writer gave it no title.
_NO_TITLE: Final = re.compile(
    r"untitled(?: document)?|document\s*\d*|(?:power\s?point\s)?presentation\s*\d*|slide \d+|book\s*\d+|sheet\s*\d+"
    r"|scan\w*|no title",
    re.IGNORECASE,
)
_PROGRAM: Final = re.compile(r"^Microsoft (?:Office )?(?:Word|Excel|PowerPoint) - ", re.IGNORECASE)


def title_of(filename: str, own_title: str | None = None) -> str:
    """Words that name a document, for readers and for a search; empty where its names have no words."""
    own = " ".join(_PROGRAM.sub("", own_title or "").split())
    own = "" if _NO_TITLE.fullmatch(own) else own if " " in own else _words_of(own)
    by_file = _words_of(filename)
    title = own if len(_WORD.findall(own)) > 1 or not _WORD.search(by_file) else by_file
    if not _WORD.search(title):
        return ""
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rsplit(" ", 1)[0]


def is_title(text: str) -> bool:
    """Whether a title says something, unlike those that programs give by themselves."""
    return bool(text) and not _NO_TITLE.fullmatch(text)


def _words_of(name: str) -> str:
    """The words of a file's name."""
    return " ".join(_JOINT.sub(" ", _EXTENSION.sub("", name)).split())
