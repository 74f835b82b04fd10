"""Which folder a file goes to, by what is known of it."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aionserver.kit.folder_names import LONGEST_NAME, clean_name
from aionserver.kit.spoken.forms import GroupedBy

_QUOTED: Final = re.compile('["“”«»„‘]([^"“”«»„‘’]{1,80})["“”«»„’]')
_NAMED: Final = re.compile(
    r"(?:\b(?:into|as|between|among)\s+|\b(?=folders\s+(?:called|named|for)\b))(?:the\s+|these\s+|two\s+|three\s+|four\s+|five\s+|separate\s+|different\s+)*"
    r"(?:(?:folders|categories|groups|classes|kinds)\b\s*)?(?:called|named|for|such as|like|:)?\s*(?P<names>.{3,300})$",
    re.I | re.S,
)
_BETWEEN: Final = re.compile(r"\s*[,;/]\s*(?:and\s+|or\s+)?|\s+(?:and|or|vs\.?|versus)\s+", re.I)
_MOST_WORDS: Final = 4
_MOST_NAMES: Final = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a file that it can be sorted by; `made_at` is an ISO date."""

    kind: str
    tags: Sequence[str] = ()
    made_at: str = ""
    camera: str = ""
    format: str = ""

    @classmethod
    def of(cls, kind: str, details: Mapping[str, Any]) -> "Known":
        """What details of a file say of it."""
        made, camera, form = (str(details.get(name) or "") for name in ("made_at", "camera", "format"))
        return cls(kind, details.get("tags", ()), made, camera, form)


_KINDS: Final = {"image": "Pictures", "document": "Documents", "link": "Bookmarks", "video": "Videos"}
_BY: Final[Mapping[GroupedBy, Callable[[Known, Counter[str]], str]]] = {
    "tag": lambda file, common: _by_tag(file, common),
    "kind": lambda file, _: _KINDS.get(file.kind, ""),
    "year": lambda file, _: file.made_at[:4],
    "month": lambda file, _: file.made_at[:7],
    "camera": lambda file, _: file.camera,
    "format": lambda file, _: file.format,
    "folder": lambda _, __: "",
}


def folders_for(files: Sequence[Known], by: GroupedBy) -> list[str]:
    """The name of the folder that each file goes to; empty for one of which nothing is known to sort it by."""
    common = Counter(tag for file in files for tag in file.tags)
    return [name if name_problem(name) is None else "" for name in (_BY[by](file, common) for file in files)]


def _by_tag(file: Known, common: Counter[str]) -> str:
    """The commonest of its tags that others have too."""
    tags = sorted(file.tags, key=lambda tag: (-common[tag], tag))
    return tags[0].capitalize() if tags and common[tags[0]] > 1 else ""


def name_problem(name: str) -> str | None:
    """Why a folder can't be called so; None where it can."""
    try:
        return None if len(clean_name(name)) <= LONGEST_NAME else f"at most {LONGEST_NAME} characters"
    except ValueError as error:
        return str(error)


def groups_named(text: str) -> tuple[str, ...]:
    """The two or more groups that a request names, as in "sort them into invoices, contracts and manuals"."""
    quoted = [one.strip() for one in _QUOTED.findall(text)]
    if len(quoted) > 1:
        return _names(quoted)
    found = _NAMED.search(text.strip().rstrip(".!?"))
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
