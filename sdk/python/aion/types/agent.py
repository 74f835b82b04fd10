"""What an agent is, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Protocol, runtime_checkable

from ._decoding import ApiObject
from .context import ExecutionContext
from .contracts import AgentContract

__all__ = ["Agent", "AgentResult"]


@dataclass(frozen=True)
class AgentResult(ApiObject):
    """What an agent hands back; `outputs` are named by its contract."""

    success: bool
    agent_name: str
    capability: str
    outputs: Optional[dict[str, Any]] = None
    error: Optional[str] = None
    summary: Optional[str] = None
    execution_time_ms: float = 0
    metadata: Optional[dict[str, Any]] = None

    def get_output(self, slot_name: str, default: Any = None) -> Any:
        """The output of that name, or `default`."""
        return (self.outputs or {}).get(slot_name, default)

    def has_output(self, slot_name: str) -> bool:
        """Whether there is an output of that name."""
        return slot_name in (self.outputs or {})


@runtime_checkable
class Agent(Protocol):
    """Anything that states a contract and can be executed."""

    def get_contract(self) -> AgentContract:
        """What the agent takes and gives."""
        ...

    async def execute(self, context: ExecutionContext) -> AgentResult:
        """The result of working on what `context` holds."""
        ...
