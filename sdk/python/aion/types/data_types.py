"""The types of values that agents exchange, and how several values of a type become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Callable, Optional

from ._decoding import ApiObject
from .file_collection import FileCollection

__all__ = [
    "AnalysisResult",
    "CategorizationResult",
    "Category",
    "CrossRefResult",
    "DataTypeDefinition",
    "DataTypeRegistry",
    "FolderResult",
    "TextResult",
    "get_default_registry",
]


@dataclass(frozen=True)
class Category(ApiObject):
    """A named group of pictures and documents; `confidence` is from 0 to 1."""

    name: str
    description: Optional[str] = None
    file_ids: tuple[str, ...] = ()
    document_ids: tuple[str, ...] = ()
    top_tags: tuple[str, ...] = ()
    confidence: float = 1.0

    @property
    def count(self) -> int:
        """How many files and documents are in it."""
        return len(self.file_ids) + len(self.document_ids)

    @property
    def content_type(self) -> str:
        """What is in it: `image`, `document`, `mixed`, or `unknown` for nothing."""
        if self.file_ids and self.document_ids:
            return "mixed"
        return "image" if self.file_ids else "document" if self.document_ids else "unknown"

    def merge_with(self, other: Category) -> Category:
        """Both as one: each id and tag once, the higher confidence, the first description there is."""
        return replace(
            self,
            description=self.description or other.description,
            file_ids=_once(self.file_ids, other.file_ids),
            document_ids=_once(self.document_ids, other.document_ids),
            top_tags=_once(self.top_tags, other.top_tags),
            confidence=max(self.confidence, other.confidence),
        )


@dataclass(frozen=True)
class CategorizationResult(ApiObject):
    """Files sorted into categories."""

    categories: tuple[Category, ...] = ()
    total_files: int = 0
    clustering_method: str = "unknown"
    status: str = "success"
    error_reason: Optional[str] = None
    source_capability: Optional[str] = None

    @classmethod
    def merge(cls, *results: CategorizationResult) -> CategorizationResult:
        """All categories; those whose names differ only in case are one."""
        merged: dict[str, Category] = {}
        for category in (category for result in results for category in result.categories):
            known = merged.get(category.name.casefold())
            merged[category.name.casefold()] = category if known is None else known.merge_with(category)
        return cls(
            categories=tuple(merged.values()),
            total_files=len(_once(*(one.file_ids + one.document_ids for one in merged.values()))),
            clustering_method=_joint([result.clustering_method for result in results]) or "unknown",
            status="success" if any(result.status == "success" for result in results) or not results else "failed",
            error_reason="; ".join(result.error_reason for result in results if result.error_reason) or None,
            source_capability=_joint([result.source_capability for result in results]),
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CategorizationResult:
        """The result that `to_dict` wrote."""
        return cls.from_api_response(data)


@dataclass(frozen=True)
class AnalysisResult(ApiObject):
    """What was found out, in a summary and single findings."""

    summary: str
    findings: tuple[str, ...] = ()
    document_id: Optional[str] = None
    metadata: Optional[dict[str, Any]] = None


@dataclass(frozen=True)
class TextResult(ApiObject):
    """Text an agent wrote."""

    text: str
    metadata: Optional[dict[str, Any]] = None


@dataclass(frozen=True)
class CrossRefResult(ApiObject):
    """How files relate to one another."""

    relationships: tuple[dict[str, Any], ...] = ()
    source_files: tuple[str, ...] = ()
    target_files: tuple[str, ...] = ()
    summary: str = ""
    metadata: Optional[dict[str, Any]] = None


@dataclass(frozen=True)
class FolderResult(ApiObject):
    """What was done with folders."""

    folders_created: tuple[dict[str, Any], ...] = ()
    files_moved: int = 0
    documents_moved: int = 0
    errors: tuple[str, ...] = ()
    success: bool = True


@dataclass(frozen=True)
class DataTypeDefinition(ApiObject):
    """A type that agents exchange."""

    name: str
    description: str = ""
    mergeable: bool = False


class DataTypeRegistry:
    """Known types by name, and how values of a mergeable one are merged."""

    def __init__(self) -> None:
        self._definitions: dict[str, DataTypeDefinition] = {}
        self._merges: dict[str, Callable[..., Any]] = {}

    def register(self, definition: DataTypeDefinition, merge_fn: Optional[Callable[..., Any]] = None) -> None:
        """Adds a type, or replaces it. Raises ValueError when it is mergeable and `merge_fn` is not given."""
        if not definition.name:
            raise ValueError("a type needs a name")
        if definition.mergeable and merge_fn is None:
            raise ValueError(f"{definition.name} is mergeable, so it needs merge_fn")
        self._definitions[definition.name] = definition
        self._merges.pop(definition.name, None)
        if definition.mergeable and merge_fn is not None:
            self._merges[definition.name] = merge_fn

    def get(self, name: str) -> Optional[DataTypeDefinition]:
        """The type of that name; None when it is unknown."""
        return self._definitions.get(name)

    def has_type(self, name: str) -> bool:
        """Whether the type is known."""
        return name in self._definitions

    def can_merge(self, name: str) -> bool:
        """Whether several values of the type can become one."""
        return name in self._merges

    def merge(self, name: str, *values: Any) -> Any:
        """The values as one. Raises ValueError for a type that is unknown or cannot be merged."""
        if name not in self._merges:
            raise ValueError(f"values of {name} cannot be merged")
        return self._merges[name](*values)

    def list_types(self) -> list[str]:
        """The names of all types, sorted."""
        return sorted(self._definitions)


def get_default_registry() -> DataTypeRegistry:
    """A registry of the built-in types; each call gives one of its own."""
    registry = DataTypeRegistry()
    merges: dict[str, Callable[..., Any]] = {
        "file_collection": FileCollection.merge,
        "categorization": CategorizationResult.merge,
        "text": _merged_text,
    }
    for name, about in _BUILT_IN.items():
        registry.register(DataTypeDefinition(name, about, name in merges), merges.get(name))
    return registry


_BUILT_IN = {
    "file_collection": "References to files",
    "categorization": "Files sorted into categories",
    "analysis": "A summary and findings",
    "text": "Text",
    "cross_reference": "How files relate to one another",
    "folder_result": "What was done with folders",
}


def _once(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))


def _joint(names: Iterable[Optional[str]]) -> Optional[str]:
    return "+".join(dict.fromkeys(name for name in names if name)) or None


def _merged_text(*texts: TextResult) -> TextResult:
    metadata: dict[str, Any] = {}
    for text in texts:
        metadata.update(text.metadata or {})
    return TextResult("\n\n".join(text.text for text in texts if text.text), metadata or None)
