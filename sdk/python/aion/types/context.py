"""The slots through which agents hand values to one another, each with a type."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional, cast

from ._decoding import ApiObject, plain

__all__ = ["ExecutionContext", "TypedSlot"]


@dataclass(frozen=True)
class TypedSlot(ApiObject):
    """A value, its type, and the node it came from; `timestamp` is when it was written, in ISO 8601."""

    value: Any
    data_type: str
    source_node: str
    timestamp: Optional[str] = None

    def __post_init__(self) -> None:
        if self.timestamp is None:
            object.__setattr__(self, "timestamp", datetime.now(timezone.utc).isoformat())


class ExecutionContext:
    """Named slots. A later write to a name replaces the earlier one, but must keep its type."""

    def __init__(self) -> None:
        self._slots: dict[str, TypedSlot] = {}
        self._lock: Optional[asyncio.Lock] = None

    def write(self, slot_name: str, value: Any, data_type: str, source_node: str) -> None:
        """Puts a value into a slot. Raises TypeError when the slot holds another type."""
        known = self._slots.get(slot_name)
        if known is not None and known.data_type != data_type:
            raise TypeError(f"slot {slot_name!r} holds {known.data_type}, not {data_type}")
        self._slots[slot_name] = TypedSlot(value, data_type, source_node)

    def read(self, slot_name: str, expected_type: Optional[str] = None) -> Any:
        """The value of a slot. Raises KeyError when there is none, TypeError when its type is another."""
        slot = self._slots.get(slot_name)
        if slot is None:
            raise KeyError(f"there is no slot {slot_name!r}; known are {sorted(self._slots)}")
        if expected_type is not None and slot.data_type != expected_type:
            raise TypeError(f"slot {slot_name!r} holds {slot.data_type}, not {expected_type}")
        return slot.value

    def has_slot(self, slot_name: str) -> bool:
        """Whether there is a slot of that name."""
        return slot_name in self._slots

    async def write_async(self, slot_name: str, value: Any, data_type: str, source_node: str) -> None:
        """As `write`, one task at a time."""
        async with self._guard():
            self.write(slot_name, value, data_type, source_node)

    async def read_async(self, slot_name: str, expected_type: Optional[str] = None) -> Any:
        """As `read`, one task at a time."""
        async with self._guard():
            return self.read(slot_name, expected_type)

    async def has_slot_async(self, slot_name: str) -> bool:
        """As `has_slot`, one task at a time."""
        async with self._guard():
            return self.has_slot(slot_name)

    def get_slot_type(self, slot_name: str) -> Optional[str]:
        """The type of a slot; None when there is none of that name."""
        slot = self._slots.get(slot_name)
        return None if slot is None else slot.data_type

    def get_slots_by_type(self, data_type: str) -> dict[str, Any]:
        """The values of all slots of a type, by name."""
        return {name: slot.value for name, slot in self._slots.items() if slot.data_type == data_type}

    def list_slots(self) -> list[dict[str, str]]:
        """Name, type and source of every slot, in the order of their first write."""
        return [
            {"name": name, "data_type": slot.data_type, "source_node": slot.source_node}
            for name, slot in self._slots.items()
        ]

    @property
    def slots(self) -> dict[str, TypedSlot]:
        """A copy of the slots, by name."""
        return dict(self._slots)

    def to_dict(self) -> dict[str, Any]:
        """The slots as plain JSON values."""
        return {
            "slots": {
                name: {
                    "value": plain(_jsonable(slot.value)),
                    "data_type": slot.data_type,
                    "source_node": slot.source_node,
                    "timestamp": slot.timestamp,
                }
                for name, slot in self._slots.items()
            }
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ExecutionContext:
        """The context that `to_dict` wrote; values come back as plain JSON values."""
        context = cls()
        slots = cast("Mapping[str, Mapping[str, Any]]", data.get("slots") or {})
        context._slots = {name: TypedSlot.from_api_response(slot) for name, slot in slots.items()}
        return context

    def _guard(self) -> asyncio.Lock:
        # made when first needed: before Python 3.10 a lock belongs to the loop it is made in
        if self._lock is None:
            self._lock = asyncio.Lock()
        return self._lock


def _jsonable(value: Any) -> Any:
    to_dict = getattr(value, "to_dict", None)
    return to_dict() if callable(to_dict) and not isinstance(value, ApiObject) else value
