"""That the totals of the ledger are those of its entries."""

from uuid import UUID

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.usage import service
from aionserver.domains.usage.queries import Difference
from aionserver.infra.checks import Check, Findings, Inspection


async def _totals(inspection: Inspection, findings: Findings) -> None:
    """Of every tenant. Entry and totals are written in one transaction, so this holds while the server runs too."""
    for tenant_id in await every_tenant(inspection.infra):
        async with inspection.infra.open_system_scope(tenant_id) as scope:
            findings.looked_at += await service.count_entries(scope)
            found = await service.differences(scope)
            if found and inspection.repair:
                await service.recompute_totals(scope)
        for one in found:
            findings.disagree(_sentence(tenant_id, one), mended=inspection.repair)


def _sentence(tenant_id: UUID, one: Difference) -> str:
    where = f"tenant {tenant_id}: total of {one.operation} ({one.kind}), {one.span} of {one.starts_at:%Y-%m-%d %H:%M}"
    return f"{where}: " + ", ".join(f"{name} {has}, due {due}" for name, (has, due) in one.counts.items())


CHECKS = [Check("usage totals are those of the ledger", _totals)]
