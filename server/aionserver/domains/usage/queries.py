"""What is asked of the ledger, of its totals, and of the counts of requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, text

from aionserver.domains.usage.tables import LedgerEntry
from aionserver.domains.usage.work import ABOUT_FILES, Particulars
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id
from aionserver.kit.periods import Span

NO_KEY = UUID(int=0)


@dataclass(frozen=True)
class Measures:
    """Sums of the entries of one kind."""

    operation: str
    kind: str
    level: str
    entries: int
    credits: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    processing_ms: int
    timed_entries: int


@dataclass(frozen=True)
class TokenSums:
    """What language models read and wrote for one file or in one chat session."""

    id: UUID
    input_tokens: int
    output_tokens: int
    entries: int
    first_at: datetime
    last_at: datetime
    provider: str | None
    model: str | None


@dataclass(frozen=True)
class TokenPage:
    """A page of token sums, and the sums of all."""

    rows: Sequence[TokenSums]
    total_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


# Who uploaded a file did what is done to it in the background.
_ADD = text(
    """
    insert into ledger_entries (
        id, tenant_id, kind, operation, subject_id, credits, prepaid_credits, context_id, file_id, level, provider,
        model, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, own_key, api_key_id, user_id,
        processing_time_ms, created_at
    )
    select w.id, :tenant_id, :kind, :operation, w.subject_id, :credits, w.prepaid, :context_id, w.file_id, :level,
        :provider, :model, :read, :written, :cache_read, :cache_created, :own_key, coalesce(:api_key_id, u.api_key_id),
        coalesce(:user_id, u.user_id), :processing_time_ms, :now
    from (
        select given.id, subject_id, prepaid,
            coalesce(cast(:file_id as uuid), case when :is_about_file then subject_id end) as file_id
        from unnest(cast(:ids as uuid[]), cast(:subjects as uuid[]), cast(:prepaid as integer[]))
            as given (id, subject_id, prepaid)
    ) as w
    left join ledger_entries u on :is_background and u.tenant_id = :tenant_id and u.operation = 'upload'
        and u.subject_id = w.file_id and u.kind = 'charge'
    order by w.id on conflict do nothing returning subject_id
    """
)

_REFUND = text(
    """
    insert into ledger_entries (
        id, tenant_id, kind, operation, subject_id, credits, prepaid_credits, context_id, file_id, level, provider,
        model, api_key_id, user_id, created_at
    )
    select w.id, c.tenant_id, 'refund', c.operation, c.subject_id, -c.credits, -c.prepaid_credits, c.context_id,
        c.file_id, c.level, c.provider, c.model, c.api_key_id, c.user_id, :now
    from unnest(cast(:ids as uuid[]), cast(:subjects as uuid[])) as w (id, subject_id)
    join ledger_entries c on c.tenant_id = :tenant_id and c.operation = :operation and c.subject_id = w.subject_id
        and c.kind = 'charge'
    on conflict do nothing
    """
)


async def add_entries(
    scope: Scope,
    kind: str,
    operation: str,
    subjects: Sequence[UUID],
    known: Particulars,
    *,
    credits: int,  # noqa: A002
    prepaid: Sequence[int],
) -> int:
    """Insert an entry for each subject, unless the same one stands already; how many were inserted."""
    values = {
        "ids": [new_id() for _ in subjects],
        "tenant_id": scope.tenant_id,
        "kind": kind,
        "operation": operation,
        "subjects": list(subjects),
        "credits": credits,
        "prepaid": list(prepaid),
        "context_id": known.context_id,
        "file_id": known.file_id,
        "is_about_file": operation in ABOUT_FILES,
        "is_background": scope.actor.key_id is None and scope.actor.user_id is None,
        "level": known.level or "",
        "provider": known.provider,
        "model": known.model,
        "read": known.tokens.read,
        "written": known.tokens.written,
        "cache_read": known.tokens.cache_read,
        "cache_created": known.tokens.cache_created,
        "own_key": known.tokens.own_key,
        "api_key_id": scope.actor.key_id,
        "user_id": scope.actor.user_id or known.user_id,
        "processing_time_ms": known.processing_time_ms,
        "now": scope.now(),
    }
    return len((await scope.session.execute(_ADD, values)).all()) if subjects else 0


async def add_refunds(scope: Scope, operation: str, subjects: Sequence[UUID]) -> None:
    """Insert a refund of each subject's charge, where there is one and it was not refunded yet."""
    ids = [new_id() for _ in subjects]
    values = {"tenant_id": scope.tenant_id, "operation": operation, "subjects": list(subjects), "now": scope.now()}
    await scope.session.execute(_REFUND, {**values, "ids": ids})


