"""Descriptions by a vision-language model behind any OpenAI-compatible endpoint."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from aionserver.models.captioning.answers import Answer, AnswerError, read_answer, read_tokens
from aionserver.models.captioning.contract import Describer, Description, PictureFacts, TokenCounts
from aionserver.models.captioning.endpoint import EndpointError, VisionEndpoint, ask
from aionserver.models.captioning.requests import CostError, request_body

_FAILURES_BEFORE_PAUSE = 3
_PAUSE_SECONDS = 60.0
_LEFT_ALONE = "the vision endpoint failed repeatedly and is left alone for a minute"


@dataclass(slots=True)
class _Breaker:
    """Keeps a dead endpoint from costing every picture its whole timeout."""

    clock: Callable[[], float]
    failures: int = 0
    paused_until: float = 0.0

    def is_open(self) -> bool:
        return self.clock() < self.paused_until

    def note(self, *, failed: bool) -> None:
        self.failures = self.failures + 1 if failed else 0
        if self.failures >= _FAILURES_BEFORE_PAUSE:
            self.failures, self.paused_until = 0, self.clock() + _PAUSE_SECONDS


class RemoteDescriber:
    """`Describer` that asks the endpoint, and the embedded one with the reason noted where that fails."""

    def __init__(
        self, endpoint: VisionEndpoint, fallback: Describer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._endpoint, self._fallback = endpoint, fallback
        self._breaker = _Breaker(clock)
        self.name = endpoint.model
        self.version = "remote-1"

    def describe(self, facts: PictureFacts) -> Description:
        """The model's description, or the embedded one with `fallback_reason` where the model gave none."""
        if self._breaker.is_open():
            return self._fallen_back(facts, _LEFT_ALONE, TokenCounts())
        tokens = TokenCounts()
        try:
            completion = ask(self._endpoint, request_body(self._endpoint, facts))
            tokens = read_tokens(completion)
            answer = read_answer(completion)
        except EndpointError as error:
            self._breaker.note(failed=True)
            return self._fallen_back(facts, str(error), tokens)
        except (AnswerError, CostError) as error:
            return self._fallen_back(facts, str(error), tokens)
        self._breaker.note(failed=False)
        return self._description(facts, answer, tokens)

    def _description(self, facts: PictureFacts, answer: Answer, tokens: TokenCounts) -> Description:
        return Description(
            text=answer.description,
            tags=answer.tags,
            confidence=answer.confidence,
            visible_text=answer.visible_text or facts.text.text,
            model=self.name,
            version=self.version,
            provider=self._endpoint.host,
            tokens=tokens,
        )

    def _fallen_back(self, facts: PictureFacts, reason: str, tokens: TokenCounts) -> Description:
        return replace(self._fallback.describe(facts), fallback_reason=reason, tokens=tokens)
