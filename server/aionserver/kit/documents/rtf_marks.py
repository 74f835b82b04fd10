"""Rich text with signs put in where headings start and notes stand, which its plain text does not tell."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

# Signs of the area for private use: six for the levels of headings, two around a note.
HEADINGS: Final = "".join(chr(0xE7C1 + level) for level in range(6))
NOTE, NOTE_END = "\ue7d1", "\ue7d2"
ALL_MARKS: Final = dict.fromkeys(map(ord, (*HEADINGS, NOTE, NOTE_END)))

_STYLES: Final = "{\\stylesheet"
_LONGEST_STYLES: Final = 200_000
_STYLE: Final = re.compile(r"\{\\s(\d{1,3})(?!\d)([^{}]*)\}")
_OUTLINE: Final = re.compile(r"\\outlinelevel([0-5])(?!\d)")
_NAMED: Final = re.compile(r"\bheading ([1-6])\s*;", re.IGNORECASE)
_PARAGRAPH_STYLE: Final = re.compile(r"\\s(\d{1,3})(?![\da-z])|\\outlinelevel([0-5])(?!\d)")
# Groups of text that is hidden, or that was deleted while changes were recorded.
_UNSEEN: Final = re.compile(r"\{(?:\\[a-z]+-?\d*[ \r\n]?)*\\(?:v|deleted)(?![a-z\d-])[^{}]*\}")
_NOTE: Final = "{\\footnote"
_BRACE: Final = re.compile(r"\\.|[{}]", re.DOTALL)
_MOST_NOTES: Final = 10_000


def marked(code: str) -> str:
    """The code with signs for headings and notes, and without what its reader would not see."""
    code = "".join(_with_notes(_UNSEEN.sub("", code)))
    levels = _levels(code)

    def mark(match: re.Match[str]) -> str:
        level = int(match[2]) + 1 if match[2] else levels.get(match[1])
        return _sign(HEADINGS[level - 1]) + match[0] if level else match[0]

    return _PARAGRAPH_STYLE.sub(mark, code)


def _sign(sign: str) -> str:
    # What follows is a word of the code: a letter would be taken for the sign's stand-in.
    return f"\\u{ord(sign)}"


def _levels(code: str) -> Mapping[str, int]:
    """The levels of those styles that are headings, by their numbers."""
    start = code.find(_STYLES)
    found = dict[str, int]()
    for style in _STYLE.finditer(code, start, start + _LONGEST_STYLES) if start >= 0 else ():
        if outline := _OUTLINE.search(style[2]):
            found[style[1]] = int(outline[1]) + 1
        elif named := _NAMED.search(style[2]):
            found[style[1]] = int(named[1])
    return found


def _with_notes(code: str) -> Iterator[str]:
    """The code in parts; notes are text of their paragraph between two signs."""
    at = 0
    for _ in range(_MOST_NOTES):
        start = code.find(_NOTE, at)
        end = _end_of_group(code, start) if start >= 0 else -1
        if end < 0:
            break
        yield code[at:start]
        yield f"{{{_sign(NOTE)}\\plain {code[start + len(_NOTE) : end]}{_sign(NOTE_END)}\\plain }}"
        at = end + 1
    yield code[at:]


def _end_of_group(code: str, start: int) -> int:
    """Where the group's last brace stands; -1 where it does not end."""
    depth = 0
    for found in _BRACE.finditer(code, start):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth and found[0] == "}":
            return found.start()
    return -1
