"""`aionvision credits grant`: prepaid credits, as the operator gives them."""

import asyncio
from uuid import UUID

from pydantic import SecretStr

from aionserver import wiring
from aionserver.domains.accounts import service as accounts
from aionserver.domains.usage import service as usage
from aionserver.infra.building import build_infra
from aionserver.infra.database import database_faults, open_session
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.serving import database_of

PACKS = accounts.CREDIT_PACKS


def grant(settings: Settings, amount: int, tenant_id: UUID | None, reference: str | None) -> str:
    """What the tenant (the first, when none is named) has after it was given so many credits."""
    with database_of(settings) as urls:
        return asyncio.run(_grant(settings, urls, amount, tenant_id, reference))


async def _grant(
    settings: Settings, urls: DatabaseUrls, amount: int, tenant_id: UUID | None, reference: str | None
) -> str:
    wiring.import_tables()
    known = settings.model_copy(update={"database_url": SecretStr(urls.application)})
    infra = build_infra(known, wiring.SUBSCRIPTIONS)
    try:
        with database_faults():
            owner = await _tenant(infra, tenant_id)
            async with infra.open_system_scope(owner.id) as scope:
                balance = await usage.grant(scope, amount, reference)
    finally:
        await infra.close()
    return f"{owner.name} ({owner.id}) has {balance.prepaid} prepaid credits."


async def _tenant(infra: Infra, tenant_id: UUID | None) -> accounts.Tenant:
    async with open_session(infra.engine) as session:
        return await (accounts.get_tenant(session, tenant_id) if tenant_id else accounts.first_tenant(session))
