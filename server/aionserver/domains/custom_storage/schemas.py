"""Buckets of tenants over the wire."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from aionserver.infra.web.text import Text

LONGEST_ENDPOINT = 255
LONGEST_PREFIX = 200
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
HOST = re.compile(r"(?!-)[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]")
KEY = re.compile(r"[\x21-\x7e]+")
PREFIX = re.compile(r"[A-Za-z0-9!_.*'()-]+(?:/[A-Za-z0-9!_.*'()-]+)*")


def _key(value: str) -> str:
    if not KEY.fullmatch(value):
        raise ValueError("must be plain characters without spaces")
    return value


def _bucket_name(value: str) -> str:
    if not BUCKET.fullmatch(value) or ADDRESS.fullmatch(value):
        raise ValueError("must be a name as buckets have: 3 to 63 small letters, digits, hyphens and single dots")
    if value.startswith(RESERVED_STARTS) or value.endswith(RESERVED_ENDS):
        raise ValueError("begins or ends like names that are no buckets'")
    return value


def _region(value: str) -> str:
    if not REGION.fullmatch(value):
        raise ValueError("must be a region such as eu-central-1")
    return value


def _endpoint(value: str) -> str:
    """`https://host` or `https://host:port`."""
    try:
        parts = urlsplit(value.strip().rstrip("/"))
        port = parts.port
    except ValueError:
        raise ValueError("must be an address such as https://s3.example.org") from None
    host, _, _ = parts.netloc.rpartition(":") if port is not None else (parts.netloc, "", "")
    plain = not (parts.path or parts.query or parts.fragment)
    if parts.scheme not in ("https", "http") or not plain or not HOST.fullmatch(host):
        raise ValueError("must be an address such as https://s3.example.org, without a path")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _prefix(value: str) -> str:
    cleaned = value.strip("/")
    if cleaned and (not PREFIX.fullmatch(cleaned) or {".", ".."} & set(cleaned.split("/"))):
        raise ValueError("must be folders such as photos/2026: letters, digits and -_.!*'()")
    return cleaned


class ConfigureS3Request(BaseModel):
    """A bucket of one's own. `endpoint_url` and `prefix` are optional: another server than Amazon's, and a folder."""

    access_key_id: Annotated[str, Field(min_length=16, max_length=128, repr=False), AfterValidator(_key)]
    secret_access_key: Annotated[str, Field(min_length=20, max_length=128, repr=False), AfterValidator(_key)]
    bucket_name: Annotated[str, Field(min_length=3, max_length=63), AfterValidator(_bucket_name)]
    region: Annotated[str, AfterValidator(_region)]
    endpoint_url: Annotated[Text, Field(max_length=LONGEST_ENDPOINT), AfterValidator(_endpoint)] | None = Field(
        None, description="Address of an S3-compatible server, such as https://s3.example.org; none for Amazon S3."
    )
    prefix: Annotated[Text, Field(max_length=LONGEST_PREFIX), AfterValidator(_prefix)] | None = Field(
        None, description="Folder in the bucket that all objects are put into."
    )


class S3ConfigStatusResponse(BaseModel):
    """The bucket that new files may go to; nothing of its keys."""

    configured: bool
    bucket_name: str | None = None
    region: str | None = None
    configured_at: str | None = None
    is_validated: bool | None = None
    error: str | None = None
    endpoint_url: str | None = None
    prefix: str | None = None


class S3ValidationResponse(BaseModel):
    """How a test of the bucket went."""

    valid: bool
    bucket_name: str | None = None
    region: str | None = None
    error: str | None = None


class S3RemovalResponse(BaseModel):
    """Whether a bucket was removed, and what becomes of the files in it."""

    removed: bool
    message: str
