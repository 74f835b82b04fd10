"""What is asked of the table of keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from aionserver.domains.provider_keys.tables import ProviderKey
from aionserver.infra.scope import Scope


async def find_all(scope: Scope) -> Sequence[ProviderKey]:
    """The tenant's keys, the one set last first."""
    query = scope.rows(ProviderKey).order_by(ProviderKey.configured_at.desc(), ProviderKey.provider)
    # As they are now, whatever the transaction has read of them before.
    return (await scope.session.scalars(query, execution_options={"populate_existing": True})).all()


async def find(scope: Scope, provider: str) -> ProviderKey | None:
    """The tenant's key for a provider."""
    return await scope.session.scalar(scope.rows(ProviderKey).where(ProviderKey.provider == provider))


async def keep(scope: Scope, provider: str, values: Mapping[str, Any]) -> None:
    """Set the tenant's key for a provider, in place of the one before."""
    given = {"tenant_id": scope.tenant_id, "provider": provider, **values}
    known = (ProviderKey.tenant_id, ProviderKey.provider)
    query = insert(ProviderKey).values(given).on_conflict_do_update(index_elements=known, set_=dict(values))
    await scope.session.execute(query)


async def note_test(scope: Scope, provider: str, sealed: bytes, error: str | None) -> bool:
    """Keep how a test of this very key went; whether it still is the tenant's."""
    mine = (ProviderKey.tenant_id == scope.tenant_id, ProviderKey.provider == provider)
    query = update(ProviderKey).where(*mine, ProviderKey.sealed_key == sealed).values(error=error)
    return bool((await scope.session.scalars(query.returning(ProviderKey.provider))).all())


async def remove(scope: Scope, provider: str) -> bool:
    """Forget the tenant's key for a provider; whether there was one."""
    mine = (ProviderKey.tenant_id == scope.tenant_id, ProviderKey.provider == provider)
    query = delete(ProviderKey).where(*mine).returning(ProviderKey.provider)
    return bool((await scope.session.scalars(query)).all())
