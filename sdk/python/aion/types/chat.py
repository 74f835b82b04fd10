"""Chat: sessions, messages, answers, and the events of a streamed answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional, TypeVar, cast

from ._chat_collections import collection_of
from ._decoding import ApiObject, member_of, wire
from ._reference_marks import parse_references, resolve_content
from .common import ChatTokenType, MessageRole
from .file_collection import FileCollection
from .references import ParsedReferences

__all__ = [
    "ChatImageList",
    "ChatMessage",
    "ChatPlan",
    "ChatResponse",
    "ChatSession",
    "ChatSessionDetail",
    "ChatToken",
    "ImageReference",
    "PlanActionResponse",
    "SessionList",
]

MessageT = TypeVar("MessageT", bound="ChatMessage")
ResponseT = TypeVar("ResponseT", bound="ChatResponse")
DetailT = TypeVar("DetailT", bound="ChatSessionDetail")

# what an answer says beside its content, kept in `metadata`
_EXTRAS = (
    "result_refs",
    "image_context",
    "tool_document_data",
    "tool_link_data",
    "agents_used",
    "has_results",
    "result_count",
    "remaining_tokens",
    "remaining_messages",
)


@dataclass(frozen=True)
class ImageReference(ApiObject):
    """A picture that a message is about; `confidence` is from 0 to 1."""

    image_id: str = field(metadata=wire("image_id", "id"))
    filename: str = field(metadata=wire("filename", "original_filename"))
    thumbnail_url: Optional[str] = None
    description: Optional[str] = None
    confidence: Optional[float] = field(default=None, metadata=wire("confidence", "score", "relevance_score"))
    title: Optional[str] = None
    stored_url: Optional[str] = None


class Referring:
    """What messages and answers share: their content may hold references such as `[[img:ID|name]]`."""

    content: str
    metadata: Optional[dict[str, Any]]

    @property
    def resolved_content(self) -> str:
        """The content in plain words, each reference replaced by what it stands for."""
        return resolve_content(self.content, self.metadata)

    @property
    def references(self) -> ParsedReferences:
        """What the content refers to."""
        return parse_references(self.content, self.metadata)

    @property
    def result_refs(self) -> dict[str, Any]:
        """The sets of results that `[[ref:KEY]]` stand for, by key."""
        return _objects((self.metadata or {}).get("result_refs"))


@dataclass(frozen=True)
class ChatMessage(Referring, ApiObject):
    """A message of a session."""

    id: str
    role: MessageRole
    content: str
    created_at: Optional[datetime] = None
    token_count: int = 0
    image_context: Optional[list[ImageReference]] = None
    metadata: Optional[dict[str, Any]] = None

    @classmethod
    def from_api_response(cls: type[MessageT], data: Mapping[str, Any]) -> MessageT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The message in `data`, whose pictures may be a list or an object of them."""
        pictures = _pictures(data.get("image_context"))
        return super().from_api_response({**data, "image_context": pictures})

    def as_collection(self) -> FileCollection:
        """The files the message is about."""
        return collection_of(self.image_context, self.result_refs, "chat_message")


@dataclass(frozen=True)
class ChatPlan(ApiObject):
    """Changes that wait for approval: nothing is done before `approve_plan`."""

    plan_id: str
    summary: str = ""
    status: Optional[str] = None
    steps: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    outcomes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass(frozen=True)
class ChatResponse(Referring, ApiObject):
    """The answer to a message."""

    message_id: str
    session_id: str
    content: str
    token_count: int = 0
    provider: str = ""
    model: str = ""
    processing_time_ms: int = 0
    images: Optional[list[ImageReference]] = None
    metadata: Optional[dict[str, Any]] = None
    plan: Optional[ChatPlan] = None

    @classmethod
    def from_api_response(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls: type[ResponseT], data: Mapping[str, Any], session_id: str = ""
    ) -> ResponseT:
        """The answer in `data`, which does not name its session."""
        extras = {name: data[name] for name in _EXTRAS if data.get(name) is not None}
        metadata = {**extras, **_objects(data.get("metadata"))} or None
        pictures = _pictures(data.get("images") or data.get("image_context") or (metadata or {}).get("image_context"))
        known = {"session_id": data.get("session_id") or session_id, "images": pictures, "metadata": metadata}
        known["plan"] = data.get("plan") or (metadata or {}).get("plan")
        return super().from_api_response({**data, **known})

    def as_collection(self) -> FileCollection:
        """The files the answer is about."""
        return collection_of(self.images, self.result_refs, "chat")


