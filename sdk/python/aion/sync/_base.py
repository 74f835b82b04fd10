"""What the generated half of the blocking client stands on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from types import TracebackType
from typing import Any, Callable, Generic, Optional, TypeVar

from .._transport import AsyncHTTPClient, AsyncHTTPTransport
from ..client import AionVision
from ..config import DEFAULT_BASE_URL, ClientConfig
from ._runner import LoopRunner
from .chat_session import SyncChatSession
from .pipeline import SyncPipeline

T = TypeVar("T")
ResourceT = TypeVar("ResourceT")
ClientT = TypeVar("ClientT", bound="SyncClient")
SyncResourceT = TypeVar("SyncResourceT")


class SyncResource(Generic[ResourceT]):
    """A resource whose methods block until the answer is there."""

    def __init__(self, resource: ResourceT, runner: LoopRunner) -> None:
        self._resource = resource
        self._runner = runner

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(coroutine)

    def _iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        return self._runner.iterate(items)


class SyncClient:
    """Lifecycle of the blocking client: it wraps an asynchronous one and runs its loop while a call waits.

    Callbacks are called meanwhile, on the thread that runs the loop; they must not make blocking calls on the client.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = DEFAULT_BASE_URL,
        timeout: float = 300.0,
        max_retries: int = 3,
        retry_delay: float = 1.0,
        polling_interval: float = 2.0,
        polling_timeout: float = 360.0,
        tenant_id: Optional[str] = None,
        proxy_url: Optional[str] = None,
        enable_tracing: bool = False,
        http_client: Optional[AsyncHTTPClient] = None,
        transport: Optional[AsyncHTTPTransport] = None,
    ) -> None:
        client = AionVision(
            api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            retry_delay=retry_delay,
            polling_interval=polling_interval,
            polling_timeout=polling_timeout,
            tenant_id=tenant_id,
            proxy_url=proxy_url,
            enable_tracing=enable_tracing,
            http_client=http_client,
            transport=transport,
        )
        self._start(client)

    def _start(self, client: AionVision) -> None:
        self._client = client
        self._runner = LoopRunner()
        self._resources: dict[str, Any] = {}

    @classmethod
    def from_config(
        cls: type[ClientT],
        config: ClientConfig,
        *,
        http_client: Optional[AsyncHTTPClient] = None,
        transport: Optional[AsyncHTTPTransport] = None,
    ) -> ClientT:
        """A client with settings that the constructor does not take."""
        return cls._around(AionVision.from_config(config, http_client=http_client, transport=transport))

    @classmethod
    def from_env(cls: type[ClientT], **overrides: Any) -> ClientT:
        """A client set up by AIONVISION_* variables; what is given here wins."""
        return cls._around(AionVision.from_env(**overrides))

    @classmethod
    def _around(cls: type[ClientT], inner: AionVision) -> ClientT:
        client = cls.__new__(cls)
        client._start(inner)
        return client

    @property
    def async_client(self) -> AionVision:
        """The wrapped client; its connections belong to the loop of this one."""
        return self._client

    def with_options(
        self: ClientT,
        *,
        timeout: Optional[float] = None,
        max_retries: Optional[int] = None,
        polling_interval: Optional[float] = None,
        polling_timeout: Optional[float] = None,
    ) -> ClientT:
        """The same client with other limits, for single calls: `client.with_options(timeout=5).files.list()`."""
        client = type(self).__new__(type(self))
        client._client = self._client.with_options(
            timeout=timeout,
            max_retries=max_retries,
            polling_interval=polling_interval,
            polling_timeout=polling_timeout,
        )
        client._runner, client._resources = self._runner, {}
        return client

    @property
    def config(self) -> ClientConfig:
        """The settings in force."""
        return self._client.config

    def __enter__(self: ClientT) -> ClientT:
        return self

    def __exit__(
        self,
        exc_type: Optional[type[BaseException]] = None,
        exc_val: Optional[BaseException] = None,
        exc_tb: Optional[TracebackType] = None,
    ) -> None:
        try:
            self.close()
        except Exception:
            # what went wrong in the body matters more than what went wrong after it
            if exc_val is None:
                raise

    def close(self) -> None:
        """Closes the connections and ends the loop. Closing twice does no harm."""
        if self._runner.is_closed:
            return
        try:
            if self._runner.loop is not None:
                self._runner.run(self._client.aclose())
        finally:
            self._runner.close()

    def chat_session(
        self,
        *,
        title: Optional[str] = None,
        image_ids: Optional[list[str]] = None,
        use_all_images: bool = True,
        auto_close: bool = True,
    ) -> SyncChatSession:
        """A conversation that has begun: use it with `with`, or call its `close` at the end."""
        session = self._run(
            self._client.chats.create_session(title=title, image_ids=image_ids, use_all_images=use_all_images)
        )
        return SyncChatSession(self._client, session, self._runner, auto_close)

    def close_session(self, session_id: str) -> dict[str, Any]:
        """Ends a conversation; it can still be read."""
        return self._run(self._client.chats.close_session(session_id))

    def pipeline(self) -> SyncPipeline:
        """A pipeline of agents, to be given steps and run."""
        return SyncPipeline(self._client, self._runner)

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(coroutine)

    def _iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        return self._runner.iterate(items)

    def _accessor(self, kind: Callable[[Any, LoopRunner], SyncResourceT], name: str) -> SyncResourceT:
        if name not in self._resources:
            self._resources[name] = kind(getattr(self._client, name), self._runner)
        return self._resources[name]
