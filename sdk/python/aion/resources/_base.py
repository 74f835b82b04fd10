"""What all resources share: the way to the server, the settings, and checks before sending."""

from __future__ import annotations

from collections.abc import Sequence

from .._requests import Request
from .._transport import HTTPClient
from ..config import ClientConfig
from ..exceptions import ValidationError


class Resource:
    """A part of the API. Its methods build a request, send it and parse the answer."""

    def __init__(self, http: HTTPClient, config: ClientConfig) -> None:
        self._http = http
        self._config = config

    async def _object(self, request: Request) -> dict[str, object]:
        """The JSON object the server answers with."""
        return (await self._http.send(request)).object()

    async def _list(self, request: Request) -> list[dict[str, object]]:
        """The JSON array of objects the server answers with."""
        return (await self._http.send(request)).objects()


def require_within(name: str, value: int, least: int, most: int) -> None:
    """Raises ValidationError unless `value` is from `least` to `most`."""
    if not least <= value <= most:
        raise ValidationError(f"{name} must be from {least} to {most}", details={"field": name})


def require_text(name: str, value: str, longest: int) -> None:
    """Raises ValidationError unless `value` has from 1 to `longest` characters."""
    if not 1 <= len(value) <= longest:
        raise ValidationError(f"{name} must have 1 to {longest} characters", details={"field": name})


def require_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raises ValidationError unless `value` is one of `choices`."""
    if value not in choices:
        raise ValidationError(f"{name} must be one of {', '.join(choices)}", details={"field": name})


def require_list(name: str, ids: Sequence[str], most: int, least: int = 0) -> None:
    """Raises ValidationError unless `ids` is a list of `least` to `most` ids."""
    # a string is a sequence too, of its letters
    if isinstance(ids, str):
        raise ValidationError(f"{name} must be a list of ids", details={"field": name})
    require_within(f"the number of {name}", len(ids), least, most)


def require_ids(name: str, ids: Sequence[str], most: int) -> None:
    """Raises ValidationError unless `ids` are 1 to `most` different ids."""
    require_list(name, ids, most, least=1)
    if len(set(ids)) != len(ids):
        raise ValidationError(f"{name} must not repeat an id", details={"field": name})
