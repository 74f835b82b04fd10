"""What a task is about: a report, an analysis, a comparison, without the words that say that it is one."""

import re
from typing import Final

from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.forms import KIND_WORDS, POLITE, SIZE
from aionserver.kit.words import content_stems

_ORDER: Final = (
    r"(?:write|create|make|draft|generate|prepare|produce|compile|build|give|do|summari[sz]e|analy[sz]e|compare|review"
    r"|evaluate|assess|describe|report|sum|extract|categori[sz]e|classify|organi[sz]e|sort|group|arrange|tidy|combine)"
)
_WORK: Final = (
    r"(?:report|summary|overview|analysis|comparison|briefing|brief|document|article|memo|digest|review|list|inventory"
    r"|table|synopsis)"
)
_LINK: Final = r"(?:of|on|about|for|from|with|across|covering|comparing|describing|regarding|between|over|out|up)"
_WHOSE: Final = r"(?:these|those|this|that|the|my|our|all|both|each|every|attached|selected|given|following|them|it)"
_TASK: Final = re.compile(
    rf"^\s*{POLITE}(?:{_ORDER}\b\s*(?:(?:me|us|up)\b\s*)?)?"
    rf"(?:(?:an?|the)\s+)?(?:{SIZE}\b[, ]*)*(?:{_WORK}\b\s*)?(?:(?:{_LINK}|{_WHOSE}|{KIND_WORDS})\b\s*)*",
    re.I,
)
_EDGES: Final = ",;:.?!" + "".join(one for one in map(chr, range(0x3001)) if one.isspace())
_LONGEST_TITLE: Final = 90
_AND: Final = re.compile(r"\s*[,;?]\s*(?:and\s+)?|\s+(?:and|as well as|versus|vs\.?)\s+", re.I)
_PLACE: Final = re.compile(
    rf"\s+(?:(?:in|from|of|on|among)\s+)?(?:(?:all|my|the|our|these|those)\s+)+(?:{KIND_WORDS}|library|collection)$",
    re.I,
)
_MOST_PARTS: Final = 4


def about(text: str) -> str:
    """What a task is about; nothing where it only names what is to be done with which files."""
    rest = text.strip()
    for _ in range(2):  # "Analyse these documents and compare …"
        rest = re.sub(r"^(?:and|then|[,;:.])\s*", "", _TASK.sub("", rest, count=1)).strip()
    return rest.strip(_EDGES)


def parts_of(subject: str) -> tuple[str, ...]:
    """The things that a subject consists of, as "animals" and "pump maintenance"; itself where it is one."""
    parts = [_PLACE.sub("", about(one)).strip() for one in _AND.split(subject)]
    told = tuple(dict.fromkeys(one for one in parts if content_stems(one)))[:_MOST_PARTS]
    return told if len(told) > 1 else tuple(one for one in (_PLACE.sub("", subject).strip(),) if one)


def title_of_task(text: str, otherwise: str) -> str:
    """What a text about this is called."""
    found = plain_quote(about(text), _LONGEST_TITLE)
    return found[:1].upper() + found[1:] if found else otherwise
