"""A conversation as a context: it begins with `async with` and is closed at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional

from ..exceptions import AionvisionError
from ..types.chat import ChatMessage, ChatResponse, ChatSession, ChatToken, PlanActionResponse

if TYPE_CHECKING:
    from .chat import ChatResource

__all__ = ["ChatSessionContext"]


@dataclass
class ChatSessionConfig:
    """How a conversation begins and ends."""

    title: Optional[str] = None
    image_ids: Optional[list[str]] = None
    use_all_images: bool = True
    auto_close: bool = True


class ChatSessionContext:
    """A conversation. It is created on entering, and closed on leaving unless `auto_close` is False."""

    def __init__(self, chat: ChatResource, config: ChatSessionConfig) -> None:
        self._chat = chat
        self._config = config
        self._session: Optional[ChatSession] = None

    @property
    def session_id(self) -> str:
        """The id of the conversation. Raises RuntimeError before it is entered."""
        return self.session.id

    @property
    def session(self) -> ChatSession:
        """The conversation as it was created. Raises RuntimeError before it is entered."""
        if self._session is None:
            raise RuntimeError("The conversation has not begun: use it with `async with`")
        return self._session

    async def __aenter__(self) -> ChatSessionContext:
        self._session = await self._chat.create_session(
            title=self._config.title, image_ids=self._config.image_ids, use_all_images=self._config.use_all_images
        )
        return self

    async def __aexit__(
        self,
        exc_type: Optional[type[BaseException]] = None,
        exc_val: Optional[BaseException] = None,
        exc_tb: Optional[TracebackType] = None,
    ) -> None:
        if self._session is None or not self._config.auto_close:
            return
        try:
            await self._chat.close_session(self._session.id)
        except AionvisionError:
            # what went wrong in the body matters more than what went wrong after it
            if exc_val is None:
                raise

    async def send(
        self,
        message: str,
        *,
        force_detailed_analysis: bool = False,
        expected_image_ids: Optional[Sequence[str]] = None,
    ) -> ChatResponse:
        """The whole answer to a message."""
        return await self._chat.send(
            message,
            session_id=self.session_id,
            force_detailed_analysis=force_detailed_analysis,
            expected_image_ids=expected_image_ids,
        )

    def send_stream(
        self,
        message: str,
        *,
        force_detailed_analysis: bool = False,
        expected_image_ids: Optional[Sequence[str]] = None,
    ) -> AsyncIterator[ChatToken]:
        """The answer to a message, event by event as it is made."""
        return self._chat.send_stream(
            message,
            session_id=self.session_id,
            force_detailed_analysis=force_detailed_analysis,
            expected_image_ids=expected_image_ids,
        )

    async def update_images(self, image_ids: Sequence[str]) -> dict[str, Any]:
        """Makes the conversation one about these pictures."""
        return await self._chat.update_images(self.session_id, image_ids)

    async def update_documents(self, document_ids: Sequence[str]) -> dict[str, Any]:
        """Makes the conversation one about these documents."""
        return await self._chat.update_documents(self.session_id, document_ids)

    async def update_videos(self, video_ids: Sequence[str]) -> dict[str, Any]:
        """Makes the conversation one about these videos."""
        return await self._chat.update_videos(self.session_id, video_ids)

    async def approve_plan(self, plan_id: str) -> PlanActionResponse:
        """Lets a plan that waits for approval run."""
        return await self._chat.approve_plan(self.session_id, plan_id)

    async def cancel_plan(self, plan_id: str) -> PlanActionResponse:
        """Gives up a plan that waits for approval."""
        return await self._chat.cancel_plan(self.session_id, plan_id)

    async def get_messages(self, *, limit: Optional[int] = None) -> list[ChatMessage]:
        """The messages so far, oldest first; the latest `limit` of them where given."""
        return await self._chat.get_messages(self.session_id, limit=limit)
