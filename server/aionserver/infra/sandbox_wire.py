"""How a sandbox and its parent talk: framed pickles, arrays beside them, and a reader for untrusted answers.

A message is the number of its parts, their lengths, and the parts: a pickle, then its out-of-band buffers.
"""

import io
import pickle
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from typing import Any, Final

ReadInto = Callable[[memoryview], int]
MOST_PARTS: Final = 1024

SAFE: Final = {
    "builtins": {"bytearray", "complex", "frozenset", "range", "set", "slice"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "numpy": {"dtype", "ndarray"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
}


def packed(message: object) -> Iterator[memoryview]:
    """The bytes to send, piece by piece; arrays are not copied."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(body), *(buffer.raw() for buffer in buffers)]
    yield memoryview(struct.pack(f"!I{len(parts)}Q", len(parts), *(part.nbytes for part in parts)))
    yield from parts


def unpacked_parts(read_into: ReadInto, most_bytes: int) -> list[bytearray]:
    """The parts of the next message; EOFError where the other side is gone, ValueError beyond the bounds."""
    (count,) = struct.unpack("!I", _exactly(read_into, 4))
    if not 0 < count <= MOST_PARTS:
        raise ValueError("A message has too many parts.")
    lengths = struct.unpack(f"!{count}Q", _exactly(read_into, 8 * count))
    if sum(lengths) > most_bytes:
        raise ValueError("A message is too large.")
    return [_exactly(read_into, length) for length in lengths]


def _exactly(read_into: ReadInto, length: int) -> bytearray:
    held = bytearray(length)
    rest = memoryview(held)
    while rest:
        got = read_into(rest)
        if not got:
            raise EOFError("The other side is gone.")
        rest = rest[got:]
    return held


def trusted(parts: Sequence[bytearray]) -> Any:
    """The message of our own parent."""
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 - written by the parent


def untrusted(parts: Sequence[bytearray]) -> Any:
    """The message of a child; UnpicklingError where it names anything but plain data and our own types."""
    return _PlainReader(io.BytesIO(parts[0]), buffers=parts[1:]).load()


class _PlainReader(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if global_name in SAFE.get(module_name, ()):
            return getattr(import_module(module_name), global_name)
        if module_name == "builtins" or module_name.startswith("aionserver."):
            found = vars(import_module(module_name)).get(global_name)
            if isinstance(found, type) and found.__module__ == module_name and _is_plain(found):
                return found
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is not plain data.")


def _is_plain(kind: type) -> bool:
    return is_dataclass(kind) or issubclass(kind, Exception | Enum | tuple)
