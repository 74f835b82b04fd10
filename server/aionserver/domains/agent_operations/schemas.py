"""Agents' operations on the wire: reports, analyses, order in folders."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from aionserver.infra.web.text import EchoedText, SayingText

Intent = Annotated[SayingText, Field(min_length=1, max_length=2000)]
Ids = list[EchoedText]


class SynthesizeAgentRequest(BaseModel):
    """What a report is to be about, and from what; without pictures and documents, from what is found for it."""

    intent: Intent
    image_ids: Ids | None = None
    document_ids: Ids | None = None
    auto_save: bool = False


class SynthesizeAgentResponse(BaseModel):
    """A report in Markdown, with citations; `saved_document_id` is the document that it became."""

    success: bool
    report: str
    summary: str
    image_count: int
    document_count: int
    saved_document_id: str | None = None
    execution_time_ms: int
    iterations: int
    token_usage: dict[str, int] | None = None


class DocumentAnalysisAgentRequest(BaseModel):
    """What is to be known of documents."""

    intent: Intent
    document_ids: Annotated[Ids, Field(min_length=1)]


class ChunkReference(BaseModel):
    """A passage that an analysis rests on."""

    chunk_id: str
    document_id: str
    document_filename: str | None = None
    page_numbers: list[int] | None = None


class DocumentAnalysisAgentResponse(BaseModel):
    """An analysis in Markdown, with citations, the groups that the documents fall into, and the passages cited."""

    success: bool
    analysis: str
    summary: str
    document_count: int
    categorization: dict[str, Any] | None = None
    chunk_references: list[ChunkReference] = []
    execution_time_ms: int
    iterations: int
    token_usage: dict[str, int] | None = None


class OrganizeAgentRequest(BaseModel):
    """How files are to be put in order, which, and below which folder; without files, those that lie in none."""

    intent: Intent
    image_ids: Ids | None = None
    document_ids: Ids | None = None
    video_ids: Ids | None = None
    parent_folder_id: EchoedText | None = None


class FolderActionDetail(BaseModel):
    """What was done with a folder: `create`, `move_files` or `create_and_move_files`."""

    action: str
    folder_id: str | None = None
    folder_name: str | None = None
    file_count: int | None = None


class FilesPutBack(BaseModel):
    """Files, and the folder they lay in before (null: in none): a body for moving files."""

    file_ids: list[str]
    folder_id: str | None


class OrganizeUndo(BaseModel):
    """What undoes it: files to be moved back, then folders to be deleted."""

    moves: list[FilesPutBack]
    folder_ids: list[str]


class OrganizeAgentResponse(BaseModel):
    """What was done, folder by folder, and what undoes it."""

    success: bool
    summary: str
    actions: list[FolderActionDetail] = []
    folders_created: int
    files_moved: int
    undo: OrganizeUndo | None = None
    execution_time_ms: int
    iterations: int
    token_usage: dict[str, int] | None = None
