"""Uploads: pictures from paths, folders or memory, streamed from disk, and their descriptions awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Union

from .._multipart import FilePart, MultipartBody
from .._polling import Patience
from .._requests import get, post, present
from ..exceptions import AionvisionTimeoutError
from ..types.callbacks import (
    DescriptionFailedEvent,
    DescriptionProgressEvent,
    FileCompleteEvent,
    UploadProgressEvent,
)
from ..types.common import StorageTarget
from ..types.describe import DescriptionStatus
from ..types.files import UserFileDetails
from ..types.upload import (
    BatchConfirmResult,
    BatchPrepareResult,
    BatchUploadResults,
    ConfirmResult,
    DuplicateCheck,
    FileInfo,
    PresignedUrlInfo,
    QuotaInfo,
    UploadBatchStatusResult,
    UploadConfirmation,
    UploadResult,
)
from ._base import Resource, require_list
from ._batch_upload import BATCH_CHUNK_SIZE as BATCH_CHUNK_SIZE
from ._batch_upload import BatchUpload, require_quota, require_stored
from ._descriptions import DescriptionWatch, Listeners
from ._presigned import presigned_request
from ._sources import MAX_FILES, as_list, file_parts, require_no_folder
from ._upload_answers import description_status, stored_result, with_description
from ._upload_forms import upload_form

__all__ = ["UploadResource"]

CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
}
SUPPORTED_CONTENT_TYPES = set(CONTENT_TYPES.values())
SUPPORTED_EXTENSIONS = set(CONTENT_TYPES)
MAX_BATCH_FILES = MAX_FILES
MAX_HASHES = 250


class UploadResource(Resource):
    """Uploads of pictures."""

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
        """One uploaded picture, by default with its description; bytes need a `filename`.

        `tags` are a list, or a string with commas. With `skip_duplicates`, bytes that are there already are not
        stored again: the result is that of the file that has them, and `skipped`. Raises DescriptionError when the
        description fails, unless `raise_on_failure` is False.
        """
        fields = upload_form(
            storage_target, title=title, tags=tags, folder_id=folder_id, skip_duplicates=skip_duplicates
        )
        part = await self._only_part(file, filename)
        require_quota(await self.check_quota(1))
        body = MultipartBody(fields, "file", [part])
        answer = await self._object(post("/user-files/upload/stream", body=body))
        results = BatchUploadResults([stored_result(part.filename, answer)])
        return (await self._finish(results, Listeners(), wait_for_descriptions, raise_on_failure, description_timeout))[
            0
        ]

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
        """The results of uploading pictures, folders of pictures or bytes, in the order of the files.

        `tags` are a list, or a string with commas. With `skip_duplicates`, bytes that are there already are not
        stored again: the result is that of the file that has them, and `skipped`.

        An empty file raises ValidationError before anything is sent, and what fails later UploadError or
        DescriptionError with all results attached; with `raise_on_failure=False` all of these are failed results
        instead. A callback is handed each file when it is read, when it is stored, and when its description is
        there or has failed.
        """
        listeners = Listeners(on_progress, on_file_complete, on_description_progress, on_description_failed)
        names = [filename] if filename is not None else filenames
        fields = upload_form(storage_target, tags=tags, folder_id=folder_id, skip_duplicates=skip_duplicates)
        parts = await self._parts(as_list(files), names, recursive, include_hidden, not raise_on_failure)
        results = await self._send(parts, fields, listeners)
        return await self._finish(results, listeners, wait_for_descriptions, raise_on_failure, description_timeout)

    async def upload_batch(
        self,
        files: Union[str, Path, Sequence[Union[str, Path, bytes]]],
        *,
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
        intent: str = "describe",
        verification_level: str = "standard",
        storage_target: str = "default",
        skip_duplicates: bool = False,
    ) -> BatchUploadResults:
        """As `upload`, with what the pictures are for and how thoroughly they are looked at."""
        listeners = Listeners(on_progress, on_file_complete, on_description_progress, on_description_failed)
        fields = upload_form(
            storage_target, intent=intent, verification_level=verification_level, skip_duplicates=skip_duplicates
        )
        parts = await self._parts(as_list(files), filenames, recursive, include_hidden, not raise_on_failure)
        results = await self._send(parts, fields, listeners)
        return await self._finish(results, listeners, wait_for_descriptions, raise_on_failure, description_timeout)

    async def check_quota(self, file_count: int = 1) -> QuotaInfo:
        """Whether so many files may be uploaded now, and how many at a time."""
        request = get("/uploads/quota-check", {"file_count": file_count})
        return QuotaInfo.from_api_response(await self._object(request))

    async def check_duplicates(self, hashes: Sequence[str]) -> DuplicateCheck:
        """Which of 1 to 250 SHA-256 digests, in hexadecimal, are of bytes that are stored already."""
        require_list("hashes", hashes, MAX_HASHES, least=1)
        request = post("/uploads/check-duplicates", {"hashes": [*hashes]})
        return DuplicateCheck.from_api_response(await self._object(request))

    async def wait_for_description(
        self, image_id: str, *, timeout: Optional[float] = None, poll_interval: Optional[float] = None
    ) -> DescriptionStatus:
        """The description once it is there or has failed. Raises AionvisionTimeoutError with the last status."""
        status: Optional[DescriptionStatus] = None
        async for _ in Patience.of(self._config, timeout, poll_interval).turns():
            status = await self._description_status(image_id)
            if status.is_successful:
                return await self._described(status)
            if status.is_complete:
                return status
        raise AionvisionTimeoutError(f"The description of {image_id} was not ready in time", last_result=status)

    async def wait_for_descriptions(
        self,
        results: Sequence[UploadResult],
        *,
        timeout: Optional[float] = None,
        poll_interval: Optional[float] = None,
        on_description_progress: Optional[Callable[[DescriptionProgressEvent], None]] = None,
        on_description_failed: Optional[Callable[[DescriptionFailedEvent], None]] = None,
    ) -> BatchUploadResults:
        """`results` of an earlier upload, with their descriptions. Raises AionvisionTimeoutError carrying them."""
        listeners = Listeners(None, None, on_description_progress, on_description_failed)
        described = BatchUploadResults(results)
        watch = DescriptionWatch(self._http, described, listeners)
        await watch.run(Patience.of(self._config, timeout, poll_interval))
        return described

    async def request_presigned_url(
        self,
        filename: str,
        content_type: str,
        size_bytes: int,
        *,
        purpose: str = "image_analysis",
        idempotency_key: Optional[str] = None,
        storage_target: str = "default",
    ) -> PresignedUrlInfo:
        """Where to send the bytes of one file without passing them through the API."""
        payload = present(
            filename=filename,
            content_type=content_type,
            size_bytes=size_bytes,
            purpose=purpose,
            idempotency_key=idempotency_key,
            storage_target=storage_target,
        )
        return PresignedUrlInfo.from_api_response(await self._object(post("/uploads/request-presigned-url", payload)))

    async def confirm_upload(
        self, object_key: str, size_bytes: int, *, checksum: Optional[str] = None
    ) -> ConfirmResult:
        """The upload, after its bytes were sent to the presigned URL."""
        payload = present(object_key=object_key, size_bytes=size_bytes, checksum=checksum)
        return ConfirmResult.from_api_response(await self._object(post("/uploads/confirm", payload)))

    async def upload_presigned(
        self,
        file: Union[str, Path, bytes],
        *,
        filename: Optional[str] = None,
        purpose: str = "image_analysis",
        storage_target: str = "default",
    ) -> ConfirmResult:
        """One picture, sent to the storage without passing through the API, and confirmed; bytes need a `filename`."""
        part = await self._only_part(file, filename)
        place = await self.request_presigned_url(
            part.filename, part.content_type, part.size_bytes, purpose=purpose, storage_target=storage_target
        )
        await self._http.send(presigned_request(place, part))
        return await self.confirm_upload(place.object_key, part.size_bytes)

    async def batch_prepare(
        self,
        files: Sequence[FileInfo],
        *,
        intent: str = "describe",
        verification_level: str = "standard",
        additional_params: Optional[dict[str, Any]] = None,
    ) -> BatchPrepareResult:
        """A presigned URL for each file."""
        payload = present(
            files=[file.to_dict() for file in files],
            intent=intent,
            verification_level=verification_level,
            additional_params=additional_params,
        )
        return BatchPrepareResult.from_api_response(await self._object(post("/uploads/batch-prepare", payload)))

    async def batch_confirm(
        self, batch_id: str, confirmations: Sequence[UploadConfirmation], *, auto_process: bool = True
    ) -> BatchConfirmResult:
        """The pictures of a prepared batch, after their bytes were sent."""
        payload = {
            "batch_id": batch_id,
            "confirmations": [confirmation.to_dict() for confirmation in confirmations],
            "auto_process": auto_process,
        }
        return BatchConfirmResult.from_api_response(await self._object(post("/uploads/batch-confirm", payload)))

    async def get_batch_status(self, batch_id: str) -> UploadBatchStatusResult:
        """How far a batch is."""
        request = get("/uploads/batch/{batch_id}/status", batch_id=batch_id)
        return UploadBatchStatusResult.from_api_response(await self._object(request))

    async def _only_part(self, file: Union[str, Path, bytes], filename: Optional[str]) -> FilePart:
        await asyncio.to_thread(require_no_folder, file)
        return (await self._parts([file], None if filename is None else [filename], False, True, False))[0]

    async def _parts(
        self,
        files: Sequence[Union[str, Path, bytes]],
        names: Optional[Sequence[str]],
        recursive: bool,
        include_hidden: bool,
        allow_empty: bool,
    ) -> list[FilePart]:
        return await asyncio.to_thread(
            file_parts,
            files,
            names,
            CONTENT_TYPES,
            recursive=recursive,
            include_hidden=include_hidden,
            allow_empty=allow_empty,
        )

    async def _send(
        self, parts: Sequence[FilePart], fields: dict[str, str], listeners: Listeners
    ) -> BatchUploadResults:
        quota = await self.check_quota(sum(part.size_bytes > 0 for part in parts))
        batch = BatchUpload(self._http, parts, fields, listeners, Patience.of(self._config))
        return await batch.run(quota)

    async def _finish(
        self,
        results: BatchUploadResults,
        listeners: Listeners,
        wait: bool,
        raise_on_failure: bool,
        timeout: Optional[float],
    ) -> BatchUploadResults:
        if wait:
            watch = DescriptionWatch(self._http, results, listeners)
            await watch.run(Patience.of(self._config, timeout))
        if not raise_on_failure:
            return results
        require_stored(results, "files", lambda result: result.description_error)
        return results.raise_on_failures()

    async def _description_status(self, image_id: str) -> DescriptionStatus:
        return description_status(await self._object(get("/uploads/status/{image_id}", image_id=image_id)))

    async def _described(self, status: DescriptionStatus) -> DescriptionStatus:
        request = get("/user-files/{file_id}", file_id=status.image_id)
        return with_description(status, UserFileDetails.from_api_response(await self._object(request)))
