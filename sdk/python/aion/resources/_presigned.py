"""The request that puts a file where a presigned URL leads. Pure."""

from __future__ import annotations

from .._multipart import FilePart, MultipartBody
from .._requests import Request, put_signed
from ..types.upload import PresignedUrlInfo


def presigned_request(place: PresignedUrlInfo, part: FilePart) -> Request:
    """PUT with the headers that were signed, or POST of a form with the fields that were signed."""
    if place.upload_method.upper() == "POST":
        body = MultipartBody(place.upload_fields or {}, "file", [part])
        return put_signed(place.upload_url, body, method="POST")
    return put_signed(place.upload_url, part, place.upload_headers)
