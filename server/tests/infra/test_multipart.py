"""Multipart bodies are read the same however they arrive, and within bounds."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from aionserver.infra.errors import InvalidInput, TooLarge
from aionserver.infra.web.bodies import BodyLimit
from aionserver.infra.web.multipart import (
    MAX_FIELD_BYTES,
    MAX_FIELDS,
    MAX_PARTS,
    FormFields,
    PartData,
    PartStart,
    read_parts,
)

Part = tuple[str, str | None, bytes]
PARTS: list[Part] = [
    ("title", None, b"By the sea"),
    ("file", "a \u00e9\u4e2d.jpg", bytes(range(256)) * 3),
    ("tags", None, b""),
    ("file", "", b"--x\r\n--x\r\nnot a boundary\r\n--"),
]


def body_of(parts: Sequence[Part], boundary: str = "x1y2") -> bytes:
    body = b""
    for name, filename, data in parts:
        shown = "" if filename is None else f'; filename="{filename}"'
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'.encode() + data + b"\r\n"
        )
    return body + f"--{boundary}--\r\n".encode()


def request_of(pieces: Sequence[bytes], content_type: str = "multipart/form-data; boundary=x1y2") -> Request:
    """A request whose body arrives in these pieces."""
    waiting = [*pieces]

    async def receive() -> dict[str, object]:
        piece = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    limit = BodyLimit(receive)
    scope = {"type": "http", "headers": [(b"content-type", content_type.encode())], "state": {"body_limit": limit}}
    return Request(scope, limit)


async def collected(request: Request) -> list[Part]:
    found: list[tuple[str, str | None, bytearray]] = []
    async for event in read_parts(request):
        if isinstance(event, PartStart):
            found.append((event.name, event.filename, bytearray()))
        elif isinstance(event, PartData):
            found[-1][2].extend(event.data)
    return [(name, filename, bytes(data)) for name, filename, data in found]


def run(coroutine: object) -> list[Part]:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)  # type: ignore[attr-defined]
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")


BODY = body_of(PARTS)


@given(st.lists(st.integers(0, len(BODY)), max_size=60))
def test_any_chunking_of_a_body_gives_the_same_parts(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(BODY)]
    assert run(collected(request_of([BODY[a:b] for a, b in pairwise(places)]))) == PARTS


def test_a_body_that_arrives_byte_by_byte_gives_the_same_parts() -> None:
    assert run(collected(request_of([BODY[i : i + 1] for i in range(len(BODY))]))) == PARTS


@given(st.binary(max_size=200), st.integers(0, len(BODY)))
def test_garbage_is_refused_and_never_crashes(garbage: bytes, place: int) -> None:
    for body in (garbage, BODY[:place] + garbage, BODY[:place] + garbage + BODY[place:]):
        with suppress(InvalidInput, TooLarge):
            run(collected(request_of([body])))


@pytest.mark.parametrize("length", [0, 1, 10, len(BODY) // 2, len(BODY) - 5])
def test_a_body_that_ends_early_is_refused(length: int) -> None:
    with pytest.raises(InvalidInput):
        run(collected(request_of([BODY[:length]])))


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data", "multipart/mixed; boundary=x1y2", "", "\u00e9"]
)
def test_another_content_type_is_refused(kind: str) -> None:
    with pytest.raises(InvalidInput, match="multipart/form-data"):
        run(collected(request_of([BODY], kind)))


@pytest.mark.parametrize("headers", [b"X-Long: " + b"x" * 9000, b"\r\n".join([b"X-Long: " + b"x" * 3000] * 3)])
def test_the_headers_of_a_part_are_bounded(headers: bytes) -> None:
    body = b'--x1y2\r\nContent-Disposition: form-data; name="a"\r\n' + headers + b"\r\n\r\n\r\n--x1y2--\r\n"
    with pytest.raises((TooLarge, InvalidInput), match=r"header"):
        run(collected(request_of([body])))


def test_the_number_of_parts_is_bounded() -> None:
    assert len(run(collected(request_of([body_of([("a", None, b"")] * MAX_PARTS)])))) == MAX_PARTS
    with pytest.raises(TooLarge):
        run(collected(request_of([body_of([("a", None, b"")] * (MAX_PARTS + 1))])))


def test_fields_are_bounded_in_number_and_size() -> None:
    fields = FormFields()
    for number in range(MAX_FIELDS):
        fields.start(str(number))
    fields.add(b"x" * MAX_FIELD_BYTES)
    with pytest.raises(TooLarge):
        fields.add(b"x")
    with pytest.raises(TooLarge):
        fields.start("one too many")


def test_the_last_field_of_a_name_counts_and_all_must_be_utf8() -> None:
    fields = FormFields()
    for value in (b"first", "später".encode()):
        fields.start("title")
        fields.add(value[:3])
        fields.add(value[3:])
    assert fields.values() == {"title": "später"}
    fields.add(b"\xff")
    with pytest.raises(InvalidInput, match="UTF-8"):
        fields.values()


async def test_a_large_file_is_handed_on_and_never_kept_whole() -> None:
    largest = 0
    pieces = [body_of([("file", "a", b"")])[: -len("\r\n--x1y2--\r\n")], *[bytes(65536)] * 200, b"\r\n--x1y2--\r\n"]
    events: AsyncIterator[object] = read_parts(request_of(pieces))
    async for event in events:
        if isinstance(event, PartData):
            largest = max(largest, len(event.data))
    assert largest == 65536
