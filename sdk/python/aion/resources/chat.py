"""Chat: conversations about pictures, documents and videos, with answers whole or event by event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Optional

from .._event_stream import EventStream
from .._requests import Request, delete, get, objects_in, patch, post, present, put
from ..exceptions import AuthenticationError, ChatError
from ..types.chat import (
    ChatImageList,
    ChatMessage,
    ChatResponse,
    ChatSession,
    ChatSessionDetail,
    ChatToken,
    ImageReference,
    PlanActionResponse,
    SessionList,
)
from ..types.common import ChatTokenType
from ._base import Resource, require_choice, require_list, require_text, require_within
from .chat_session import ChatSessionConfig as ChatSessionConfig
from .chat_session import ChatSessionContext as ChatSessionContext

__all__ = ["ChatResource"]

LONGEST_MESSAGE = 10_000
LONGEST_TITLE = 255
LONGEST_IMAGE_QUERY = 500
MAX_IMAGES, MAX_DOCUMENTS, MAX_VIDEOS = 1000, 100, 100
MAX_PAGE_SIZE = 100
MAX_MESSAGES = 1000
MAX_IMAGE_IDS = 5000
EXPORT_FORMATS = ("json", "markdown", "text")

# after these nothing more comes
_LAST = frozenset({"close", "error", "auth_error"})
# a cut after one of these loses nothing
_ENOUGH = frozenset({"complete", "plan_pending_approval"})


class ChatResource(Resource):
    """Conversations with the assistant."""

    def session(
        self,
        *,
        title: Optional[str] = None,
        image_ids: Optional[list[str]] = None,
        use_all_images: bool = True,
        auto_close: bool = True,
    ) -> ChatSessionContext:
        """A conversation to be used with `async with`."""
        return ChatSessionContext(self, ChatSessionConfig(title, image_ids, use_all_images, auto_close))

    async def send(
        self,
        message: str,
        *,
        session_id: str,
        force_detailed_analysis: bool = False,
        expected_image_ids: Optional[Sequence[str]] = None,
    ) -> ChatResponse:
        """The whole answer to a message. With `expected_image_ids` the conversation is about these from here on."""
        template = "/chat/sessions/{session_id}/messages"
        request = _message(template, message, session_id, force_detailed_analysis, expected_image_ids)
        return ChatResponse.from_api_response(await self._object(request), session_id)

    async def send_stream(
        self,
        message: str,
        *,
        session_id: str,
        force_detailed_analysis: bool = False,
        expected_image_ids: Optional[Sequence[str]] = None,
    ) -> AsyncIterator[ChatToken]:
        """The answer to a message, event by event as it is made; `complete` holds the whole answer.

        A broken connection is resumed, told by a `reconnecting` event. Raises ChatError when the server gives the
        answer up, SSEStreamError when the connection cannot be resumed.
        """
        template = "/chat/sessions/{session_id}/messages/stream"
        request = _message(template, message, session_id, force_detailed_analysis, expected_image_ids)
        events = EventStream(self._http, request, last=_LAST, enough=_ENOUGH).events()
        try:
            async for event in events:
                token = ChatToken.from_sse_event(event.event, event.object())
                _require_answer(token, session_id)
                yield token
        finally:
            await events.aclose()

    async def create_session(
        self,
        *,
        title: Optional[str] = None,
        image_ids: Optional[Sequence[str]] = None,
        use_all_images: bool = True,
    ) -> ChatSession:
        """A new conversation: about all pictures, or about up to 1,000 `image_ids`."""
        if title is not None:
            require_text("title", title, LONGEST_TITLE)
        if image_ids is not None:
            require_list("image_ids", image_ids, MAX_IMAGES)
        chosen = {"initial_image_ids": [*image_ids]} if image_ids else {}
        # who names pictures wants these, whatever the default says
        payload = {**present(title=title), **chosen, "use_all_images": use_all_images and not chosen}
        return ChatSession.from_api_response({**payload, **await self._object(post("/chat/sessions", payload))})

    async def get_session(
        self, session_id: str, *, include_messages: bool = True, message_limit: Optional[int] = None
    ) -> ChatSessionDetail:
        """A conversation with its messages, the latest `message_limit` of them where given."""
        if message_limit is not None:
            require_within("message_limit", message_limit, 1, MAX_MESSAGES)
        query = {"include_messages": include_messages, "message_limit": message_limit}
        request = get("/chat/sessions/{session_id}", query, session_id=session_id)
        return ChatSessionDetail.from_api_response(await self._object(request))

    async def list_sessions(self, *, limit: int = 20, offset: int = 0, active_only: bool = False) -> SessionList:
        """One page of conversations, the latest first."""
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        query = {"limit": limit, "offset": offset, "is_active": True if active_only else None}
        return SessionList.from_api_response(await self._object(get("/chat/sessions", query)))

    async def iter_sessions(self, *, page_size: int = 20, active_only: bool = False) -> AsyncIterator[ChatSession]:
        """All conversations, the latest first, page after page."""
        offset = 0
        while True:
            page = await self.list_sessions(limit=page_size, offset=offset, active_only=active_only)
            for session in page.items:
                yield session
            offset += len(page.items)
            if not page.has_more or not page.items:
                return

    async def get_messages(self, session_id: str, *, limit: Optional[int] = None) -> list[ChatMessage]:
        """The messages of a conversation, oldest first; the latest `limit` of them where given."""
        return (await self.get_session(session_id, message_limit=limit)).messages

    async def update_images(self, session_id: str, image_ids: Sequence[str]) -> dict[str, Any]:
        """Makes a conversation one about up to 1,000 pictures."""
        require_list("image_ids", image_ids, MAX_IMAGES)
        request = put("/chat/sessions/{session_id}/images", {"image_ids": [*image_ids]}, session_id=session_id)
        return await self._object(request)

    async def update_documents(self, session_id: str, document_ids: Sequence[str]) -> dict[str, Any]:
        """Makes a conversation one about up to 100 documents."""
        require_list("document_ids", document_ids, MAX_DOCUMENTS)
        payload = {"document_ids": [*document_ids]}
        return await self._object(put("/chat/sessions/{session_id}/documents", payload, session_id=session_id))

    async def update_videos(self, session_id: str, video_ids: Sequence[str]) -> dict[str, Any]:
        """Makes a conversation one about up to 100 videos."""
        require_list("video_ids", video_ids, MAX_VIDEOS)
        request = put("/chat/sessions/{session_id}/videos", {"video_ids": [*video_ids]}, session_id=session_id)
        return await self._object(request)

    async def update_mode(self, session_id: str, use_all_images: bool) -> dict[str, Any]:
        """Makes a conversation one about all pictures, or about those that are selected."""
        payload = {"use_all_images": use_all_images}
        return await self._object(patch("/chat/sessions/{session_id}/mode", payload, session_id=session_id))

    async def approve_plan(self, session_id: str, plan_id: str) -> PlanActionResponse:
        """Lets a plan that waits for approval run; `status` is `accepted` while it does."""
        return await self._act(session_id, plan_id, "approve")

    async def cancel_plan(self, session_id: str, plan_id: str) -> PlanActionResponse:
        """Gives up a plan that waits for approval."""
        return await self._act(session_id, plan_id, "cancel")

    async def close_session(self, session_id: str) -> dict[str, Any]:
        """Ends a conversation; it can still be read."""
        return await self._object(delete("/chat/sessions/{session_id}", session_id=session_id))

    async def rename_session(self, session_id: str, title: str) -> dict[str, Any]:
        """Gives a conversation another title, of 1 to 255 characters."""
        require_text("title", title, LONGEST_TITLE)
        return await self._object(patch("/chat/sessions/{session_id}/title", {"title": title}, session_id=session_id))

    async def export_session(
        self, session_id: str, *, format: str = "markdown", include_metadata: bool = False
    ) -> bytes:
        """A conversation as a file in the format json, markdown or text."""
        require_choice("format", format, EXPORT_FORMATS)
        query = {"format": format, "include_metadata": include_metadata}
        request = get("/chat/sessions/{session_id}/export", query, session_id=session_id)
        return (await self._http.send(request)).content

    async def get_all_images(self, *, limit: int = 1000, offset: int = 0) -> ChatImageList:
        """Ids of the pictures that can be talked about."""
        require_within("limit", limit, 1, MAX_IMAGE_IDS)
        query = {"limit": limit, "offset": offset}
        return ChatImageList.from_api_response(await self._object(get("/chat/images/all", query)))

    async def iter_images(self, *, page_size: int = 1000) -> AsyncIterator[str]:
        """Ids of all pictures that can be talked about, page after page."""
        offset = 0
        while True:
            page = await self.get_all_images(limit=page_size, offset=offset)
            for image_id in page.image_ids:
                yield image_id
            offset += len(page.image_ids)
            if not page.has_more or not page.image_ids:
                return

    async def search_images(self, query: str, *, limit: int = 50, offset: int = 0) -> list[ImageReference]:
        """Pictures that fit `query`, best first."""
        require_text("query", query, LONGEST_IMAGE_QUERY)
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        payload = {"query": query, "limit": limit, "offset": offset}
        answer = await self._object(post("/chat/images/search", payload))
        return [ImageReference.from_api_response(one) for one in objects_in(answer, "results")]

    async def _act(self, session_id: str, plan_id: str, action: str) -> PlanActionResponse:
        template = "/chat/sessions/{session_id}/plans/{plan_id}/action"
        answer = await self._http.send(post(template, {"action": action}, session_id=session_id, plan_id=plan_id))
        running = {"status": "accepted"} if answer.status == 202 else {}
        return PlanActionResponse.from_api_response({"plan_id": plan_id, **answer.object(), **running})


def _message(
    template: str, message: str, session_id: str, detailed: bool, expected_image_ids: Optional[Sequence[str]]
) -> Request:
    require_text("message", message, LONGEST_MESSAGE)
    payload: dict[str, Any] = {"message": message, "force_detailed_analysis": detailed}
    if expected_image_ids is not None:
        require_list("expected_image_ids", expected_image_ids, MAX_IMAGES)
        payload["expected_image_ids"] = [*expected_image_ids]
    return post(template, payload, session_id=session_id)


def _require_answer(token: ChatToken, session_id: str) -> None:
    data = token.data or {}
    if token.type is ChatTokenType.AUTH_ERROR:
        raise AuthenticationError(token.content or "The key is no longer valid")
    if token.type is ChatTokenType.ERROR:
        code = data.get("code")
        message = token.content or "The answer failed"
        raise ChatError(message, session_id=session_id, error_code=code if isinstance(code, str) else None)
