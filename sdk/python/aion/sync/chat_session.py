"""A conversation for callers that cannot await."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Optional

from ..client import AionVision
from ..exceptions import AionvisionError
from ..types.chat import ChatMessage, ChatResponse, ChatSession, PlanActionResponse
from ._runner import LoopRunner

__all__ = ["SyncChatSession"]


class SyncChatSession:
    """A conversation that has begun. `close` ends it, and so does leaving `with` unless `auto_close` is False."""

    def __init__(
        self, async_client: AionVision, session: ChatSession, runner: LoopRunner, auto_close: bool = True
    ) -> None:
        self._chats = async_client.chats
        self._session = session
        self._runner = runner
        self._auto_close = auto_close
        self._closed = False

    def __enter__(self) -> SyncChatSession:
        return self

    def __exit__(
        self,
        exc_type: Optional[type[BaseException]] = None,
        exc_val: Optional[BaseException] = None,
        exc_tb: Optional[TracebackType] = None,
    ) -> None:
        if not self._auto_close:
            return
        try:
            self._end()
        except Exception:
            # what went wrong in the body matters more than what went wrong after it
            if exc_val is None:
                raise

    def close(self) -> None:
        """Ends the conversation. Closing twice does no harm, nor does a server that cannot be reached."""
        try:
            self._end()
        except (AionvisionError, RuntimeError):
            # it ends by itself on the server; `is_closed` holds either way
            self._closed = True

    @property
    def session_id(self) -> str:
        """The id of the conversation."""
        return self._session.id

    @property
    def session(self) -> ChatSession:
        """The conversation as it was created."""
        return self._session

    @property
    def is_closed(self) -> bool:
        """Whether the conversation, or the client, is closed."""
        return self._closed or self._runner.is_closed

    def send(
        self,
        message: str,
        *,
        force_detailed_analysis: bool = False,
        expected_image_ids: Optional[Sequence[str]] = None,
    ) -> ChatResponse:
        """The whole answer to a message. Raises RuntimeError when the conversation is closed."""
        self._require_open()
        return self._runner.run(
            self._chats.send(
                message,
                session_id=self.session_id,
                force_detailed_analysis=force_detailed_analysis,
                expected_image_ids=expected_image_ids,
            )
        )

    def update_images(self, image_ids: Sequence[str]) -> dict[str, Any]:
        """Makes the conversation one about these pictures."""
        self._require_open()
        return self._runner.run(self._chats.update_images(self.session_id, image_ids))

    def update_documents(self, document_ids: Sequence[str]) -> dict[str, Any]:
        """Makes the conversation one about these documents."""
        self._require_open()
        return self._runner.run(self._chats.update_documents(self.session_id, document_ids))

    def update_videos(self, video_ids: Sequence[str]) -> dict[str, Any]:
        """Makes the conversation one about these videos."""
        self._require_open()
        return self._runner.run(self._chats.update_videos(self.session_id, video_ids))

    def approve_plan(self, plan_id: str) -> PlanActionResponse:
        """Lets a plan that waits for approval run."""
        self._require_open()
        return self._runner.run(self._chats.approve_plan(self.session_id, plan_id))

    def cancel_plan(self, plan_id: str) -> PlanActionResponse:
        """Gives up a plan that waits for approval."""
        self._require_open()
        return self._runner.run(self._chats.cancel_plan(self.session_id, plan_id))

    def get_messages(self, limit: Optional[int] = None) -> list[ChatMessage]:
        """The messages so far, oldest first; the latest `limit` of them where given."""
        self._require_open()
        return self._runner.run(self._chats.get_messages(self.session_id, limit=limit))

    def _require_open(self) -> None:
        if self.is_closed:
            raise RuntimeError("The conversation is closed")

    def _end(self) -> None:
        if self.is_closed:
            return
        self._runner.run(self._chats.close_session(self.session_id))
        self._closed = True
