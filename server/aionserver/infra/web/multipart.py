"""Multipart bodies read once, as they arrive: fields are kept small, files are handed on piece by piece."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from aionserver.infra.errors import InvalidInput, TooLarge

MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 64
MAX_PARTS = 1024
MAX_HEADER_BYTES = 8 * 1024


@dataclass(frozen=True)
class PartStart:
    """A part begins. `filename` is None for a plain field."""

    name: str
    filename: str | None


@dataclass(frozen=True)
class PartData:
    """Bytes of the part that began last: a view of what arrived, to be copied by who keeps it."""

    data: memoryview


@dataclass(frozen=True)
class PartEnd:
    """The part that began last is complete."""


PartEvent = PartStart | PartData | PartEnd


class _Collector:
    """Turns the parser's callbacks into events."""

    def __init__(self) -> None:
        self.events: deque[PartEvent] = deque()
        self._headers: dict[str, bytes] = {}
        self._name = b""
        self._value = b""
        self._header_bytes = 0
        self._parts = 0
        self.finished = False

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._start,
            "on_part_data": self._data,
            "on_part_end": lambda: self.events.append(PartEnd()),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise TooLarge("The form has too many parts.")
        self._headers, self._name, self._value, self._header_bytes = {}, b"", b"", 0

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADER_BYTES:
            raise TooLarge("The headers of a form part are too long.")

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower().decode("latin-1")] = self._value
        self._name, self._value = b"", b""

    def _start(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        filename = options.get(b"filename")
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self.events.append(PartStart(name, None if filename is None else filename.decode("utf-8", "replace")))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.events.append(PartData(memoryview(data)[start:end]))

    def _end(self) -> None:
        self.finished = True


async def read_parts(request: Request) -> AsyncIterator[PartEvent]:
    """The parts of a multipart body in the order they arrive; 422 for a body that is none, or that ends early."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise InvalidInput.field("body", "must be multipart/form-data")
    request.state.body_limit.most_bytes = None  # what comes is bounded part by part
    collector = _Collector()
    parser = MultipartParser(options[b"boundary"], collector.callbacks())
    async for chunk in request.stream():
        try:
            parser.write(chunk)
        except MultipartParseError as error:
            raise InvalidInput.field("body", f"is no well-formed multipart body: {error}") from None
        while collector.events:
            yield collector.events.popleft()
    if not collector.finished:
        raise InvalidInput.field("body", "ends before its closing boundary")


class FormFields:
    """The plain fields of a form, bounded in number and size."""

    def __init__(self) -> None:
        self._values: dict[str, bytearray] = {}
        self._current: bytearray | None = None
        self._name = ""

    def start(self, name: str) -> None:
        """Begin a field; the last one of a name counts."""
        if len(self._values) >= MAX_FIELDS:
            raise TooLarge("The form has too many fields.")
        self._name = name
        self._current = self._values[name] = bytearray()

    def add(self, data: bytes | memoryview) -> None:
        """Append bytes to the field that began last."""
        assert self._current is not None
        if len(self._current) + len(data) > MAX_FIELD_BYTES:
            raise TooLarge(f"The form field '{self._name[:100]}' is too long.")
        self._current += data

    def values(self) -> dict[str, str]:
        """Name to text; 422 when a field is not UTF-8."""
        try:
            return {name: bytes(value).decode() for name, value in self._values.items()}
        except UnicodeDecodeError:
            raise InvalidInput.field("body", "has a field that is not UTF-8") from None
