"""Cloud storages: connect one, import files from it, export pictures to it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Callable, Optional, Union

from .._polling import Patience
from .._requests import delete, get, post, present
from ..exceptions import AionvisionTimeoutError, CloudStorageError, ValidationError
from ..types.callbacks import CloudStorageJobProgressEvent
from ..types.cloud_storage import (
    CloudFileInput,
    CloudStorageJob,
    CompleteAuthResult,
    ConnectionList,
    DisconnectResult,
    ExportResult,
    ImportResult,
    InitiateAuthResult,
)
from ..types.common import CloudStorageJobStatus, CloudStorageJobType
from ._base import Resource

__all__ = ["CloudStorageResource"]


class CloudStorageResource(Resource):
    """Files in cloud storages such as Google Drive."""

    async def initiate_auth(self, provider: str, *, redirect_uri: Optional[str] = None) -> InitiateAuthResult:
        """Where to send a person for consent; `provider` is `google_drive`."""
        name = _name(provider)
        payload = {"provider": name, **present(redirect_uri=redirect_uri)}
        request = post("/cloud-storage/auth/{provider}", payload, provider=name)
        return InitiateAuthResult.from_api_response(await self._object(request))

    async def complete_auth(
        self, provider: str, *, code: str, state: str, redirect_uri: Optional[str] = None
    ) -> CompleteAuthResult:
        """The connection, made with the code and state that the consent brought back."""
        payload = present(code=code, state=state, redirect_uri=redirect_uri)
        request = post("/cloud-storage/auth/{provider}/callback", payload, provider=_name(provider))
        return CompleteAuthResult.from_api_response(await self._object(request))

    async def list_connections(self, *, provider: Optional[str] = None, active_only: bool = True) -> ConnectionList:
        """The tenant's connections."""
        query = {"provider": provider, "active_only": active_only}
        return ConnectionList.from_api_response(await self._object(get("/cloud-storage/connections", query)))

    async def disconnect(self, connection_id: str) -> DisconnectResult:
        """Ends a connection and revokes what it was allowed."""
        request = delete("/cloud-storage/connections/{connection_id}", connection_id=connection_id)
        return DisconnectResult.from_api_response(await self._object(request))

    async def start_import(
        self,
        connection_id: str,
        files: Sequence[Union[CloudFileInput, dict[str, Any]]],
        *,
        auto_describe: bool = True,
        tags: Optional[Sequence[str]] = None,
        collection_id: Optional[str] = None,
    ) -> ImportResult:
        """A started import of files from the cloud storage."""
        if not files:
            raise ValidationError("Give at least one file", details={"field": "files"})
        chosen = [one.to_dict() if isinstance(one, CloudFileInput) else dict(one) for one in files]
        payload = {"connection_id": connection_id, "files": chosen, "auto_describe": auto_describe}
        more = present(tags=None if tags is None else [*tags], collection_id=collection_id)
        return ImportResult.from_api_response(await self._object(post("/cloud-storage/import", {**payload, **more})))

    async def start_export(
        self,
        connection_id: str,
        image_ids: Sequence[str],
        *,
        folder_id: Optional[str] = None,
        folder_name: Optional[str] = None,
    ) -> ExportResult:
        """A started export of pictures to the cloud storage, into a folder there where one is named."""
        if not image_ids:
            raise ValidationError("Give at least one picture", details={"field": "image_ids"})
        payload = {"connection_id": connection_id, "image_ids": [*image_ids]}
        more = present(folder_id=folder_id, folder_name=folder_name)
        return ExportResult.from_api_response(await self._object(post("/cloud-storage/export", {**payload, **more})))

    async def get_job(self, job_id: str) -> CloudStorageJob:
        """How far an import or export is."""
        return CloudStorageJob.from_api_response(await self._object(get("/cloud-storage/jobs/{job_id}", job_id=job_id)))

    async def wait_for_job(
        self,
        job_id: str,
        *,
        timeout: Optional[float] = None,
        poll_interval: Optional[float] = None,
        on_progress: Optional[Callable[[CloudStorageJobProgressEvent], None]] = None,
    ) -> CloudStorageJob:
        """The job once it has ended; `on_progress` is handed every state seen.

        Raises CloudStorageError when no file came through, AionvisionTimeoutError with the last state when time
        is over.
        """
        job: Optional[CloudStorageJob] = None
        async for _ in Patience.of(self._config, timeout, poll_interval).turns():
            job = await self.get_job(job_id)
            if on_progress is not None:
                on_progress(CloudStorageJobProgressEvent(job))
            if job.status == CloudStorageJobStatus.FAILED.value:
                raise CloudStorageError(job.error or "The job failed", job_id=job_id, job_status=job.status)
            if job.is_terminal:
                return job
        raise AionvisionTimeoutError(f"The job {job_id} did not end in time", last_result=job)

    async def import_and_wait(
        self,
        connection_id: str,
        files: Sequence[Union[CloudFileInput, dict[str, Any]]],
        *,
        auto_describe: bool = True,
        tags: Optional[Sequence[str]] = None,
        collection_id: Optional[str] = None,
        timeout: Optional[float] = None,
        poll_interval: Optional[float] = None,
        on_progress: Optional[Callable[[CloudStorageJobProgressEvent], None]] = None,
    ) -> CloudStorageJob:
        """An import, once it has ended."""
        started = await self.start_import(
            connection_id, files, auto_describe=auto_describe, tags=tags, collection_id=collection_id
        )
        if not started.is_async and not started.job_id:
            # small imports may be over with the answer
            return _done(connection_id, started.total_files or len(files))
        return await self._ended(
            started.job_id, started.message, timeout=timeout, poll_interval=poll_interval, on_progress=on_progress
        )

    async def export_and_wait(
        self,
        connection_id: str,
        image_ids: Sequence[str],
        *,
        folder_id: Optional[str] = None,
        folder_name: Optional[str] = None,
        timeout: Optional[float] = None,
        poll_interval: Optional[float] = None,
        on_progress: Optional[Callable[[CloudStorageJobProgressEvent], None]] = None,
    ) -> CloudStorageJob:
        """An export, once it has ended."""
        started = await self.start_export(connection_id, image_ids, folder_id=folder_id, folder_name=folder_name)
        return await self._ended(
            started.job_id, started.message, timeout=timeout, poll_interval=poll_interval, on_progress=on_progress
        )

    async def _ended(self, job_id: Optional[str], message: str, **waiting: Any) -> CloudStorageJob:
        if not job_id:
            raise CloudStorageError(f"The server started no job: {message}")
        return await self.wait_for_job(job_id, **waiting)


def _name(provider: str) -> str:
    return str(provider.value) if isinstance(provider, Enum) else provider


def _done(connection_id: str, total_files: int) -> CloudStorageJob:
    return CloudStorageJob(
        job_id="",
        type=CloudStorageJobType.IMPORT.value,
        status=CloudStorageJobStatus.COMPLETED.value,
        connection_id=connection_id,
        provider="",
        total_files=total_files,
        completed_files=total_files,
        failed_files=0,
    )