async def take_turn(scope: Scope) -> None:
    """Wait until no other transaction of the tenant is between here and its end."""
    query = text("select pg_advisory_xact_lock(hashtext(cast(:tenant_id as text)), -1)")
    await scope.session.execute(query, {"tenant_id": scope.tenant_id})


async def having(scope: Scope, kind: str, operation: str, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of the subjects have an entry."""
    query = scope.rows(LedgerEntry).where(
        LedgerEntry.operation == operation, LedgerEntry.subject_id.in_(subjects), LedgerEntry.kind == kind
    )
    return set(await scope.session.scalars(query.with_only_columns(LedgerEntry.subject_id)))


async def find_about_files(scope: Scope, since: datetime, last: UUID | None, limit: int) -> Sequence[LedgerEntry]:
    """The entries about files since a moment that follow an id in the order of ids."""
    query = scope.rows(LedgerEntry).where(LedgerEntry.file_id.is_not(None), LedgerEntry.created_at >= since)
    query = query if last is None else query.where(LedgerEntry.id > last)
    return (await scope.session.scalars(query.order_by(LedgerEntry.id).limit(limit))).all()


_SUMMED = ", ".join(f"cast(sum({one.name}) as bigint) as {one.name}" for one in fields(Measures)[3:])
_OF_MONTH = text(
    f"select operation, kind, level, {_SUMMED} from usage_totals"
    " where tenant_id = :tenant_id and span = 'month' and starts_at = :month group by operation, kind, level"
)
_CREDITS = text(
    """
    select
        coalesce(sum(credits) filter (where starts_at = :month), 0) as used,
        coalesce(sum(prepaid_credits) filter (where starts_at = :month and kind <> 'grant'), 0) as taken,
        coalesce(sum(prepaid_credits), 0) as prepaid
    from usage_totals where tenant_id = :tenant_id and span = 'month'
    """
)
_ALL_CREDITS = text("select sum(credits) from usage_totals where tenant_id = :tenant_id and span = 'month'")
# Whole slots from the totals; what is before the first and after the last of them, entry by entry.
_BETWEEN = text(
    f"""
    with parts as (
        select starts_at as at, operation, kind, level, entries, credits, input_tokens, output_tokens,
            cache_read_tokens, cache_creation_tokens, processing_ms, timed_entries
        from usage_totals where tenant_id = :tenant_id and span = 'slot' and starts_at >= :first and starts_at < :last
            and (cast(:api_key_id as uuid) is null or api_key_id = :api_key_id)
        union all
        select created_at, operation, kind, level, 1, credits, input_tokens, output_tokens,
            cache_read_tokens, cache_creation_tokens, coalesce(processing_time_ms, 0), num_nonnulls(processing_time_ms)
        from ledger_entries where tenant_id = :tenant_id
            and (created_at >= :start and created_at < :first or created_at >= :last and created_at < :end)
            and (cast(:api_key_id as uuid) is null or coalesce(api_key_id, :no_key) = :api_key_id)
    )
    select width_bucket(at, cast(:bounds as timestamptz[])) as period, operation, kind, level, {_SUMMED}
    from parts group by 1, operation, kind, level
    """
)


async def month_sums(scope: Scope, month: datetime) -> list[Measures]:
    """The sums of the month (of UTC) that begins then."""
    rows = await scope.session.execute(_OF_MONTH, {"tenant_id": scope.tenant_id, "month": month})
    return [Measures(*row) for row in rows]


async def tokens_of_context(scope: Scope, context_id: UUID) -> tuple[int, int]:
    """Tokens that models read and wrote for a conversation, at the operator's expense."""
    mine = (LedgerEntry.context_id == context_id, LedgerEntry.own_key.is_(False))
    return await _tokens(scope, scope.rows(LedgerEntry).where(*mine))


async def tokens_by_own_keys(scope: Scope, since: datetime) -> tuple[int, int]:
    """Tokens that models read and wrote since a moment, at the tenant's own expense."""
    # Said in so many words, the index of such entries alone is read.
    mine = (LedgerEntry.own_key, LedgerEntry.created_at >= since)
    return await _tokens(scope, scope.rows(LedgerEntry).where(*mine))


async def _tokens(scope: Scope, query: Select[LedgerEntry]) -> tuple[int, int]:
    read, written = func.sum(LedgerEntry.input_tokens), func.sum(LedgerEntry.output_tokens)
    sums = (await scope.session.execute(query.with_only_columns(read, written))).one()
    return int(sums[0] or 0), int(sums[1] or 0)


async def credit_sums(scope: Scope, month: datetime) -> tuple[int, int, int]:
    """Credits used in the month; how many prepaid ones it took, as a negative number; and those that are left."""
    rows = await scope.session.execute(_CREDITS, {"tenant_id": scope.tenant_id, "month": month})
    used, taken, prepaid = rows.one()
    return int(used), int(taken), int(prepaid)


async def all_credits(scope: Scope) -> int:
    """Credits used in all months."""
    return int(await scope.session.scalar(_ALL_CREDITS, {"tenant_id": scope.tenant_id}) or 0)


async def sums_between(
    scope: Scope, span: Span, bounds: Sequence[datetime], api_key_id: UUID | None
) -> dict[int, list[Measures]]:
    """The sums of a span by the number (from 1) of the period between two bounds; 0 where there are none."""
    values = {
        "tenant_id": scope.tenant_id,
        "start": span.start,
        "first": span.inner.start,
        "last": span.inner.end,
        "end": span.end,
        "api_key_id": api_key_id,
        "no_key": NO_KEY,
        "bounds": list(bounds) or [span.end],
    }
    found: dict[int, list[Measures]] = {}
    for period, *measures in await scope.session.execute(_BETWEEN, values):
        found.setdefault(period, []).append(Measures(*measures))
    return found


async def find_entries(
    scope: Scope, span: Span, operation: str | None, api_key_id: UUID | None, limit: int, offset: int
) -> Sequence[LedgerEntry]:
    """A page of a span's entries, the newest first."""
    query = scope.rows(LedgerEntry).where(LedgerEntry.created_at >= span.start, LedgerEntry.created_at < span.end)
    if operation is not None:
        query = query.where(LedgerEntry.operation == operation)
    if api_key_id is not None:
        query = query.where(func.coalesce(LedgerEntry.api_key_id, NO_KEY) == api_key_id)
    query = query.order_by(LedgerEntry.created_at.desc(), LedgerEntry.id.desc()).limit(limit).offset(offset)
    return (await scope.session.scalars(query)).all()


_TOKENS = """
with sums as (
    select {column} as id, sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens, count(*) as entries,
        min(created_at) as first_at, max(created_at) as last_at
    from ledger_entries where tenant_id = :tenant_id and {column} is not null and {condition} group by {column}
), page as (
    select * from sums order by last_at desc, id desc limit :limit offset :offset
)
select page.*, newest.provider, newest.model, whole.* from (
    select count(*) as total_count, coalesce(sum(input_tokens), 0) as all_read, coalesce(sum(output_tokens), 0)
    as all_written from sums
) as whole left join page on true left join lateral (
    select provider, model from ledger_entries where tenant_id = :tenant_id and {column} = page.id and {condition}
    order by created_at desc, id desc limit 1
) as newest on true order by last_at desc, page.id desc
"""
_TOKENS_BY = {
    "file_id": text(_TOKENS.format(column="file_id", condition="input_tokens + output_tokens > 0")),
    "context_id": text(_TOKENS.format(column="context_id", condition="operation = 'chat_message' and kind = 'charge'")),
}


async def tokens_by(scope: Scope, column: str, limit: int, offset: int) -> TokenPage:
    """Tokens by file or by chat session, the latest first."""
    values = {"tenant_id": scope.tenant_id, "limit": limit, "offset": offset}
    rows = (await scope.session.execute(_TOKENS_BY[column], values)).all()
    found = [
        TokenSums(
            row.id,
            int(row.input_tokens),
            int(row.output_tokens),
            row.entries,
            row.first_at,
            row.last_at,
            row.provider,
            row.model,
        )
        for row in rows
        if row.id is not None
    ]
    return TokenPage(found, rows[0].total_count, int(rows[0].all_read), int(rows[0].all_written))


async def count_contexts(scope: Scope, operation: str, span: Span) -> int:
    """How many contexts have a charge of an operation in a span."""
    query = scope.rows(LedgerEntry).where(
        LedgerEntry.operation == operation,
        LedgerEntry.kind == "charge",
        LedgerEntry.created_at >= span.start,
        LedgerEntry.created_at < span.end,
        LedgerEntry.context_id.is_not(None),
    )
    return await scope.session.scalar(query.with_only_columns(func.count(LedgerEntry.context_id.distinct()))) or 0


_COUNT_REQUESTS = text(
    """
    insert into request_counts as c (tenant_id, hour, api_key_id, endpoint, calls, failures, total_ms)
    select :tenant_id, hour, coalesce(key_id, :no_key), endpoint, calls, failures, total_ms
    from unnest(cast(:hours as timestamptz[]), cast(:keys as uuid[]), cast(:endpoints as text[]),
        cast(:calls as bigint[]), cast(:failures as bigint[]), cast(:total_ms as bigint[]))
        as counted (hour, key_id, endpoint, calls, failures, total_ms)
    order by hour, key_id, endpoint
    on conflict (tenant_id, hour, api_key_id, endpoint) do update set calls = c.calls + excluded.calls,
        failures = c.failures + excluded.failures, total_ms = c.total_ms + excluded.total_ms
    """
)


async def add_request_counts(scope: Scope, counts: Mapping[str, Sequence[Any]]) -> None:
    """Add counts, given as columns, to those of their hours."""
    await scope.session.execute(_COUNT_REQUESTS, {"tenant_id": scope.tenant_id, "no_key": NO_KEY, **counts})


@dataclass(frozen=True)
class EndpointUse:
    """How often an endpoint was called, how often in vain, and how long that took in all."""

    endpoint: str
    calls: int
    failures: int
    total_ms: int


async def top_endpoints(scope: Scope, span: Span, limit: int) -> list[EndpointUse]:
    """The endpoints called most in the hours that a span touches."""
    query = text(
        "select endpoint, cast(sum(calls) as bigint), cast(sum(failures) as bigint), cast(sum(total_ms) as bigint)"
        " from request_counts where tenant_id = :tenant_id and hour > cast(:start as timestamptz) - interval '1 hour'"
        " and hour < :end group by endpoint order by 2 desc, endpoint limit :limit"
    )
    values = {"tenant_id": scope.tenant_id, "start": span.start, "end": span.end, "limit": limit}
    return [EndpointUse(*row) for row in await scope.session.execute(query, values)]


async def forget_request_counts(scope: Scope, before: datetime) -> None:
    """Drop the counts of hours long gone."""
    query = text("delete from request_counts where tenant_id = :tenant_id and hour < :before")
    await scope.session.execute(query, {"tenant_id": scope.tenant_id, "before": before})


_KEYS = "tenant_id, span, starts_at, operation, kind, level, api_key_id"
_COUNTED = (
    "entries",
    "credits",
    "prepaid_credits",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "processing_ms",
    "timed_entries",
)
_RECOMPUTED = """
select tenant_id, span, case span when 'month' then date_trunc('month', created_at, 'UTC')
        else date_bin('15 minutes', created_at, timestamptz '2000-01-01 00:00:00+00') end as starts_at,
    operation, kind, level, case when span = 'month' then :no_key else coalesce(api_key_id, :no_key) end as api_key_id,
    count(*) as entries, sum(credits) as credits, sum(prepaid_credits) as prepaid_credits,
    sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
    sum(cache_read_tokens) as cache_read_tokens, sum(cache_creation_tokens) as cache_creation_tokens,
    coalesce(sum(processing_time_ms), 0) as processing_ms, count(processing_time_ms) as timed_entries
from ledger_entries, (values ('month'), ('slot')) as spans (span)
where tenant_id = :tenant_id group by 1, 2, 3, 4, 5, 6, 7
"""
_KEPT = f"""
select {_KEYS}, {", ".join(f"sum({name}) as {name}" for name in _COUNTED)} from usage_totals
where tenant_id = :tenant_id group by {_KEYS}
"""
_DIFFERENCES = text(
    f"""
    with due as ({_RECOMPUTED}), kept as ({_KEPT})
    select span, starts_at, operation, kind, {
        ", ".join(f"coalesce(kept.{name}, 0), coalesce(due.{name}, 0)" for name in _COUNTED)
    }
    from due full join kept using ({_KEYS})
    where ({", ".join(f"coalesce(due.{name}, 0)" for name in _COUNTED)})
        is distinct from ({", ".join(f"coalesce(kept.{name}, 0)" for name in _COUNTED)})
    order by 1, 2, 3, 4
    """
)


@dataclass(frozen=True)
class Difference:
    """A total that is not what the ledger says, by what is counted: what stands there, and what is due."""

    span: str
    starts_at: datetime
    operation: str
    kind: str
    counts: Mapping[str, tuple[int, int]]


async def differences(scope: Scope) -> list[Difference]:
    """Totals that are not what the ledger says, at one moment."""
    found: list[Difference] = []
    for row in await scope.session.execute(_DIFFERENCES, {"tenant_id": scope.tenant_id, "no_key": NO_KEY}):
        pairs = {name: (int(row[4 + 2 * place]), int(row[5 + 2 * place])) for place, name in enumerate(_COUNTED)}
        unequal = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        found.append(Difference(row.span, row.starts_at, row.operation, row.kind, unequal))
    return found


async def count_entries(scope: Scope) -> int:
    """How many entries the tenant's ledger has."""
    return await scope.session.scalar(scope.rows(LedgerEntry).with_only_columns(func.count())) or 0


async def recompute_totals(scope: Scope) -> None:
    """Make the tenant's totals anew from the ledger; whoever writes meanwhile waits."""
    await scope.session.execute(text("lock table usage_totals in share row exclusive mode"))
    await scope.session.execute(text("delete from usage_totals where tenant_id = :id"), {"id": scope.tenant_id})
    columns = f"{_KEYS}, place, {', '.join(_COUNTED)}"
    query = f"insert into usage_totals ({columns}) select {_KEYS}, 0, {', '.join(_COUNTED)} from ({_RECOMPUTED}) as due"
    await scope.session.execute(text(query), {"tenant_id": scope.tenant_id, "no_key": NO_KEY})
