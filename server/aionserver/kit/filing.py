"""Which folder a file goes to, by what is known of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aionserver.kit.folder_names import name_problem
from aionserver.kit.spoken.forms import GroupedBy


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
