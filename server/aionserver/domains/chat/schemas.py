"""Chat on the wire."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from aionserver.infra.web.text import SayingText, Text

LONGEST_MESSAGE = 10_000
# In a list of ids that are not known or no ids at all: they select nothing, and are no fault.
Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Ids = list[Id]


def _speakable(text: str) -> str:
    """The text; ValueError when it has characters that no keyboard makes."""
    if any(unicodedata.category(one) == "Cc" and one not in "\t\n\r" for one in text):
        raise ValueError("must not contain control characters")
    return text


Message = Annotated[SayingText, Field(min_length=1, max_length=LONGEST_MESSAGE), AfterValidator(_speakable)]
Title = Annotated[SayingText, Field(min_length=1, max_length=255), AfterValidator(_speakable)]


class CreateChatSessionRequest(BaseModel):
    """What a conversation is about. With `initial_image_ids` it is about these and not about all images."""

    title: Annotated[Text, Field(max_length=255)] | None = None
    initial_image_ids: Ids | None = None
    use_all_images: bool = True


class CreateChatSessionResponse(BaseModel):
    """A new conversation. Without a title it takes that of its first message."""

    session_id: UUID
    title: str
    created_at: datetime


class ChatSessionSummaryResponse(BaseModel):
    """A conversation, and what is left to it of tokens and messages."""

    id: UUID
    title: str
    total_messages: int
    total_tokens: int
    remaining_tokens: int
    remaining_messages: int
    is_active: bool
    use_all_images: bool = True
    created_at: datetime
    updated_at: datetime
    last_message_at: datetime | None
    last_message_preview: str | None = None
    last_user_message: str | None = None
    selected_image_count: int


class ListChatSessionsResponse(BaseModel):
    """A page of one's conversations, the latest first."""

    sessions: list[ChatSessionSummaryResponse]
    total_count: int
    has_more: bool


class MessageImageInfo(BaseModel):
    """A picture that an answer speaks of. `confidence` says how well it fits, or how sure its description is."""

    image_id: str
    thumbnail_url: str | None = None
    description: str | None = None
    confidence: float | None = None
    title: str | None = None
    stored_url: str | None = None
    filename: str | None = None


class ChatMessageResponse(BaseModel):
    """What was said. `metadata` leads from the citations in `content` to what they cite."""

    id: UUID
    role: str
    content: str
    token_count: int | None
    processing_time_ms: int | None
    created_at: datetime
    image_context: list[MessageImageInfo] | None = None
    metadata: dict[str, Any] | None = None
    provider: str | None
    model: str | None


class GetChatSessionResponse(BaseModel):
    """A conversation with its messages, the oldest first."""

    session: ChatSessionSummaryResponse
    messages: list[ChatMessageResponse]
    selected_image_ids: list[UUID]
    selected_document_ids: list[UUID] = []
    selected_video_ids: list[UUID] = []
    context_summary: str | None


class CloseChatSessionResponse(BaseModel):
    """A conversation that is over."""

    session_id: UUID
    closed_at: datetime
    total_messages: int
    total_tokens: int


class RenameSessionRequest(BaseModel):
    """The conversation's new title."""

    title: Title


class RenameChatSessionResponse(BaseModel):
    """The conversation under its new title."""

    session_id: UUID
    title: str
    updated_at: datetime


class UpdateImagesRequest(BaseModel):
    """The images that a conversation is to be about."""

    image_ids: Ids


class UpdateImagesResponse(BaseModel):
    """What the conversation is about now; ids of no image in the library are not among it."""

    session_id: UUID
    selected_image_ids: list[UUID]
    selected_video_ids: list[UUID] = []
    context_summary: str | None
    estimated_tokens: int


class UpdateDocumentsRequest(BaseModel):
    """The documents that a conversation is to be about; none: all."""

    document_ids: Ids = []


class UpdateDocumentsResponse(BaseModel):
    """The documents that the conversation is about now."""

    session_id: UUID
    selected_document_ids: list[UUID]
    document_count: int


class UpdateVideosRequest(BaseModel):
    """The videos that a conversation is to be about; none: all."""

    video_ids: Ids = []


class UpdateVideosResponse(BaseModel):
    """The videos that the conversation is about now."""

    session_id: UUID
    selected_video_ids: list[UUID]
    video_count: int


class UpdateSessionModeRequest(BaseModel):
    """Whether the conversation is about all images, or about the selected ones."""

    use_all_images: bool


class UpdateSessionModeResponse(BaseModel):
    """What the conversation is about now."""

    session_id: UUID
    use_all_images: bool
    selected_image_count: int
    updated_at: datetime


class SendMessageRequest(BaseModel):
    """What to ask. With `expected_image_ids` the conversation is about these images from here on."""

    message: Message
    force_detailed_analysis: bool = False
    expected_image_ids: list[str] | None = None


class SendMessageResponse(BaseModel):
    """The answer. `plan` is there when it waits for approval before anything is changed."""

    message_id: UUID
    session_id: UUID
    content: str
    resolved_content: str
    token_count: int
    processing_time_ms: int
    remaining_tokens: int
    remaining_messages: int
    provider: str
    model: str
    images: list[MessageImageInfo] = []
    metadata: dict[str, Any] = {}
    plan: dict[str, Any] | None = None


class PlanActionRequest(BaseModel):
    """What becomes of a plan. `plan_data` is taken and not looked at: the plan is the one that was shown."""

    action: Literal["approve", "cancel"]
    plan_data: dict[str, Any] | None = None


class PlanActionResponse(BaseModel):
    """What became of a plan: with 200 all of it, with 202 what is done so far."""

    success: bool
    plan_id: str
    message: str
    action_taken: str
    status: str
    results: dict[str, Any] | None = None
    agent_results: list[dict[str, Any]] | None = None
    pending_actions: list[dict[str, Any]] | None = None


class GetAllUserImagesResponse(BaseModel):
    """A page of the ids of all images, the latest first."""

    image_ids: list[UUID]
    total_count: int
    has_more: bool


class ImageSearchRequest(BaseModel):
    """What to look for."""

    query: Annotated[Text, Field(min_length=1, max_length=500)]
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    offset: Annotated[int, Field(ge=0)] = 0


class ImageSearchResultResponse(BaseModel):
    """A picture that was found. `confidence` is its description's, `relevance_score` the search's."""

    image_id: UUID
    description: str
    confidence: float
    relevance_score: float
    thumbnail_url: str | None = None
    medium_url: str | None = None
    full_url: str | None = None
    created_at: datetime | None = None


class SearchImagesResponse(BaseModel):
    """A page of what was found."""

    results: list[ImageSearchResultResponse]
    total_count: int
    query_interpretation: dict[str, Any]
