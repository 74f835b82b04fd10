"""Questions that go on with a conversation: "and the other model?", "how often?" mean what was spoken of before."""

import re
from collections.abc import Sequence
from typing import Final

from aionserver.kit.words import content_stems

_POINTS_BACK: Final = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|he|she|his|her|there|one|ones|the same|such|another"
    r"|the other|both|more|else|instead)\b",
    re.I,
)
_GOES_ON: Final = re.compile(
    r"^\s*(?:and|but|or|so|also|then|what about|how about|why|what if|what else|any other)\b", re.I
)
_INSTEAD: Final = re.compile(
    r"^\s*(?:and|what about|how about|(?:(?:no|sorry),?\s+)?i meant?)\s+(?:the\s+|for\s+|some\s+)?"
    r"(.{2,200}?)[\s?.!]*$",
    re.I,
)
_SAID_OF: Final = re.compile(
    r"^\W*what (?:do|does) (?:(?:my|the|these|those|all|any) ){1,3}(?:files?|documents?|library|papers?|pages?) "
    r"(?:say|tell|write|know)s? (?:me )?(?:about|on|of)\s+(.{2,300}?)[\s?.!]*$",
    re.I,
)
_FULL_NAME: Final = re.compile(r"\s[A-Z]\w+ [A-Z]\w+")
# A question with fewer words that say something leaves something unsaid.
_ENOUGH_SAID: Final = 3
_LONGEST: Final = 500


def goes_on(text: str) -> bool:
    """Whether a question leaves unsaid what it is about; who is called by first and last name is enough said."""
    if _POINTS_BACK.search(text) or _GOES_ON.search(text):
        return True
    return len(set(content_stems(text))) < _ENOUGH_SAID and _FULL_NAME.search(text) is None


def before_it(text: str, earlier: Sequence[str]) -> str:
    """What was asked before, where a question goes on with that: the newest that stands for itself; else nothing."""
    if not earlier or not goes_on(text):
        return ""
    return next((one for one in reversed(earlier) if not goes_on(one)), earlier[-1])[:_LONGEST].strip()


def what_is_said_of(text: str) -> str:
    """What a question asks about, of "what do my files say about money?"; else the question."""
    found = _SAID_OF.match(text)
    return found[1] if found is not None else text


def put_instead(text: str) -> str | None:
    """What is put in the place of what was asked before, as in "and cats?", "I meant cats"; None where nothing is."""
    found = _INSTEAD.match(text)
    return found[1] if found is not None else None
