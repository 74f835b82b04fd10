"""Which store a file is in; and what may be done with a tenant's own bucket: set, test, remove."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from aionserver.domains.custom_storage import queries, trial
from aionserver.domains.custom_storage.access import keys_of, opened, place_of, sealed
from aionserver.domains.custom_storage.errors import BucketChanged, BucketUnreachable, NoBucket
from aionserver.domains.custom_storage.schemas import (
    ConfigureS3Request,
    S3ConfigStatusResponse,
    S3RemovalResponse,
    S3ValidationResponse,
)
from aionserver.domains.custom_storage.tables import TenantBucket
from aionserver.domains.custom_storage.trial import place_in, require_working
from aionserver.infra.actors import system_actor
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import AionError, NotFound
from aionserver.infra.scope import Infra, Reader, Scope
from aionserver.infra.storage import Storage
from aionserver.infra.web.objects import signed_link
from aionserver.kit.ids import new_id

__all__ = ["BucketChanged", "BucketUnreachable"]
log = structlog.get_logger(__name__)
CUSTOM = "custom"
DEFAULT = "default"
PATH = "/api/v2/buckets/"
PLACE = ("bucket_name", "endpoint_url", "prefix")


@dataclass(frozen=True)
class Store:
    """Where files are: a bucket of the tenant, or the server's own storage, whose bucket is None."""

    storage: Storage
    bucket_id: UUID | None = None

    @property
    def target(self) -> str:
        """What it is called in requests."""
        return DEFAULT if self.bucket_id is None else CUSTOM


async def storage_of(reader: Reader, bucket_id: UUID | None) -> Storage:
    """The storage that a file's objects are in, by the bucket its row names. The server's own costs no query."""
    if bucket_id is None:
        return reader.infra.storage
    row = await queries.find(reader, bucket_id)
    if row is None:
        raise NotFound("The bucket that this file was in is not known any more.")
    return await opened(reader, row)


async def store_for(reader: Reader, target: str) -> Store:
    """Where new files go that are sent with this `storage_target`; NoBucket when the tenant has none."""
    if target != CUSTOM:
        return Store(reader.infra.storage)
    row = await queries.find_current(reader)
    if row is None:
        raise NoBucket(
            "No bucket of your own is configured: set it by POST /api/v2/tenant/s3-config, or send "
            "storage_target=default."
        )
    return Store(await opened(reader, row), row.id)


async def require_current(scope: Scope, store: Store) -> None:
    """Raise BucketChanged unless new files still go to the store; until the transaction is over, it stays so."""
    if store.bucket_id is not None and not await queries.hold_current(scope, store.bucket_id):
        raise BucketChanged("Your bucket was changed while the upload was on its way; send it again.")


async def bucket_ids(infra: Infra, tenant_id: UUID) -> Sequence[UUID]:
    """The tenant's buckets that files are in, or may come to."""
    return [row.id for row in await queries.find_all(system_reader(infra, tenant_id))]


async def forget_unused(scope: Scope) -> None:
    """Forget buckets that were removed, keys and all, once no file is in them any more."""
    if await queries.forget_unused(scope):
        log.info("buckets_forgotten", tenant_id=str(scope.tenant_id))


def system_reader(infra: Infra, tenant_id: UUID) -> Reader:
    """The product itself, reading in a tenant."""
    return Reader(system_actor(tenant_id), infra)


def object_url(reader: Reader, bucket_id: UUID, key: str, content_type: str, filename: str) -> str:
    """A URL of this server that leads to an object of a bucket; made without asking anybody."""
    return signed_link(reader, PATH, f"{reader.tenant_id}/{bucket_id}/{key}", content_type, filename)


async def read_status(reader: Reader) -> S3ConfigStatusResponse:
    """The bucket that new files may go to."""
    row = await queries.find_current(reader)
    return S3ConfigStatusResponse(configured=False) if row is None else _status(row, row.error)


