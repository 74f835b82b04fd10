"""What agents that write, analyse and organise answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = [
    "ChunkReference",
    "DocumentAnalysisResult",
    "FilesPutBack",
    "FolderActionDetail",
    "OrganizeResult",
    "OrganizeUndo",
    "SynthesizeResult",
]


@dataclass(frozen=True)
class ChunkReference(ApiObject):
    """A passage that an analysis rests on."""

    chunk_id: str
    document_id: str
    document_filename: Optional[str] = None
    page_numbers: Optional[list[int]] = None


@dataclass(frozen=True)
class SynthesizeResult(ApiObject):
    """A report in Markdown, and the document it was saved as."""

    success: bool
    report: str
    summary: str
    image_count: int
    document_count: int
    saved_document_id: Optional[str]
    execution_time_ms: int
    iterations: int
    token_usage: Optional[dict[str, int]] = None


@dataclass(frozen=True)
class DocumentAnalysisResult(ApiObject):
    """An analysis of documents, with the passages it rests on."""

    success: bool
    analysis: str
    summary: str
    document_count: int
    categorization: Optional[dict[str, Any]]
    chunk_references: list[ChunkReference]
    execution_time_ms: int
    iterations: int
    token_usage: Optional[dict[str, int]] = None


@dataclass(frozen=True)
class FolderActionDetail(ApiObject):
    """One thing an agent did with folders: `create`, `move_files` or `create_and_move_files`."""

    action: str
    folder_id: Optional[str] = None
    folder_name: Optional[str] = None
    file_count: Optional[int] = None


@dataclass(frozen=True)
class FilesPutBack(ApiObject):
    """Files, and the folder they lay in before; None where they lay in none."""

    file_ids: list[str]
    folder_id: Optional[str] = None


@dataclass(frozen=True)
class OrganizeUndo(ApiObject):
    """What undoes it: files to be moved back, then folders to be deleted."""

    moves: list[FilesPutBack]
    folder_ids: list[str]


@dataclass(frozen=True)
class OrganizeResult(ApiObject):
    """What was created and moved to put files in order."""

    success: bool
    summary: str
    actions: list[FolderActionDetail]
    folders_created: int
    files_moved: int
    execution_time_ms: int
    iterations: int
    token_usage: Optional[dict[str, int]] = None
    undo: Optional[OrganizeUndo] = None
