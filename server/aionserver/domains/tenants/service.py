"""A tenant's settings and limits, and what becomes of a tenant that is closed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from aionserver.domains.accounts import service as accounts
from aionserver.domains.accounts.service import Member, Tenant, plan_of
from aionserver.domains.api_keys import service as api_keys
from aionserver.domains.tenants import queries
from aionserver.domains.tenants.schemas import TenantLimitsResponse, TenantSettingsResponse, TenantSettingsUpdate
from aionserver.domains.usage import service as usage
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import NotFound
from aionserver.infra.scope import Infra, Scope

ROWS_AT_ONCE = 5_000


async def open_tenant(scope: Scope) -> Tenant:
    """The scope's tenant, locked until the transaction ends; NotFound when it is closed by now."""
    tenant = await accounts.get_tenant(scope.session, scope.tenant_id, locked=True)
    if tenant.closed_at is not None:
        raise NotFound("This tenant is closed.")
    return tenant


async def read_settings(scope: Scope) -> TenantSettingsResponse:
    """The tenant's settings, with what it used."""
    return await _settings(scope, await accounts.get_tenant(scope.session, scope.tenant_id))


async def change_settings(scope: Scope, wanted: TenantSettingsUpdate) -> TenantSettingsResponse:
    """Change what is given; null leaves a setting as it is, but removes the webhook's address."""
    tenant = await open_tenant(scope)
    given = wanted.model_dump(include=wanted.model_fields_set)
    new = {name: value for name, value in given.items() if value is not None or name == "webhook_url"}
    changes = {name: (old, value) for name, value in new.items() if (old := getattr(tenant, name)) != value}
    if changes:
        for name, (_, value) in changes.items():
            setattr(tenant, name, value)
        tenant.updated_at = scope.now()
    await scope.publish(Audited("tenant.updated", "update", "tenant", str(tenant.id), changes=changes))
    return await _settings(scope, tenant)


async def _settings(scope: Scope, tenant: Tenant) -> TenantSettingsResponse:
    plan, owner = plan_of(tenant.tier), await accounts.owner_of(scope.session, tenant.id)
    return TenantSettingsResponse(
        id=str(tenant.id),
        name=tenant.name,
        owner_user_id=str(owner.id) if owner else None,
        created_at=tenant.created_at,
        updated_at=tenant.updated_at,
        is_active=tenant.closed_at is None,
        webhook_url=tenant.webhook_url,
        allowed_vlm_providers=tenant.allowed_vlm_providers,
        allowed_domains=tenant.allowed_domains,
        max_monthly_credits=plan.credits_per_month,
        max_requests_per_minute=scope.infra.settings.rate_limit_per_minute or plan.requests_per_minute,
        custom_config=tenant.custom_config,
        subscription_tier=tenant.tier,
        subscription_expires_at=tenant.subscription_expires_at,
        **await _use(scope),
        included_credits=plan.credits_per_month,
    )


async def _use(scope: Scope) -> Mapping[str, Any]:
    """Credits of the running month and of all; they cost no money."""
    balance = await usage.credit_balance(scope)
    return {
        "current_month_credits": balance.used,
        "current_month_cost": 0.0,
        "total_credits": await usage.credits_in_all(scope),
        "total_cost": 0.0,
    }


async def read_limits(scope: Scope, calls_allowed: int, calls_left: int) -> TenantLimitsResponse:
    """What the plan allows and what is left of it; of calls a minute, that of who asks."""
    uploads, balance = await usage.upload_quota(scope), await usage.credit_balance(scope)
    figures = {
        "monthly_uploads": (uploads.monthly_limit, uploads.current_usage, uploads.available),
        "monthly_verifications": (uploads.monthly_limit, uploads.current_usage, uploads.available),
        "monthly_credits": (balance.included, balance.used, balance.available),
        "api_calls_per_minute": (calls_allowed, calls_allowed - calls_left, calls_left),
    }
    return TenantLimitsResponse(
        limits={name: limit for name, (limit, _, _) in figures.items()},
        usage={name: used for name, (_, used, _) in figures.items()},
        remaining={name: left for name, (_, _, left) in figures.items()},
        subscription_tier=scope.actor.tier,
    )


async def end_membership(scope: Scope, member: Member, action: str) -> None:
    """End a person's role in the scope's tenant, with their keys; the tenant's row has to be locked."""
    await api_keys.revoke_keys_of(scope, member.user.id, "Its maker left the tenant.")
    await accounts.remove_member(scope.session, scope.tenant_id, member.user.id)
    await scope.publish(change_of("member_removed", action, member, (member.membership.role, None)))


def change_of(what: str, action: str, member: Member, roles: tuple[str | None, str | None]) -> Audited:
    """What the audit log is told of a change to a member."""
    return Audited(
        f"tenant.{what}",
        action,
        "member",
        str(member.user.id),
        changes={"role": roles},
        details={"email": member.user.email},
    )


async def close(scope: Scope) -> None:
    """Let nobody in any more, from now on; what the tenant has is removed when its retention is over."""
    tenant = await open_tenant(scope)
    tenant.closed_at = scope.now()
    await scope.publish(
        Audited("tenant.closed", "close", "tenant", str(tenant.id), "warning", changes={"is_active": (True, False)})
    )


async def empty_closed(infra: Infra) -> int:
    """Remove what closed tenants have, once a deleted file could not be restored any more; how many rows.

    Objects in the server's storage are removed by the sweep, for no row points at them then. What was used and who did
    what is kept, and so are objects in a bucket of the tenant's own.
    """
    before = infra.clock() - timedelta(days=infra.settings.deleted_retention_days)
    return sum([await _empty(infra, tenant_id) for tenant_id in await accounts.closed_tenants(infra, before)])


async def _empty(infra: Infra, tenant_id: UUID) -> int:
    """How many rows were removed. A tenant without any is forgotten: it may have got some while it was emptied."""
    removed = 0
    for table in queries.tables_of_content():
        found = ROWS_AT_ONCE
        while found == ROWS_AT_ONCE:
            async with infra.open_system_scope(tenant_id) as scope:
                found = await queries.remove_rows(scope, table, ROWS_AT_ONCE)
            removed += found
    if not removed:
        async with infra.open_system_scope(tenant_id) as scope:
            await api_keys.forget_keys(scope)
            await accounts.forget_tenant(scope.session, tenant_id)
    return removed
