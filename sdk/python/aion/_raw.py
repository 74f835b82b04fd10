"""Whole answers: what a call gives, and with it the status and headers of the answer it was read from."""

from __future__ import annotations

from collections.abc import Coroutine, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar

from ._requests import Response
from ._transport import kept_answers

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    CallP = ParamSpec("CallP")

__all__ = ["RawResponse"]

T = TypeVar("T")


class RawResponse(Generic[T]):
    """An answer as it came, and what the call makes of it. Of several answers it is the last."""

    def __init__(self, response: Response, parsed: T) -> None:
        self._response = response
        self._parsed = parsed

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; their names are lower-case."""
        return self._response.headers

    @property
    def content(self) -> bytes:
        """The body."""
        return self._response.content

    @property
    def url(self) -> str:
        """The address that was asked."""
        return self._response.url

    @property
    def request_id(self) -> Optional[str]:
        """What the server calls this request, for its operators."""
        return self._response.headers.get("x-request-id")

    def parse(self) -> T:
        """What the call gives without `with_raw_response`."""
        return self._parsed

    def __repr__(self) -> str:
        return f"<RawResponse {self.status_code} of {self.url}>"


def raw(method: Callable[CallP, Coroutine[Any, Any, T]]) -> Callable[CallP, Coroutine[Any, Any, RawResponse[T]]]:
    """The method, giving the whole answer."""

    async def call(*args: CallP.args, **kwargs: CallP.kwargs) -> RawResponse[T]:
        with _kept() as answers:
            parsed = await method(*args, **kwargs)
        return _last(answers, parsed)

    return call


def raw_blocking(method: Callable[CallP, T]) -> Callable[CallP, RawResponse[T]]:
    """The blocking method, giving the whole answer."""

    def call(*args: CallP.args, **kwargs: CallP.kwargs) -> RawResponse[T]:
        with _kept() as answers:
            parsed = method(*args, **kwargs)
        return _last(answers, parsed)

    return call


@contextmanager
def _kept() -> Generator[list[Response], None, None]:
    # the loop's thread is handed a copy of the caller's context, and with it this very list
    answers: list[Response] = []
    token = kept_answers.set(answers)
    try:
        yield answers
    finally:
        kept_answers.reset(token)


def _last(answers: list[Response], parsed: T) -> RawResponse[T]:
    if not answers:
        raise RuntimeError("The call needed no answer of the server")
    return RawResponse(answers[-1], parsed)
