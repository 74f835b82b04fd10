"""A bucket by its address and keys, as somebody gave them: nothing of it comes from the server's own environment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from obstore.store import S3Store

from aionserver.infra.errors import AionError

Fault = Callable[[Exception], AionError]
AWS = "https://s3.{region}.amazonaws.com"
LONGEST_RETRY = timedelta(seconds=10)


@dataclass(frozen=True)
class BucketAccess:
    """Where a bucket is, and how to get in. `fault` makes of the store's errors what callers are told.

    `proxy_url` leads all requests there; without `allow_http` they are encrypted.
    """

    bucket_name: str
    region: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    fault: Fault
    endpoint_url: str | None = None
    prefix: str = ""
    proxy_url: str | None = field(default=None, repr=False)
    allow_http: bool = False


def open_bucket(access: BucketAccess) -> Any:
    """The store. It is told everything that obstore would else take from variables that are the operator's."""
    keys = {
        "access_key_id": access.access_key_id,
        "secret_access_key": access.secret_access_key,
        "token": None,
        "expires_at": None,
    }
    endpoint = access.endpoint_url or AWS.format(region=access.region)
    client: dict[str, Any] = {"allow_http": access.allow_http, "allow_invalid_certificates": False}
    client |= {"connect_timeout": "5s", "timeout": "30s"}
    client |= {"proxy_url": access.proxy_url, "proxy_excludes": ""} if access.proxy_url else {}
    options: dict[str, Any] = {"prefix": access.prefix or None, "client_options": client}
    return S3Store(
        access.bucket_name,
        endpoint=endpoint,
        aws_endpoint_url_s3=endpoint,
        region=access.region,
        credential_provider=lambda: keys,  # pyright: ignore[reportArgumentType]
        skip_signature=False,
        virtual_hosted_style_request=False,
        s3_express=False,
        request_payer=False,
        retry_config={"max_retries": 2, "retry_timeout": LONGEST_RETRY},
        **options,
    )
