"""What nouns say of a change, for the audit log: published in the change's own transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["info", "warning", "error", "critical"]
Result = Literal["success", "failure", "denied"]


@dataclass(frozen=True)
class Audited:
    """A change, or a refusal: `event_type` is `noun.past_tense`, `action` the verb.

    `changes` are `{field: [before, after]}`, without secrets. Who did it, whence and when is the scope's to say.
    """

    event_type: str
    action: str
    resource_type: str | None = None
    resource_id: str | None = None
    severity: Severity = "info"
    result: Result = "success"
    error_message: str | None = None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The `changes` between two states of some fields: what `after` has that was otherwise."""
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
