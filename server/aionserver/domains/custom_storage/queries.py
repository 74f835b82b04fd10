"""What is asked of the table of buckets."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, false, func, select, true, update
from sqlalchemy.exc import IntegrityError

from aionserver.domains.custom_storage.tables import TenantBucket
from aionserver.infra.reading import Query, of_tenant
from aionserver.infra.scope import Reader, Scope

ONE = Query(select(TenantBucket).where(of_tenant(TenantBucket), TenantBucket.id == bindparam("bucket_id")))
CURRENT = Query(select(TenantBucket).where(of_tenant(TenantBucket), TenantBucket.is_current))
ALL = Query(select(TenantBucket).where(of_tenant(TenantBucket)).order_by(TenantBucket.id))


async def find(reader: Reader, bucket_id: UUID) -> TenantBucket | None:
    """A bucket by its id."""
    (rows,) = await reader.fetch([ONE], bucket_id=bucket_id)
    return next(iter(rows), None)


async def find_current(reader: Reader) -> TenantBucket | None:
    """The bucket that new files may go to."""
    (rows,) = await reader.fetch([CURRENT])
    return next(iter(rows), None)


async def find_all(reader: Reader) -> Sequence[TenantBucket]:
    """Every bucket that files are in, or may come to."""
    (rows,) = await reader.fetch([ALL])
    return rows


async def hold_current(scope: Scope, bucket_id: UUID) -> bool:
    """Whether this is the bucket for new files, and stays so until the transaction is over."""
    query = scope.rows(TenantBucket).where(TenantBucket.id == bucket_id, TenantBucket.is_current)
    return await scope.session.scalar(query.with_for_update(read=True)) is not None


async def change_alone(scope: Scope) -> None:
    """Wait until nobody else changes the tenant's buckets, until the transaction is over."""
    await scope.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"bucket:{scope.tenant_id}", 0)))
    )


async def find_same(scope: Scope, place: Mapping[str, str | None]) -> TenantBucket | None:
    """The tenant's bucket at a place, current or not."""
    same = [getattr(TenantBucket, name).is_not_distinct_from(value) for name, value in place.items()]
    return await scope.session.scalar(scope.rows(TenantBucket).where(*same))


async def retire_current(scope: Scope) -> None:
    """No bucket is for new files any more."""
    mine = (TenantBucket.tenant_id == scope.tenant_id, TenantBucket.is_current)
    await scope.session.execute(update(TenantBucket).where(*mine).values(is_current=false()))


async def add(scope: Scope, bucket_id: UUID, values: Mapping[str, Any]) -> None:
    """Insert the bucket for new files."""
    scope.session.add(TenantBucket(id=bucket_id, tenant_id=scope.tenant_id, version=1, is_current=True, **values))
    await scope.session.flush()


async def renew(scope: Scope, bucket_id: UUID, values: Mapping[str, Any]) -> None:
    """Give a bucket new keys, and make it the one for new files."""
    newer = {"version": TenantBucket.version + 1, "is_current": true()}
    await _change(scope, bucket_id, {**values, **newer})


async def note_test(scope: Scope, bucket_id: UUID, error: str | None) -> None:
    """Keep how a test went; what is open of the bucket is opened anew."""
    await _change(scope, bucket_id, {"error": error, "version": TenantBucket.version + 1})


async def _change(scope: Scope, bucket_id: UUID, values: Mapping[str, Any]) -> None:
    mine = (TenantBucket.tenant_id == scope.tenant_id, TenantBucket.id == bucket_id)
    await scope.session.execute(update(TenantBucket).where(*mine).values(**values))


async def forget_unused(scope: Scope) -> int:
    """Remove buckets that are not for new files and that no file is in; how many. Files hold theirs by foreign key."""
    query = scope.rows(TenantBucket).where(TenantBucket.is_current.is_(False)).with_only_columns(TenantBucket.id)
    ids = (await scope.session.scalars(query)).all()
    return sum([await _forget(scope, bucket_id) for bucket_id in ids])


async def _forget(scope: Scope, bucket_id: UUID) -> bool:
    mine = (TenantBucket.tenant_id == scope.tenant_id, TenantBucket.id == bucket_id)
    try:
        async with scope.session.begin_nested():
            await scope.session.execute(delete(TenantBucket).where(*mine))
    except IntegrityError:
        return False
    return True
