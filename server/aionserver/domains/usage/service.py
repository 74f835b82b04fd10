"""Charging once, giving back once, and saying what is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from aionserver.domains.accounts.service import Plan, get_tenant, plan_of
from aionserver.domains.usage import queries
from aionserver.domains.usage.errors import UsageLimitExceeded
from aionserver.domains.usage.queries import Measures
from aionserver.domains.usage.tables import LedgerEntry
from aionserver.domains.usage.tallies import share, tally
from aionserver.domains.usage.work import (
    AGENT_CALL,
    BATCH_DESCRIBE,
    BATCH_VERIFY,
    CHARGE,
    CHAT_MESSAGE,
    DESCRIBE,
    DOCUMENT,
    FAILURE,
    GRANT,
    PROCESSING,
    REFUND,
    STANDARD,
    UPLOAD,
    VERIFY,
    VIDEO,
    Particulars,
    Prices,
    Tokens,
    prices,
)
from aionserver.infra.auditing import Audited
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id
from aionserver.kit.periods import UTC_ZONE, Span, span_of

__all__ = [
    "AGENT_CALL",
    "BATCH_DESCRIBE",
    "BATCH_VERIFY",
    "CHAT_MESSAGE",
    "DESCRIBE",
    "DOCUMENT",
    "PROCESSING",
    "STANDARD",
    "UPLOAD",
    "VERIFY",
    "VIDEO",
    "Particulars",
    "Prices",
    "Tokens",
    "prices",
    "share",
    "tally",
]
UNLIMITED = -1
UNKNOWN = Particulars()
KEPT_REQUEST_COUNTS = timedelta(days=400)


@dataclass(frozen=True)
class UploadQuota:
    """How many more files may be uploaded this month. -1 is unlimited."""

    monthly_limit: int
    current_usage: int

    @property
    def available(self) -> int:
        """Files left this month; -1 when there is no limit."""
        return UNLIMITED if self.monthly_limit < 0 else max(0, self.monthly_limit - self.current_usage)

    def allows(self, count: int) -> bool:
        """Whether `count` more files may be uploaded."""
        return self.monthly_limit < 0 or count <= self.available


@dataclass(frozen=True)
class CreditBalance:
    """The running month's credits: `included` in the plan (-1: no limit), `used` in all, `prepaid` that are left."""

    included: int
    used: int
    used_of_included: int
    prepaid: int

    @property
    def available(self) -> int:
        """Credits that may still be used; -1 when there is no limit."""
        return UNLIMITED if self.included < 0 else self.left_of_included + self.prepaid

    @property
    def left_of_included(self) -> int:
        """Credits of the plan itself that are left this month."""
        return max(0, self.included - max(0, self.used_of_included))

    def allows(self, required: int) -> bool:
        """Whether so many credits may be used."""
        return self.included < 0 or required <= 0 or required <= self.available


async def charge(
    scope: Scope, operation: str, subject_id: UUID, price: int, particulars: Particulars = UNKNOWN
) -> None:
    """Charge an operation on a subject; the same one again costs nothing, and so it is after a refund.

    To be called in the transaction that keeps the work's result. UsageLimitExceeded when the credits do not suffice.
    """
    await charge_each(scope, operation, [subject_id], price, particulars)


async def charge_each(
    scope: Scope, operation: str, subjects: Sequence[UUID], price: int, particulars: Particulars = UNKNOWN
) -> None:
    """Charge an operation on each subject, `price` credits a piece; the same one again costs nothing."""
    plan = await _plan(scope)
    prepaid = [0] * len(subjects)
    if plan.credits_per_month >= 0:
        await queries.take_turn(scope)
        done = await queries.having(scope, CHARGE, operation, subjects)
        subjects = [one for one in subjects if one not in done]
        prepaid = await _spread(scope, price, len(subjects))
    await queries.add_entries(scope, CHARGE, operation, subjects, particulars, credits=price, prepaid=prepaid)


async def _spread(scope: Scope, price: int, count: int) -> list[int]:
    """How many prepaid credits each of the charges takes: what the month's own do not cover."""
    balance = await credit_balance(scope)
    _require(scope, balance, price * count)
    left = balance.left_of_included
    return [-(price - min(price, max(0, left - price * number))) for number in range(count)]


async def refund(scope: Scope, operation: str, subjects: Sequence[UUID]) -> None:
    """Give back what was charged for an operation on subjects that failed or were cancelled; once each."""
    await queries.add_refunds(scope, operation, subjects)


async def record_failure(scope: Scope, operation: str, subject_id: UUID, particulars: Particulars = UNKNOWN) -> None:
    """Note that an operation failed before it was charged: it costs nothing, and counts among those that failed."""
    await queries.add_entries(scope, FAILURE, operation, [subject_id], particulars, credits=0, prepaid=[0])


async def grant(scope: Scope, amount: int, reference: str | None = None) -> CreditBalance:
    """Add prepaid credits, once for each reference; what is there then."""
    subject = uuid5(NAMESPACE_OID, reference) if reference else new_id()
    added = await queries.add_entries(scope, GRANT, GRANT, [subject], UNKNOWN, credits=0, prepaid=[amount])
    balance = await credit_balance(scope)
    if added:
        details = {"credits": amount, "reference": reference}
        changes = {"prepaid_credits": (balance.prepaid - amount, balance.prepaid)}
        await scope.publish(Audited("credits.granted", "grant", "credits", changes=changes, details=details))
    return balance


async def credit_balance(scope: Scope) -> CreditBalance:
    """The credits of the running month (UTC)."""
    plan = await _plan(scope)
    used, taken, prepaid = await queries.credit_sums(scope, billing_month(scope).start)
    return CreditBalance(plan.credits_per_month, used, used + taken, prepaid)


