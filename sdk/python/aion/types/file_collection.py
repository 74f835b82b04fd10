"""An immutable, ordered set of references to files, as agents hand them on to one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Union, overload

from ._decoding import ApiObject, wire

__all__ = ["FileCollection", "FileRef"]

UNKNOWN = "unknown"
MIXED = "mixed"


@dataclass(frozen=True)
class FileRef(ApiObject):
    """A reference to one file."""

    id: str
    media_type: str = field(default="application/octet-stream", metadata=wire("media_type", "content_type"))
    filename: Optional[str] = None
    size_bytes: Optional[int] = None
    metadata: Optional[dict[str, Any]] = None


class FileCollection:
    """References in order. `content_type` is image, document, chunk, video, link, `mixed` or `unknown`."""

    __slots__ = ("_content_type", "_refs", "_source_capability")

    _refs: tuple[FileRef, ...]
    _content_type: str
    _source_capability: Optional[str]

    def __init__(
        self,
        refs: Optional[Iterable[FileRef]] = None,
        content_type: str = UNKNOWN,
        source_capability: Optional[str] = None,
    ) -> None:
        object.__setattr__(self, "_refs", tuple(refs or ()))
        object.__setattr__(self, "_content_type", content_type)
        object.__setattr__(self, "_source_capability", source_capability)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"FileCollection is immutable; cannot set {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"FileCollection is immutable; cannot delete {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (FileCollection, (self._refs, self._content_type, self._source_capability))

    @property
    def refs(self) -> tuple[FileRef, ...]:
        """The references, in order."""
        return self._refs

    @property
    def ids(self) -> list[str]:
        """The ids, in order."""
        return [ref.id for ref in self._refs]

    @property
    def count(self) -> int:
        """How many references there are."""
        return len(self._refs)

    @property
    def content_type(self) -> str:
        """What is in it: image, document, chunk, video, link, `mixed` or `unknown`."""
        return self._content_type

    @property
    def source_capability(self) -> Optional[str]:
        """What the collection came from, such as `image_search`."""
        return self._source_capability

    def __len__(self) -> int:
        return len(self._refs)

    def __bool__(self) -> bool:
        return bool(self._refs)

    def __iter__(self) -> Iterator[FileRef]:
        return iter(self._refs)

    @overload
    def __getitem__(self, key: int) -> FileRef: ...
    @overload
    def __getitem__(self, key: slice) -> FileCollection: ...
    def __getitem__(self, key: Union[int, slice]) -> Union[FileRef, FileCollection]:
        return self._with(self._refs[key]) if isinstance(key, slice) else self._refs[key]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FileCollection):
            return NotImplemented
        return (self._refs, self._content_type, self._source_capability) == (
            other._refs,
            other._content_type,
            other._source_capability,
        )

    def __hash__(self) -> int:
        return hash((tuple(self.ids), self._content_type, self._source_capability))

    def __repr__(self) -> str:
        return f"FileCollection({self.count} {self._content_type}, source={self._source_capability!r})"

    def filter(self, predicate: Callable[[FileRef], bool]) -> FileCollection:
        """The references for which `predicate` holds."""
        return self._with(tuple(ref for ref in self._refs if predicate(ref)))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "refs": [ref.to_dict() for ref in self._refs],
            "content_type": self._content_type,
            "source_capability": self._source_capability,
            "count": self.count,
        }

    @classmethod
    def from_ids(
        cls, ids: list[str], content_type: str = UNKNOWN, source_capability: Optional[str] = None
    ) -> FileCollection:
        """References that know nothing but their id."""
        return cls([FileRef(id=one) for one in ids], content_type, source_capability)

    @classmethod
    def merge(cls, *collections: FileCollection) -> FileCollection:
        """All references once, in order; of two with the same id the one that knows more stays."""
        best: dict[str, FileRef] = {}
        for ref in (ref for collection in collections for ref in collection):
            known = best.get(ref.id)
            if known is None or _knowledge(ref) > _knowledge(known):
                best[ref.id] = ref
        return cls(best.values(), _joint_type(collections), _joint_source(collections))

    def _with(self, refs: tuple[FileRef, ...]) -> FileCollection:
        return FileCollection(refs, self._content_type, self._source_capability)


def _knowledge(ref: FileRef) -> int:
    is_typed = ref.media_type != "application/octet-stream"
    known = (ref.filename is not None) + (ref.size_bytes is not None) + is_typed
    return known + len(ref.metadata or {})


def _joint_type(collections: Iterable[FileCollection]) -> str:
    known = {collection.content_type for collection in collections} - {UNKNOWN}
    return UNKNOWN if not known else known.pop() if len(known) == 1 else MIXED


def _joint_source(collections: Iterable[FileCollection]) -> Optional[str]:
    sources = [collection.source_capability for collection in collections]
    return "+".join(dict.fromkeys(source for source in sources if source)) or None
