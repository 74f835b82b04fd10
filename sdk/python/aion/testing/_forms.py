"""Multipart forms as this package sends them, taken apart again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = re.compile(rb'name="([^"]*)"(?:; filename="([^"]*)")?')


def form_of(content_type: str, body: bytes) -> tuple[dict[str, str], list[tuple[str, bytes]]]:
    """The plain fields, and the name and content of each file."""
    fields: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    for name, filename, content in _parts(content_type, body):
        if filename is None:
            fields[name] = content.decode("utf-8", "replace")
        else:
            files.append((filename, content))
    return fields, files


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, str | None, bytes]]:
    boundary = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    for piece in body.split(boundary)[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        about = _NAME.search(head)
        if about is not None:
            filename = about.group(2)
            name = None if filename is None else filename.decode("utf-8", "replace").replace("%22", '"')
            yield about.group(1).decode("utf-8", "replace"), name, content[: -len(b"\r\n")]