async def credits_in_all(scope: Scope) -> int:
    """Credits used in all months."""
    return await queries.all_credits(scope)


async def require_credits(scope: Scope, required: int) -> None:
    """Raise UsageLimitExceeded when so many credits are not available; to be asked before work begins."""
    if (await _plan(scope)).credits_per_month >= 0:
        _require(scope, await credit_balance(scope), required)


def _require(scope: Scope, balance: CreditBalance, required: int) -> None:
    if balance.allows(required):
        return
    reset_date = billing_month(scope).end
    raise UsageLimitExceeded(
        f"This needs {required} credits and {balance.available} are available until {reset_date:%Y-%m-%d}.",
        details={
            "limit": balance.included,
            "used": balance.used,
            "available": balance.available,
            "required": required,
            "reset_date": reset_date.isoformat(),
        },
    )


async def _plan(scope: Scope) -> Plan:
    """The plan of the tenant; the product itself, at work for it, has none of its own."""
    actor = scope.actor
    is_somebody = actor.key_id is not None or actor.user_id is not None
    return plan_of(actor.tier if is_somebody else (await get_tenant(scope.session, scope.tenant_id)).tier)


def billing_month(scope: Scope) -> Span:
    """The month in which the plan's limits count: that of UTC."""
    return span_of("month", scope.now(), UTC_ZONE)


async def charged(scope: Scope, operation: str, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of the subjects were charged for an operation."""
    return await queries.having(scope, CHARGE, operation, subjects)


async def entries_about_files(scope: Scope, since: datetime, last: UUID | None, limit: int) -> Sequence[LedgerEntry]:
    """Entries about files since a moment, a page after the entry `last` in the order of ids."""
    return await queries.find_about_files(scope, since, last, limit)


async def upload_quota(scope: Scope) -> UploadQuota:
    """The tenant's upload quota in the running month (UTC)."""
    plan = await _plan(scope)
    sums = await queries.month_sums(scope, billing_month(scope).start)
    counts = {one.kind: one.entries for one in sums if one.operation == UPLOAD}
    return UploadQuota(plan.uploads_per_month, counts.get(CHARGE, 0) - counts.get(REFUND, 0))


async def require_uploads(scope: Scope, count: int) -> None:
    """Raise UsageLimitExceeded when the plan does not allow `count` more files.

    Uploads of a tenant with a limit wait here for each other until their transactions end, so none passes it.
    """
    if (await _plan(scope)).uploads_per_month < 0:
        return
    await queries.take_turn(scope)
    quota = await upload_quota(scope)
    if not quota.allows(count):
        raise UsageLimitExceeded(
            f"The plan allows {quota.monthly_limit} uploads a month; {quota.available} are left.",
            details={
                "limit": quota.monthly_limit,
                "used": quota.current_usage,
                "available": quota.available,
                "required": count,
                "reset_date": billing_month(scope).end.isoformat(),
            },
        )


async def month_sums(scope: Scope, month: datetime) -> list[Measures]:
    """The sums of the month (of UTC) that begins then."""
    return await queries.month_sums(scope, month)


async def paid_tokens_of_context(scope: Scope, context_id: UUID) -> tuple[int, int]:
    """Tokens that models read and wrote for a conversation, but for those that the tenant pays for itself."""
    return await queries.tokens_of_context(scope, context_id)


async def paid_tokens_of_month(scope: Scope) -> tuple[int, int]:
    """Tokens that language models read and wrote this month, but for those that the tenant pays for itself."""
    month = billing_month(scope).start
    sums = [one for one in await month_sums(scope, month) if one.operation in (CHAT_MESSAGE, AGENT_CALL)]
    own_read, own_written = await queries.tokens_by_own_keys(scope, month)
    read, written = sum(one.input_tokens for one in sums), sum(one.output_tokens for one in sums)
    return read - own_read, written - own_written


async def sums_between(
    scope: Scope, span: Span, bounds: Sequence[datetime] = (), api_key_id: UUID | None = None
) -> Mapping[int, list[Measures]]:
    """Sums of a span's entries by the number (from 1) of the period between two bounds; 0 where there are none."""
    return await queries.sums_between(scope, span, bounds, api_key_id)


async def tokens_by_file(scope: Scope, limit: int, offset: int) -> queries.TokenPage:
    """What language models read and wrote for each file, the latest first."""
    return await queries.tokens_by(scope, "file_id", limit, offset)


async def tokens_by_conversation(scope: Scope, limit: int, offset: int) -> queries.TokenPage:
    """What language models read and wrote in each chat session, the latest first."""
    return await queries.tokens_by(scope, "context_id", limit, offset)


async def count_conversations(scope: Scope, span: Span) -> int:
    """In how many chat sessions a message was answered in a span."""
    return await queries.count_contexts(scope, CHAT_MESSAGE, span)


async def save_request_counts(scope: Scope, counts: Mapping[str, Sequence[Any]]) -> None:
    """Add counts of requests, given as columns, to those of their hours."""
    await queries.add_request_counts(scope, counts)


async def forget_request_counts(scope: Scope) -> None:
    """Drop counts of requests that are older than any question about them."""
    await queries.forget_request_counts(scope, scope.now() - KEPT_REQUEST_COUNTS)


async def count_entries(scope: Scope) -> int:
    """How many entries the tenant's ledger has."""
    return await queries.count_entries(scope)


async def differences(scope: Scope) -> Sequence[queries.Difference]:
    """Totals that are not what the ledger says."""
    return await queries.differences(scope)


async def recompute_totals(scope: Scope) -> None:
    """Make the tenant's totals anew from the ledger."""
    await queries.recompute_totals(scope)
