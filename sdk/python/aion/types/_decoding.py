"""From JSON to dataclasses: by field name and annotation, tolerant of what is missing, null or new."""

from __future__ import annotations

import collections.abc
import dataclasses
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Callable, Final, Optional, TypeVar, Union, cast, get_args, get_origin, get_type_hints

ObjectT = TypeVar("ObjectT", bound="ApiObject")
MemberT = TypeVar("MemberT", bound=Enum)

# what a converter gives for a value it cannot use
MISSING: Final = dataclasses.MISSING
Convert = Callable[[Any], Any]

_FRACTION = re.compile(r"\.(\d+)")


class ApiObject:
    """Base of the result types: read from an answer of the API, written to plain JSON values."""

    @classmethod
    def from_api_response(cls: type[ObjectT], data: Mapping[str, Any]) -> ObjectT:
        """The object in `data`; what is absent gets the field's default, or the empty value of its type."""
        return decoded(cls, data)

    def to_dict(self, exclude_none: bool = True) -> dict[str, Any]:
        """The fields as plain JSON values, nested objects included."""
        values = {field.name: plain(getattr(self, field.name), exclude_none) for field in _fields(type(self))}
        return {name: value for name, value in values.items() if value is not None or not exclude_none}


def decoded(kind: type[ObjectT], data: Mapping[str, Any]) -> ObjectT:
    """The object of that kind in `data`."""
    return kind(**{plan.name: plan.value_in(data) for plan in _plans(kind)})


def wire(*names: str) -> dict[str, tuple[str, ...]]:
    """Metadata of a dataclass field that the API calls otherwise; the first of `names` that is there counts."""
    return {"wire": names}


def member_of(kind: type[MemberT], value: Any) -> Optional[MemberT]:
    """The member of the enum with that value; None for one that this version does not know."""
    member = converter(kind)(value)
    return None if member is MISSING else member


def plain(value: Any, exclude_none: bool = True) -> Any:
    """`value` in terms of what JSON has."""
    if isinstance(value, ApiObject):
        return value.to_dict(exclude_none)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [plain(item, exclude_none) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: plain(item, exclude_none) for name, item in cast("dict[str, Any]", value).items()}
    return value


def timestamp(value: Any) -> Any:
    """The moment an ISO 8601 text names; MISSING when it names none."""
    if not isinstance(value, str):
        return MISSING
    text = _FRACTION.sub(lambda match: "." + match.group(1)[:6].ljust(6, "0"), value, count=1)
    if text.endswith(("Z", "z")):
        # Python before 3.11 does not read Z
        text = text[:-1] + "+00:00"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return MISSING


@dataclasses.dataclass(frozen=True)
class FieldPlan:
    """How one field is filled."""

    name: str
    wire_names: tuple[str, ...]
    convert: Convert
    fallback: Callable[[], Any]

    def value_in(self, data: Mapping[str, Any]) -> Any:
        for wire_name in self.wire_names:
            if data.get(wire_name) is not None:
                value = self.convert(data[wire_name])
                return self.fallback() if value is MISSING else value
        return self.fallback()


def _fields(kind: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)


@lru_cache(maxsize=None)
def _plans(kind: type[ApiObject]) -> tuple[FieldPlan, ...]:
    hints = get_type_hints(kind, vars(sys.modules[kind.__module__]))
    return tuple(_plan(field, hints[field.name]) for field in _fields(kind) if field.init)


def _plan(field: dataclasses.Field[Any], hint: Any) -> FieldPlan:
    names: tuple[str, ...] = field.metadata.get("wire", (field.name,))
    return FieldPlan(field.name, names, converter(hint), _fallback(field, hint))


def _fallback(field: dataclasses.Field[Any], hint: Any) -> Callable[[], Any]:
    if field.default_factory is not MISSING:
        return field.default_factory
    if field.default is not MISSING:
        default = field.default
        return lambda: default
    return _empty(hint)


def _empty(hint: Any) -> Callable[[], Any]:
    origin = get_origin(hint) or hint
    if isinstance(origin, type) and issubclass(origin, ApiObject):
        kind = origin
        return lambda: kind.from_api_response({})
    if isinstance(origin, type) and issubclass(origin, Enum):
        first = next(iter(origin))
        return lambda: first
    if origin in (str, int, float, bool, list, dict, tuple):
        return cast("Callable[[], Any]", origin)
    return lambda: None


@lru_cache(maxsize=None)
def converter(hint: Any) -> Convert:
    """The function that turns a JSON value into what `hint` says; it gives MISSING for what it cannot use."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Union:
        inner = [argument for argument in arguments if argument is not type(None)]
        return converter(inner[0]) if len(inner) == 1 else _keep
    if origin in (list, collections.abc.Sequence):
        return _list_of(converter(arguments[0]))
    if origin is tuple:
        return _tuple_of(converter(arguments[0]))
    if origin is dict:
        return _dict_of(converter(arguments[1]))
    if isinstance(hint, type):
        return _of_class(cast("type[Any]", hint))
    return _keep


def _of_class(kind: type[Any]) -> Convert:
    if issubclass(kind, ApiObject):
        return lambda value: kind.from_api_response(cast("Any", value)) if isinstance(value, Mapping) else MISSING
    if issubclass(kind, Enum):
        members: dict[Any, Any] = {member.value: member for member in kind}
        return lambda value: members.get(value, MISSING) if isinstance(value, (str, int)) else MISSING
    simple: dict[type[Any], Convert] = {
        str: _text,
        int: _integer,
        float: _number,
        bool: _flag,
        datetime: timestamp,
        dict: lambda value: cast("Any", value) if isinstance(value, dict) else MISSING,
    }
    return simple.get(kind, _keep)


def _keep(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return str(value) if is_number else MISSING


def _integer(value: Any) -> Any:
    try:
        return int(value) if isinstance(value, (int, float, str)) else MISSING
    except (ValueError, OverflowError):
        return MISSING


def _number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, (int, float, str)) else MISSING
    except (ValueError, OverflowError):
        return MISSING


def _flag(value: Any) -> Any:
    return value if isinstance(value, bool) else MISSING


def _list_of(convert: Convert) -> Convert:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            return MISSING
        items = (convert(item) for item in cast("list[Any]", value) if item is not None)
        return [item for item in items if item is not MISSING]

    return read


def _tuple_of(convert: Convert) -> Convert:
    """For tuples of one type, whatever their length."""
    read_list = _list_of(convert)

    def read(value: Any) -> Any:
        items = read_list([*cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else value)
        return items if items is MISSING else tuple(items)

    return read


def _dict_of(convert: Convert) -> Convert:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            return MISSING
        pairs = ((str(name), convert(item)) for name, item in cast("dict[Any, Any]", value).items())
        return {name: item for name, item in pairs if item is not MISSING}

    return read
