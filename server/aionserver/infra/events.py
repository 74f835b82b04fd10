"""What nouns tell those above them: an event is a frozen dataclass, delivered inside the publisher's transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

Handler = Callable[[Any, Any], Awaitable[None]]
Subscriptions = Mapping[type, Sequence[Handler]]
