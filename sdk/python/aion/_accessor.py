"""Resources as attributes of a client, each built when it is first used."""

from __future__ import annotations

from typing import Any, Callable, Generic, Optional, Protocol, TypeVar, Union, overload

from ._transport import HTTPClient
from .config import ClientConfig

ResourceT = TypeVar("ResourceT")


class HasTransport(Protocol):
    """What a client must have for its resources."""

    _http: HTTPClient
    _config: ClientConfig


class Accessor(Generic[ResourceT]):
    """A class attribute that gives each client its own resource, always the same one."""

    def __init__(self, build: Callable[[HTTPClient, ClientConfig], ResourceT]) -> None:
        self._build = build
        self._name = ""
        self.__doc__ = build.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, client: None, owner: type[Any]) -> Accessor[ResourceT]: ...
    @overload
    def __get__(self, client: HasTransport, owner: Optional[type[Any]] = None) -> ResourceT: ...
    def __get__(
        self, client: Optional[HasTransport], owner: Optional[type[Any]] = None
    ) -> Union[Accessor[ResourceT], ResourceT]:
        if client is None:
            return self
        # kept under the attribute's own name, which Python then finds without coming here
        return vars(client).setdefault(self._name, self._build(client._http, client._config))  # pyright: ignore[reportPrivateUsage]
