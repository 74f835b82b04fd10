"""Opening a tenant's bucket: its keys unsealed, its address checked, its errors in words for who owns it."""

import json
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from aionserver.domains.custom_storage.errors import BucketRefused, BucketUnreachable
from aionserver.domains.custom_storage.tables import TenantBucket
from aionserver.infra.egress import require_public
from aionserver.infra.errors import AionError
from aionserver.infra.scope import Infra, Reader
from aionserver.infra.sealing import seal, unseal
from aionserver.infra.storage import BucketAccess, Fault, OpenBucket, Rest, Storage, refusal_of

log = structlog.get_logger(__name__)
Keys = tuple[str, str]
PLACE = ("bucket_name", "region", "endpoint_url", "prefix")
PORTS = {"https": 443, "http": 80}


async def opened(reader: Reader, row: TenantBucket) -> Storage:
    """The bucket's store, open from before where nothing has changed since; its error while it does not answer."""
    held = reader.infra.buckets.find(row.id, row.version)
    if held is None:
        held = reader.infra.buckets.keep(row.id, await _open(reader, row))
    return held.storage


async def _open(reader: Reader, row: TenantBucket) -> OpenBucket:
    rest = Rest(reader.now)

    def silent() -> AionError:
        return BucketUnreachable(
            f"Your own bucket {row.bucket_name} does not answer; try again.", headers={"Retry-After": "15"}
        )

    def told(error: Exception) -> AionError:
        refusal = refusal_of(error)
        log.warning("bucket_failed", bucket_id=str(row.id), reason=refusal.sentence)
        if refusal.is_away:
            rest.begin()
            return silent()
        return BucketRefused(f"Your own bucket {row.bucket_name} refuses. {refusal.sentence}")

    access = await access_to(reader.infra, place_of(row), keys_of(reader, row), told)
    return OpenBucket(row.version, Storage(access), rest, silent)


async def access_to(infra: Infra, place: dict[str, Any], keys: Keys, told: Fault) -> BucketAccess:
    """How to get in. To an address that a tenant has given, only through the tunnels, which lead to public ones."""
    endpoint: str | None = place["endpoint_url"]
    proxy: str | None = None
    allows_private = infra.settings.allow_private_endpoints
    if endpoint is not None and not allows_private:
        parts = urlsplit(endpoint)
        await require_public(parts.hostname or "", parts.port or PORTS[parts.scheme], infra.settings)
        proxy = await infra.tunnels.url(infra.settings)
    key_id, secret = keys
    return BucketAccess(
        access_key_id=key_id,
        secret_access_key=secret,
        fault=told,
        proxy_url=proxy,
        allow_http=allows_private,
        **place,
    )


def place_of(row: TenantBucket) -> dict[str, Any]:
    """Where a bucket is."""
    return {name: getattr(row, name) for name in PLACE}


def sealed(infra: Infra, tenant_id: UUID, bucket_id: UUID, keys: Keys) -> bytes:
    """Access key and secret, readable again for this bucket of this tenant only."""
    return seal(infra.secret, _purpose(tenant_id, bucket_id), json.dumps(keys).encode())


def keys_of(reader: Reader, row: TenantBucket) -> Keys:
    """Access key and secret of a bucket."""
    plain = unseal(reader.infra.secret, _purpose(reader.tenant_id, row.id), bytes(row.sealed_keys))
    key_id, secret = json.loads(plain)
    return key_id, secret


def _purpose(tenant_id: UUID, bucket_id: UUID) -> str:
    return f"bucket:{tenant_id}:{bucket_id}"
