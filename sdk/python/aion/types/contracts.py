"""What an agent says about itself: what it takes, what it gives, and what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = ["AgentCapability", "AgentContract", "TypedInput", "TypedOutput"]


class AgentCapability(str, Enum):
    """What an agent is able to do."""

    SEARCH = "search"
    FILTER = "filter"
    ANALYSIS = "analysis"
    COMPARISON = "comparison"
    EXPORT = "export"
    SUMMARIZATION = "summarization"
    RECOMMENDATION = "recommendation"
    VISUALIZATION = "visualization"
    ANALYTICS = "analytics"
    CROSS_REFERENCE = "cross_reference"
    SYNTHESIS = "synthesis"
    ORGANIZATION = "organization"
    CONVERSATIONAL = "conversational"


@dataclass(frozen=True)
class TypedInput(ApiObject):
    """A value that an agent takes."""

    name: str
    data_type: str
    required: bool = True
    description: str = ""
    content_type_hint: Optional[str] = None


@dataclass(frozen=True)
class TypedOutput(ApiObject):
    """A value that an agent gives; mergeable ones of several agents can become one."""

    name: str
    data_type: str
    mergeable: bool = False
    description: str = ""
    content_type_hint: Optional[str] = None


@dataclass(frozen=True)
class AgentContract(ApiObject):
    """An agent's name, capability, inputs and outputs."""

    name: str
    capability: AgentCapability
    description: str
    inputs: tuple[TypedInput, ...] = ()
    outputs: tuple[TypedOutput, ...] = ()
    example_intents: tuple[str, ...] = ()
    can_run_parallel: bool = True
    typical_duration_ms: int = 5000
    can_chain_with: tuple[AgentCapability, ...] = ()

    def get_required_inputs(self) -> list[TypedInput]:
        """The inputs that must be given."""
        return [one for one in self.inputs if one.required]

    def get_input_by_name(self, name: str) -> Optional[TypedInput]:
        """The input of that name; None when there is none."""
        return next((one for one in self.inputs if one.name == name), None)

    def get_output_by_name(self, name: str) -> Optional[TypedOutput]:
        """The output of that name; None when there is none."""
        return next((one for one in self.outputs if one.name == name), None)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AgentContract:
        """The contract that `to_dict` wrote."""
        return cls.from_api_response(data)