def _status(row: TenantBucket, error: str | None) -> S3ConfigStatusResponse:
    return S3ConfigStatusResponse(
        configured=True,
        bucket_name=row.bucket_name,
        region=row.region,
        configured_at=row.configured_at.isoformat(),
        is_validated=error is None,
        error=error,
        endpoint_url=row.endpoint_url,
        prefix=row.prefix or None,
    )


async def require_usable(reader: Reader, given: ConfigureS3Request) -> None:
    """Raise InvalidInput with a sentence unless the bucket can be the tenant's for new files; it is really tried."""
    place = place_in(given)
    others = [reader.infra.storage]
    for row in await queries.find_all(reader):
        if any(place_of(row)[name] != place[name] for name in PLACE):
            with suppress(AionError):
                others.append(await opened(reader, row))
    await trial.require_usable(reader.infra, given, others)


async def configure(scope: Scope, given: ConfigureS3Request) -> S3ConfigStatusResponse:
    """Send new files to this bucket from now on; it was tested before. The same place again only changes its keys."""
    place = place_in(given)
    await queries.change_alone(scope)
    before = await queries.find_current(scope)
    same = await queries.find_same(scope, {name: place[name] for name in PLACE})
    bucket_id = same.id if same else new_id()
    keys = sealed(scope.infra, scope.tenant_id, bucket_id, (given.access_key_id, given.secret_access_key))
    values = {
        "sealed_keys": keys,
        "configured_by": scope.actor.user_id,
        "configured_at": scope.now(),
        "error": None,
    }
    await queries.retire_current(scope)
    await (queries.renew if same else queries.add)(scope, bucket_id, {**place, **values})
    await queries.forget_unused(scope)
    await scope.publish(_configured(bucket_id, place_of(before) if before else {}, place, is_known=same is not None))
    return await read_status(scope)


def _configured(bucket_id: UUID, before: dict[str, Any], after: dict[str, Any], *, is_known: bool) -> Audited:
    changes = {name: (before.get(name), after[name]) for name in after if before.get(name) != after[name]}
    return Audited(
        "tenant.s3_configured",
        "configure",
        "tenant_bucket",
        str(bucket_id),
        changes=changes,
        details={"bucket_name": after["bucket_name"], "only_its_keys": is_known and not changes},
    )


async def remove(scope: Scope) -> S3RemovalResponse:
    """Send no more files to the bucket; those in it stay readable, and with the last of them its keys are forgotten."""
    await queries.change_alone(scope)
    row = await queries.find_current(scope)
    if row is None:
        return S3RemovalResponse(removed=False, message="No bucket of your own is configured.")
    await queries.retire_current(scope)
    gone = await queries.forget_unused(scope) > 0
    changes = {"bucket_name": (row.bucket_name, None)}
    await scope.publish(Audited("tenant.s3_removed", "remove", "tenant_bucket", str(row.id), changes=changes))
    kept = (
        "New files go to the server's storage. The files that are in the bucket stay readable; once the last of them "
        "is deleted for good, the keys are forgotten."
    )
    return S3RemovalResponse(removed=True, message="The bucket and its keys are forgotten." if gone else kept)


@dataclass(frozen=True)
class Tested:
    """A test of the configured bucket: what was found wrong with it."""

    bucket_id: UUID
    answer: S3ValidationResponse


async def try_configured(reader: Reader) -> Tested | None:
    """Test the bucket as it is configured; None when there is none."""
    row = await queries.find_current(reader)
    if row is None:
        return None
    error: str | None = None
    try:
        await require_working(reader.infra, place_of(row), keys_of(reader, row))
    except AionError as found:
        error = found.message
    answer = S3ValidationResponse(valid=error is None, bucket_name=row.bucket_name, region=row.region, error=error)
    return Tested(row.id, answer)


async def note_test(scope: Scope, tested: Tested) -> None:
    """Keep how a test went."""
    await queries.note_test(scope, tested.bucket_id, tested.answer.error)
    result = "success" if tested.answer.valid else "failure"
    await scope.publish(
        Audited(
            "tenant.s3_validated",
            "validate",
            "tenant_bucket",
            str(tested.bucket_id),
            result=result,
            error_message=tested.answer.error,
        )
    )
