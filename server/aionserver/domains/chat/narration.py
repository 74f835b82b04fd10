"""What is told of an answer while it is made, in the order of the contract.

`connection`, `thinking`; any number of `thinking_step`, `tool_invocation`, `tool_result`, `image_results`; then the
answer, `token` by `token`, and `complete`, or `plan_pending_approval` in place of both; at last `close`. Where it
fails, `error` comes before `close`. What tools do after the first word is told no more: nothing but words follows it.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.assistant.schemas import Answer, Event, Proposed, Said, Thought, ToolBegun, ToolEnded
from aionserver.domains.chat.errors import AnswerTooLong
from aionserver.domains.chat.results import seen_images
from aionserver.infra.errors import AionError
from aionserver.infra.streams import StreamEvent

LONGEST_ANSWER = 100_000
MOST_EVENTS = 20_000
Told = tuple[str, dict[str, Any]]


class Narration:
    """Turns what the assistant does into what is told of it."""

    def __init__(self, message_id: UUID) -> None:
        self.message_id = str(message_id)
        self.said = ""
        self._count = 0

    def begin(self) -> list[Told]:
        """How every answer begins."""
        return [
            ("connection", {"message_id": self.message_id, "status": "connected"}),
            ("thinking", {"status": "processing"}),
        ]

    def tell(self, event: Event) -> list[Told]:
        """What is told of a step of the assistant; AnswerTooLong when it finds no end."""
        told = self._of(event)
        self._count += len(told)
        if len(self.said) > LONGEST_ANSWER or self._count > MOST_EVENTS:
            raise AnswerTooLong("The assistant did not come to an end; what it said so far is kept.")
        return told

    def _of(self, event: Event) -> list[Told]:
        if isinstance(event, Said):
            return self._word(event.text)
        if self.said:
            return []
        if isinstance(event, Thought):
            step = {"phase": event.phase, "agent_name": event.agent, "message": event.message}
            return [("thinking_step", {**step, "reasoning": event.reasoning} if event.reasoning else step)]
        if isinstance(event, ToolBegun):
            return [("tool_invocation", {"tool_name": event.tool, "agent_name": event.agent})]
        if isinstance(event, ToolEnded):
            return self._ended(event)
        return []

    def _word(self, text: str) -> list[Told]:
        self.said += text
        return [("token", {"content": text})] if text else []

    def _ended(self, event: ToolEnded) -> list[Told]:
        outcome = event.outcome
        count = outcome.total if outcome.total is not None else len(outcome.items)
        told: list[Told] = [
            ("tool_result", {"tool_name": event.tool, "agent_name": event.agent, "result_count": count})
        ]
        images = seen_images(outcome.items)
        return [*told, ("image_results", {"images": images, "count": len(images)})] if images else told

    def last_words(self, end: Answer | Proposed) -> list[Told]:
        """The answer, where nothing of it was said yet."""
        return self._word(end.content) if isinstance(end, Answer) and not self.said else []

    def complete(self, answer: Answer, images: Sequence[dict[str, Any]], references: dict[str, Any]) -> list[Told]:
        """How an answer ends that is whole."""
        count = sum(one.total for one in answer.results)
        data = {
            "content": answer.content,
            "resolved_content": answer.resolved,
            "message_id": self.message_id,
            "agents_used": list(answer.agents),
            "has_results": count > 0,
            "result_count": count,
            "image_context": list(images),
            **references,
        }
        return [("complete", data), self._close()]

    def propose(self, plan: dict[str, Any]) -> list[Told]:
        """How it ends when a plan waits for approval."""
        return [("plan_pending_approval", {"message_id": self.message_id, **plan}), self._close()]

    def fail(self, error: AionError) -> list[Told]:
        """How it ends when something went wrong."""
        return [("error", {"message": error.message, "code": error.code}), self._close()]

    def _close(self) -> Told:
        return ("close", {"message_id": self.message_id})


class Listener:
    """One who is told of an answer, from the beginning or after a token that they know already."""

    def __init__(self, after_token: int = 0, *, with_reasoning: bool = False) -> None:
        self._after, self._with_reasoning = after_token, with_reasoning
        self._tokens, self._accumulated = 0, ""

    def hear(self, told: Iterable[Told]) -> list[StreamEvent]:
        """What they are sent: tokens numbered from 1, each with all that was said up to it."""
        return [event for name, data in told if (event := self._one(name, data)) is not None]

    def _one(self, name: str, data: dict[str, Any]) -> StreamEvent | None:
        if name == "token":
            return self._token(data["content"])
        if self._tokens < self._after and name not in ("complete", "plan_pending_approval", "error", "close"):
            return None
        if "reasoning" in data and not self._with_reasoning:
            data = {key: value for key, value in data.items() if key != "reasoning"}
        return StreamEvent(name, data)

    def _token(self, content: str) -> StreamEvent | None:
        self._tokens += 1
        self._accumulated += content
        if self._tokens <= self._after:
            return None
        data = {"content": content, "accumulated": self._accumulated, "token_index": self._tokens - 1}
        return StreamEvent("token", data, str(self._tokens))
