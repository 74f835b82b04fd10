"""The asynchronous client: settings, one HTTP client, and a resource for each part of the API."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar, Union

from ._accessor import Accessor
from ._namespace import TypeNamespace
from ._transport import AsyncHTTPClient, AsyncHTTPTransport, HTTPClient
from .config import DEFAULT_BASE_URL, ClientConfig
from .resources.agent_search import AgentSearchResource
from .resources.files import FilesResource
from .resources.upload import UploadResource
from .types.callbacks import (
    DescriptionFailedEvent,
    DescriptionProgressEvent,
    FileCompleteEvent,
    UploadProgressEvent,
)
from .types.common import StorageTarget
from .types.upload import BatchUploadResults, UploadResult

__all__ = ["AionVision"]

ClientT = TypeVar("ClientT", bound="AionVision")


class AionVision(TypeNamespace):
    """A client for one API key. Connections open on first use; `async with` or `aclose` closes them.

    All result types and exceptions are attributes of this class too.
    """

    # One line per resource; `make generate` makes the rest from it.
    uploads = Accessor(UploadResource)
    files = Accessor(FilesResource)
    agent_search = Accessor(AgentSearchResource)

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
        given: dict[str, Any] = {"tenant_id": tenant_id, "proxy_url": proxy_url}
        config = ClientConfig(
            api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            retry_delay=retry_delay,
            polling_interval=polling_interval,
            polling_timeout=polling_timeout,
            enable_tracing=enable_tracing,
            **{name: value for name, value in given.items() if value is not None},
        )
        self._start(config, http_client, transport)

    def _start(
        self,
        config: ClientConfig,
        http_client: Optional[AsyncHTTPClient] = None,
        transport: Optional[AsyncHTTPTransport] = None,
    ) -> None:
        self._config = config
        self._http = HTTPClient(config, http_client=http_client, transport=transport)

    @classmethod
    def from_config(
        cls: type[ClientT],
        config: ClientConfig,
        *,
        http_client: Optional[AsyncHTTPClient] = None,
        transport: Optional[AsyncHTTPTransport] = None,
    ) -> ClientT:
        """A client with settings that the constructor does not take, such as those of the circuit breaker."""
        client = cls.__new__(cls)
        client._start(config, http_client, transport)
        return client

    @classmethod
    def from_env(cls: type[ClientT], **overrides: Any) -> ClientT:
        """A client set up by AIONVISION_* variables; what is given here wins."""
        injected = {name: overrides.pop(name, None) for name in ("http_client", "transport")}
        return cls.from_config(ClientConfig.from_env(**overrides), **injected)

    @property
    def config(self) -> ClientConfig:
        """The settings in force."""
        return self._config

    async def __aenter__(self: ClientT) -> ClientT:
        self._http.open()
        return self

    async def __aexit__(
        self,
        exc_type: Optional[type[BaseException]] = None,
        exc_val: Optional[BaseException] = None,
        exc_tb: Optional[TracebackType] = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections. The client may be used again; it then opens new ones."""
        await self._http.aclose()

    async def upload_one(
        self,
        file: Union[str, Path, bytes],
        *,
        filename: Optional[str] = None,
        wait_for_descriptions: bool = True,
        raise_on_failure: bool = True,
        description_timeout: Optional[float] = None,
        storage_target: Union[StorageTarget, str] = StorageTarget.DEFAULT,
        title: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
        skip_duplicates: bool = False,
    ) -> UploadResult:
        """One uploaded picture, by default with its description; bytes need a `filename`."""
        return await self.uploads.upload_one(
            file,
            filename=filename,
            wait_for_descriptions=wait_for_descriptions,
            raise_on_failure=raise_on_failure,
            description_timeout=description_timeout,
            storage_target=storage_target,
            title=title,
            tags=tags,
            folder_id=folder_id,
            skip_duplicates=skip_duplicates,
        )

    async def upload(
        self,
        files: Union[str, Path, bytes, Sequence[Union[str, Path, bytes]]],
        *,
        filename: Optional[str] = None,
        filenames: Optional[Sequence[str]] = None,
        recursive: bool = True,
        include_hidden: bool = False,
        wait_for_descriptions: bool = True,
        raise_on_failure: bool = True,
        description_timeout: Optional[float] = None,
        on_progress: Optional[Callable[[UploadProgressEvent], None]] = None,
        on_file_complete: Optional[Callable[[FileCompleteEvent], None]] = None,
        on_description_progress: Optional[Callable[[DescriptionProgressEvent], None]] = None,
        on_description_failed: Optional[Callable[[DescriptionFailedEvent], None]] = None,
        storage_target: Union[StorageTarget, str] = StorageTarget.DEFAULT,
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
        skip_duplicates: bool = False,
    ) -> BatchUploadResults:
        """The results of uploading pictures, folders of pictures or bytes, in the order of the files."""
        return await self.uploads.upload(
            files,
            filename=filename,
            filenames=filenames,
            recursive=recursive,
            include_hidden=include_hidden,
            wait_for_descriptions=wait_for_descriptions,
            raise_on_failure=raise_on_failure,
            description_timeout=description_timeout,
            on_progress=on_progress,
            on_file_complete=on_file_complete,
            on_description_progress=on_description_progress,
            on_description_failed=on_description_failed,
            storage_target=storage_target,
            tags=tags,
            folder_id=folder_id,
            skip_duplicates=skip_duplicates,
        )
