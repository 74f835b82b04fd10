"""The groups that a request to sort files names."""

import re
from collections.abc import Sequence
from typing import Final

from aionserver.kit.folder_names import name_problem

_QUOTED: Final = re.compile('["“”«»„‘]([^"“”«»„‘’]{1,80})["“”«»„’]')
_NAMED: Final = re.compile(
    r"(?:\b(?:into|as|between|among)\s+|\b(?=folders\s+(?:called|named|for)\b))(?:the\s+|these\s+|two\s+|three\s+|four\s+|five\s+|separate\s+|different\s+)*"
    r"(?:(?:folders|categories|groups|classes|kinds)\b\s*)?(?:called|named|for|such as|like|:)?\s*(?P<names>.{3,300})$",
    re.I | re.S,
)
_BETWEEN: Final = re.compile(r"\s*[,;/]\s*(?:and\s+|or\s+)?|\s+(?:and|or|vs\.?|versus)\s+", re.I)
_POLITE_END: Final = re.compile(r"(?<![\s,.!?])[\s,.!?]+(?:please[\s.!?]*)?$", re.I)
_MOST_WORDS: Final = 4
_MOST_NAMES: Final = 20


def groups_named(text: str) -> tuple[str, ...]:
    """The two or more groups that a request names, as in "sort them into invoices, contracts and manuals"."""
    quoted = [one.strip() for one in _QUOTED.findall(text)]
    if len(quoted) > 1:
        return _names(quoted)
    found = _NAMED.search(_POLITE_END.sub("", text))
    if found is None or re.search(r"\b(?:by|per|each|every)\b", found["names"], re.I):
        return ()
    named = re.split(r"[,;]?\s+and\s+(?=(?:move|put|sort|file)\b)", found["names"], maxsplit=1, flags=re.I)[0]
    parts = [re.sub(r"^(?:the|an?|my)\s+", "", one.strip(), flags=re.I) for one in _BETWEEN.split(named)]
    fits = all(1 <= len(one.split()) <= _MOST_WORDS for one in parts if one)
    return _names([one for one in parts if one]) if fits else ()


def _names(names: Sequence[str]) -> tuple[str, ...]:
    each = {one.casefold(): one for one in reversed(names) if name_problem(one) is None}
    found = tuple(one for one in names if each.get(one.casefold()) is one)
    return found[:_MOST_NAMES] if len(found) > 1 else ()