@dataclass(frozen=True)
class ChatToken(ApiObject):
    """One event of a streamed answer; what is beside the text is in `data`."""

    type: ChatTokenType
    content: Optional[str] = None
    data: Optional[dict[str, Any]] = None

    @classmethod
    def from_sse_event(cls, event_type: str, event_data: dict[str, Any]) -> ChatToken:
        """The event as a token; one of a kind that this version does not know counts as `status`."""
        kind = member_of(ChatTokenType, event_type) or ChatTokenType.STATUS
        text = event_data.get(_TEXT_OF.get(kind, "message"))
        return cls(kind, text if isinstance(text, str) else None, event_data)

    @property
    def resolved_content(self) -> Optional[str]:
        """The whole answer in plain words; None but for `complete`."""
        if self.type is not ChatTokenType.COMPLETE:
            return None
        resolved = (self.data or {}).get("resolved_content")
        return resolved if isinstance(resolved, str) else resolve_content(self.content or "", self.data)

    @property
    def references(self) -> Optional[ParsedReferences]:
        """What the whole answer refers to; None but for `complete`."""
        is_complete = self.type is ChatTokenType.COMPLETE
        return parse_references(self.content or "", self.data) if is_complete else None

    @property
    def result_refs(self) -> Optional[dict[str, Any]]:
        """The sets of results of the whole answer, by key; None but for `complete`."""
        is_complete = self.type is ChatTokenType.COMPLETE
        return _objects((self.data or {}).get("result_refs")) if is_complete else None

    @property
    def plan(self) -> Optional[ChatPlan]:
        """What waits for approval; None but for `plan_pending_approval`."""
        is_plan = self.type is ChatTokenType.PLAN_PENDING_APPROVAL
        return ChatPlan.from_api_response(self.data or {}) if is_plan else None


_TEXT_OF = {
    ChatTokenType.TOKEN: "content",
    ChatTokenType.COMPLETE: "content",
    ChatTokenType.THINKING: "status",
    ChatTokenType.CONNECTION: "status",
    ChatTokenType.AUTH_ERROR: "error",
}


@dataclass(frozen=True)
class ChatSession(ApiObject):
    """A conversation, and what is left of its tokens and messages."""

    id: str = field(metadata=wire("id", "session_id"))
    title: str
    total_messages: int = 0
    total_tokens: int = 0
    remaining_tokens: int = 0
    remaining_messages: int = 0
    is_active: bool = True
    use_all_images: bool = True
    selected_image_count: int = 0
    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None
    last_message_at: Optional[datetime] = None
    last_message_preview: Optional[str] = None
    last_user_message: Optional[str] = None


@dataclass(frozen=True)
class ChatSessionDetail(ApiObject):
    """A conversation with its messages and the files it is about."""

    session: ChatSession
    messages: list[ChatMessage]
    selected_image_ids: Optional[list[str]] = None
    selected_video_ids: Optional[list[str]] = None
    current_search_result_ids: Optional[list[str]] = None
    selected_document_ids: Optional[list[str]] = None
    context_summary: Optional[str] = None

    @classmethod
    def from_api_response(cls: type[DetailT], data: Mapping[str, Any]) -> DetailT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The session in `data`, where it is an object of its own beside its messages."""
        session = data.get("session")
        return super().from_api_response({**data, "session": session if isinstance(session, dict) else dict(data)})

    def as_collection(self) -> FileCollection:
        """The pictures that are selected for the session."""
        return FileCollection.from_ids(self.selected_image_ids or [], "image", "chat_session")


@dataclass(frozen=True)
class SessionList(ApiObject):
    """One page of sessions; `total` counts all."""

    items: list[ChatSession] = field(metadata=wire("items", "sessions"))
    total: int = field(default=0, metadata=wire("total", "total_count"))
    has_more: bool = False


@dataclass(frozen=True)
class PlanActionResponse(ApiObject):
    """What came of approving or cancelling a plan; `status` is `accepted` while it still runs."""

    success: bool
    plan_id: str
    message: str
    action_taken: str
    results: Optional[dict[str, Any]] = None
    agent_results: Optional[list[dict[str, Any]]] = None
    pending_actions: Optional[list[dict[str, Any]]] = None
    status: Optional[str] = None


@dataclass(frozen=True)
class ChatImageList(ApiObject):
    """Ids of pictures that can be talked about."""

    image_ids: list[str]
    total_count: int
    has_more: bool

    def as_collection(self) -> FileCollection:
        """The pictures, for agents that take files."""
        return FileCollection.from_ids(self.image_ids, "image", "chat_images")


def _objects(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _pictures(value: Any) -> Optional[list[Any]]:
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        inner = known.get("images")
        return (
            cast("list[Any]", inner)
            if isinstance(inner, list)
            else [{"image_id": key, **_objects(one)} for key, one in known.items()]
        )
    return cast("list[Any]", value) if isinstance(value, list) else None
