"""Lookup tables taken out of an ONNX network: the rows that are needed are fed, the others stay in the file.

ONNX Runtime unfolds a table of bytes to floats when it loads the network, although a text uses few of its rows.
A network file is a protocol buffer: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray

from aionserver.models.weights import WeightsError

Tables = Mapping[str, NDArray[np.generic]]

# Field numbers of ModelProto, GraphProto, TensorProto, ValueInfoProto and TypeProto.
_GRAPH = 7
_INITIALIZER, _INPUT = 5, 11
_TENSOR_TYPE, _NAME, _RAW_DATA = 2, 8, 9
_VALUE_NAME, _VALUE_TYPE, _TYPE_TENSOR, _ELEMENT_TYPE = 1, 2, 1, 1

_VARINT, _LENGTH = 0, 2
_FIXED_BYTES = {1: 8, 5: 4}


@dataclass(frozen=True, slots=True)
class Table:
    """An initializer by its name in the network, as [rows, columns] of a type."""

    name: str
    dtype: DTypeLike
    columns: int


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a message: `start` is that of its key, and the content lies from `inside` to `end`."""

    number: int
    start: int
    inside: int
    end: int


def taken_out(path: Path, tables: Sequence[Table]) -> tuple[bytes, Tables]:
    """The network with an input instead of each table, and the tables, read-only and mapped from the file."""
    held, places = path.read_bytes(), dict[str, _Field]()
    network = bytearray()
    for field in _fields(held, 0, len(held)):
        if field.number == _GRAPH:
            network += _message(_GRAPH, _graph_without(held, field, {table.name for table in tables}, places))
        else:
            network += held[field.start : field.end]
    if len(places) != len(tables):
        raise WeightsError(f"{path} lacks a table that is looked for in it.")
    return bytes(network), {table.name: _mapped(path, table, places[table.name]) for table in tables}


def _graph_without(held: bytes, graph: _Field, wanted: Set[str], places: dict[str, _Field]) -> bytes:
    """The graph's content; the places of the tables' bytes are noted."""
    kept = bytearray()
    for field in _fields(held, graph.inside, graph.end):
        parts = _parts(held, field) if field.number == _INITIALIZER else {}
        name = _content(held, parts[_NAME]).decode() if parts else ""
        if name in wanted:
            places[name] = parts[_RAW_DATA]
            kept += _input(name, _content(held, parts[_TENSOR_TYPE]))
        else:
            kept += held[field.start : field.end]
    return bytes(kept)


def _parts(held: bytes, message: _Field) -> dict[int, _Field]:
    return {field.number: field for field in _fields(held, message.inside, message.end)}


def _content(held: bytes, field: _Field) -> bytes:
    return held[field.inside : field.end]


def _mapped(path: Path, table: Table, place: _Field) -> NDArray[np.generic]:
    dtype = np.dtype(table.dtype).newbyteorder("<")
    rows = (place.end - place.inside) // (dtype.itemsize * table.columns)
    return np.asarray(np.memmap(path, dtype, "r", place.inside, (rows, table.columns)))


def _input(name: str, element_type: bytes) -> bytes:
    """A graph input of an initializer's name and element type, of any shape."""
    tensor = bytes([_ELEMENT_TYPE << 3 | _VARINT]) + element_type
    value = _message(_VALUE_NAME, name.encode()) + _message(_VALUE_TYPE, _message(_TYPE_TENSOR, tensor))
    return _message(_INPUT, value)


def _fields(held: bytes, at: int, end: int) -> Iterator[_Field]:
    while at < end:
        key, inside = _varint(held, at)
        if key & 7 == _LENGTH:
            length, inside = _varint(held, inside)
            after = inside + length
        elif key & 7 == _VARINT:
            _, after = _varint(held, inside)
        else:
            after = inside + _FIXED_BYTES[key & 7]
        yield _Field(key >> 3, at, inside, after)
        at = after


def _varint(held: bytes, at: int) -> tuple[int, int]:
    """A number, and where the next thing begins."""
    value = shift = 0
    while True:
        byte = held[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _message(number: int, content: bytes) -> bytes:
    """A field of text or of a message."""
    return _varint_bytes(number << 3 | _LENGTH) + _varint_bytes(len(content)) + content


def _varint_bytes(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])
