"""The asynchronous client: settings, one HTTP client, and a resource for each part of the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar, Union

from ._accessor import Accessor
from ._namespace import TypeNamespace
from ._transport import AsyncHTTPClient, AsyncHTTPTransport, ConnectionPool, HTTPClient
from .config import DEFAULT_BASE_URL, ClientConfig
from .pipeline import Pipeline
from .resources.agent_operations import AgentOperationsResource
from .resources.agent_search import AgentSearchResource
from .resources.api_keys import ApiKeysResource
from .resources.audit import AuditResource
from .resources.batch import BatchResource
from .resources.chat import ChatResource
from .resources.chat_session import ChatSessionContext
from .resources.cloud_storage import CloudStorageResource
from .resources.colors import ColorsResource
from .resources.datasets import DatasetsResource
from .resources.describe import DescribeResource
from .resources.documents import DocumentsResource
from .resources.events import EventsResource
from .resources.files import FilesResource
from .resources.folders import FoldersResource
from .resources.links import LinksResource
from .resources.materials import MaterialsResource
from .resources.raw_client import RawClient
from .resources.rules import RulesResource
from .resources.settings import SettingsResource
from .resources.sharing import SharingResource
from .resources.tenant import TenantResource
from .resources.upload import UploadResource
from .resources.upload_sessions import UploadSessionsResource
from .resources.usage import UsageResource
from .resources.verify import VerifyResource
from .resources.video_analysis import VideoAnalysisResource
from .resources.video_scenes import VideoScenesResource
from .resources.video_uploads import VideoUploadsResource
from .types.batch import BatchStatusResult
from .types.callbacks import (
    DescriptionFailedEvent,
    DescriptionProgressEvent,
    FileCompleteEvent,
    UploadProgressEvent,
)
from .types.chat import ChatResponse, ChatToken
from .types.common import StorageTarget
from .types.describe import DescriptionResult
from .types.upload import BatchUploadResults, UploadResult
from .types.verify import VerificationResult

__all__ = ["AionVision"]

ClientT = TypeVar("ClientT", bound="AionVision")


class AionVision(TypeNamespace):
    """A client for one API key. Connections open on first use; `async with` or `aclose` closes them.

    All result types and exceptions are attributes of this class too.
    """

    # One line per resource; `make generate` makes the rest from it.
    uploads = Accessor(UploadResource)
    upload_sessions = Accessor(UploadSessionsResource)
    chats = Accessor(ChatResource)
    descriptions = Accessor(DescribeResource)
    verifications = Accessor(VerifyResource)
    files = Accessor(FilesResource)
    batch = Accessor(BatchResource)
    settings = Accessor(SettingsResource)
    tenant = Accessor(TenantResource)
    audit = Accessor(AuditResource)
    colors = Accessor(ColorsResource)
    agent_search = Accessor(AgentSearchResource)
    agent_operations = Accessor(AgentOperationsResource)
    documents = Accessor(DocumentsResource)
    links = Accessor(LinksResource)
    folders = Accessor(FoldersResource)
    cloud_storage = Accessor(CloudStorageResource)
    video_uploads = Accessor(VideoUploadsResource)
    video_analysis = Accessor(VideoAnalysisResource)
    video_scenes = Accessor(VideoScenesResource)
    usage = Accessor(UsageResource)
    api_keys = Accessor(ApiKeysResource)
    datasets = Accessor(DatasetsResource)
    rules = Accessor(RulesResource)
    sharing = Accessor(SharingResource)
    materials = Accessor(MaterialsResource)
    events = Accessor(EventsResource)

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
        self._http = HTTPClient(config, ConnectionPool(config.proxy_url, http_client, transport))

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

    def with_options(
        self: ClientT,
        *,
        timeout: Optional[float] = None,
        max_retries: Optional[int] = None,
        polling_interval: Optional[float] = None,
        polling_timeout: Optional[float] = None,
    ) -> ClientT:
        """The same client with other limits, for single calls: `client.with_options(timeout=5).files.list()`."""
        config = self._config.with_limits(
            timeout=timeout,
            max_retries=max_retries,
            polling_interval=polling_interval,
            polling_timeout=polling_timeout,
        )
        client = type(self).__new__(type(self))
        client._config, client._http = config, self._http.with_config(config)
        return client

    @property
    def with_raw_response(self) -> RawClient:
        """The same calls, giving whole answers: `await client.with_raw_response.files.get(id)`."""
        return RawClient(self)

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

    def chat_session(
        self,
        *,
        title: Optional[str] = None,
        image_ids: Optional[list[str]] = None,
        use_all_images: bool = True,
        auto_close: bool = True,
    ) -> ChatSessionContext:
        """A conversation to be used with `async with`; it is closed at its end unless `auto_close` is False."""
        return self.chats.session(
            title=title, image_ids=image_ids, use_all_images=use_all_images, auto_close=auto_close
        )

    async def chat(self, message: str, *, session_id: str, force_detailed_analysis: bool = False) -> ChatResponse:
        """The whole answer to a message of a conversation."""
        return await self.chats.send(message, session_id=session_id, force_detailed_analysis=force_detailed_analysis)

    def chat_stream(
        self, message: str, *, session_id: str, force_detailed_analysis: bool = False
    ) -> AsyncIterator[ChatToken]:
        """The answer to a message of a conversation, event by event as it is made."""
        return self.chats.send_stream(message, session_id=session_id, force_detailed_analysis=force_detailed_analysis)

    async def describe(
        self,
        image: Optional[Union[str, Path, bytes, Sequence[Union[str, Path, bytes]]]] = None,
        *,
        object_key: Optional[str] = None,
        object_keys: Optional[Sequence[str]] = None,
        verification_level: str = "standard",
        include_metadata: bool = True,
        include_tags: bool = True,
        providers: Optional[Sequence[str]] = None,
        prompt: Optional[str] = None,
        rule_set_id: Optional[str] = None,
        rules: Optional[Sequence[dict[str, Any]]] = None,
        max_parallel: int = 5,
        timeout_per_item: int = 30,
        on_progress: Optional[Callable[[BatchStatusResult], None]] = None,
    ) -> Union[DescriptionResult, list[DescriptionResult]]:
        """The description of a picture that is not kept, or of each of several. Deprecated: use `upload`."""
        return await self.descriptions.describe(
            image,
            object_key=object_key,
            object_keys=object_keys,
            verification_level=verification_level,
            include_metadata=include_metadata,
            include_tags=include_tags,
            providers=providers,
            prompt=prompt,
            rule_set_id=rule_set_id,
            rules=rules,
            max_parallel=max_parallel,
            timeout_per_item=timeout_per_item,
            on_progress=on_progress,
        )

    async def verify(
        self,
        image: Optional[Union[str, Path, bytes]] = None,
        content: str = "",
        *,
        images: Optional[Sequence[Union[str, Path, bytes]]] = None,
        contents: Optional[Sequence[str]] = None,
        object_key: Optional[str] = None,
        object_keys: Optional[Sequence[str]] = None,
        mode: str = "response",
        verification_level: str = "standard",
        use_consensus: bool = True,
        providers: Optional[Sequence[str]] = None,
        rule_set_id: Optional[str] = None,
        rules: Optional[Sequence[dict[str, Any]]] = None,
        max_parallel: int = 5,
        timeout_per_item: int = 30,
        on_progress: Optional[Callable[[BatchStatusResult], None]] = None,
    ) -> Union[VerificationResult, list[VerificationResult]]:
        """Whether a text is true to a picture, or each of several texts to its own. Deprecated."""
        return await self.verifications.verify(
            image,
            content,
            images=images,
            contents=contents,
            object_key=object_key,
            object_keys=object_keys,
            mode=mode,
            verification_level=verification_level,
            use_consensus=use_consensus,
            providers=providers,
            rule_set_id=rule_set_id,
            rules=rules,
            max_parallel=max_parallel,
            timeout_per_item=timeout_per_item,
            on_progress=on_progress,
        )

    def pipeline(self) -> Pipeline:
        """A pipeline of agents, to be given steps and run."""
        return Pipeline(self)
