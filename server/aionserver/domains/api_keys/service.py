"""Keys: made, shown once, changed and ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aionserver.domains.accounts import service as accounts
from aionserver.domains.api_keys import queries
from aionserver.domains.api_keys.errors import ApiKeyNotFound, ReservedMetadata, UnknownScope
from aionserver.domains.api_keys.keyring import everyones_limit
from aionserver.domains.api_keys.schemas import (
    MOST_METADATA_BYTES,
    MOST_METADATA_DEPTH,
    APIKeyResponse,
    CreateAPIKeyRequest,
    CreateAPIKeyResponse,
    ListAPIKeysResponse,
    UpdateAPIKeyRequest,
)
from aionserver.domains.api_keys.tables import ApiKey
from aionserver.infra.actors import KNOWN_SCOPES, Role
from aionserver.infra.auditing import Audited
from aionserver.infra.database import Session
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Scope
from aionserver.kit.api_keys import fingerprint, new_key, shown_prefix
from aionserver.kit.ids import new_id, parse_id
from aionserver.kit.json_bounds import require_small
from aionserver.kit.pagination import LARGEST_OFFSET

RESOURCE = "api_key"
RESERVED = ("created_by_user_id", "deactivation_reason", "deactivated_at")


def create_key(
    session: Session,
    tenant_id: UUID,
    user_id: UUID | None,
    name: str,
    role: Role,
    expires_at: datetime | None = None,
    **settings: Any,
) -> str:
    """A new key in full; it can't be read again."""
    key = new_key()
    row = ApiKey(
        tenant_id=tenant_id,
        user_id=user_id,
        name=name,
        key_hash=fingerprint(key),
        key_prefix=shown_prefix(key),
        role=role,
        expires_at=expires_at,
        **settings,
    )
    queries.add_key(session, row)
    return key


async def create_operator_key(session: Session, name: str, role: Role) -> str:
    """A key for the first tenant, as the operator's command line makes it."""
    tenant = await accounts.first_tenant(session)
    owner = await accounts.owner_of(session, tenant.id)
    return create_key(session, tenant.id, owner.id if owner else None, name, role)


async def make_key(scope: Scope, asked: CreateAPIKeyRequest) -> CreateAPIKeyResponse:
    """A new key of the person who asks, with at most an administrator's role.

    UnknownScope, ReservedMetadata, or InvalidInput for an end that is past or a limit above everyone's.
    """
    _require_sound(scope, asked)
    actor, key_id = scope.actor, new_id()
    key = create_key(
        scope.session,
        scope.tenant_id,
        actor.user_id,
        asked.name,
        min(actor.role, Role.ADMIN, key=lambda role: role.rank),
        asked.expires_at,
        id=key_id,
        description=asked.description,
        scopes=sorted(set(asked.scopes)),
        details=asked.metadata or {},
        rate_limit=asked.rate_limit_per_minute,
        created_at=scope.now(),
    )
    await scope.session.flush()
    row = await _row(scope, str(key_id))
    made = {"name": row.name, "role": row.role, "scopes": row.scopes, "expires_at": row.expires_at}
    await _tell(scope, row, "create", {field: (None, value) for field, value in made.items()})
    return CreateAPIKeyResponse(api_key=key, **_fields(scope, row))


def _require_sound(scope: Scope, asked: CreateAPIKeyRequest) -> None:
    unknown = sorted(set(asked.scopes) - KNOWN_SCOPES)
    if unknown:
        raise UnknownScope("There is no such scope.", details={"unknown": unknown[:20], "known": sorted(KNOWN_SCOPES)})
    _require_free(asked.metadata or {})
    if asked.expires_at is not None and asked.expires_at <= scope.now():
        raise InvalidInput.field("expires_at", "must lie in the future")
    most = everyones_limit(scope.infra, scope.actor.tier)
    if asked.rate_limit_per_minute is not None and asked.rate_limit_per_minute > most:
        raise InvalidInput.field("rate_limit_per_minute", f"must be at most {most}, which all keys may")


def _require_free(metadata: Mapping[str, Any]) -> None:
    taken = [name for name in RESERVED if name in metadata]
    if taken:
        raise ReservedMetadata("These names are the server's own.", details={"reserved": taken})


async def list_keys(scope: Scope, *, include_inactive: bool, limit: int, offset: int) -> ListAPIKeysResponse:
    """The tenant's keys, the newest first; those that let nobody in only when they are asked for."""
    active_at = None if include_inactive else scope.now()
    rows = await queries.list_keys(scope, active_at, limit, min(offset, LARGEST_OFFSET))
    total = await queries.count_keys(scope, active_at)
    return ListAPIKeysResponse(api_keys=[_shown(scope, row) for row in rows], total=total)


async def read_key(scope: Scope, key_id: str) -> APIKeyResponse:
    """A key of the tenant; ApiKeyNotFound."""
    return _shown(scope, await _row(scope, key_id))


async def change_key(scope: Scope, key_id: str, asked: UpdateAPIKeyRequest) -> APIKeyResponse:
    """The key as it was changed; ApiKeyNotFound, ReservedMetadata, InvalidInput for too much metadata in all."""
    row = await _row(scope, key_id, locked=True)
    changes: dict[str, tuple[Any, Any]] = {}
    for field, value in _wanted(row, asked).items():
        if getattr(row, field) != value:
            changes["metadata" if field == "details" else field] = (getattr(row, field), value)
            setattr(row, field, value)
    await _tell(scope, row, "update", changes)
    return _shown(scope, row)


def _wanted(row: ApiKey, asked: UpdateAPIKeyRequest) -> dict[str, Any]:
    """The columns as they shall be. A description may be taken away, a name may not."""
    wanted: dict[str, Any] = {} if asked.name is None else {"name": asked.name}
    if "description" in asked.model_fields_set:
        wanted["description"] = asked.description
    if asked.metadata is not None:
        wanted["details"] = _merged(row.details, asked.metadata)
    return wanted


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    _require_free(new)
    merged = {name: value for name, value in {**old, **new}.items() if value is not None}
    try:
        require_small(merged, MOST_METADATA_BYTES, MOST_METADATA_DEPTH)
    except ValueError as error:
        raise InvalidInput.field("metadata", f"{error}, with what is there") from error
    return merged


async def revoke_key(scope: Scope, key_id: str, reason: str | None) -> None:
    """End a key for good; ApiKeyNotFound. One that was ended before stays as it is."""
    row = await _row(scope, key_id, locked=True)
    if row.revoked_at is None:
        await _revoke(scope, row, reason)


async def revoke_keys_of(scope: Scope, user_id: UUID, reason: str) -> int:
    """End all keys that a person has made in the scope's tenant; how many there were."""
    rows = await queries.keys_of(scope, user_id)
    for row in rows:
        await _revoke(scope, row, reason)
    return len(rows)


async def forget_keys(scope: Scope) -> None:
    """Remove the keys of the scope's tenant, which is no more."""
    await queries.forget_keys(scope)


async def _revoke(scope: Scope, row: ApiKey, reason: str | None) -> None:
    row.revoked_at, row.revoked_reason = scope.now(), reason
    await _tell(scope, row, "delete", {"is_active": (True, False)}, reason=reason)


async def _tell(scope: Scope, row: ApiKey, verb: str, changes: Mapping[str, tuple[Any, Any]], **more: Any) -> None:
    about = {"name": row.name, "key_prefix": row.key_prefix, **more}
    plain = {field: (_plain(before), _plain(after)) for field, (before, after) in changes.items()}
    await scope.publish(Audited(f"{RESOURCE}.{verb}d", verb, RESOURCE, str(row.id), changes=plain, details=about))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def _row(scope: Scope, key_id: str, *, locked: bool = False) -> ApiKey:
    wanted = parse_id(key_id)
    row = await queries.key_row(scope, wanted, locked=locked) if wanted else None
    if row is None:
        raise ApiKeyNotFound("There is no such API key.")
    return row


def _shown(scope: Scope, row: ApiKey) -> APIKeyResponse:
    return APIKeyResponse(last_used_at=row.last_used_at, usage_count=row.usage_count, **_fields(scope, row))


def _fields(scope: Scope, row: ApiKey) -> dict[str, Any]:
    """What is sent of every key. What the server knows stands in `metadata` under the names reserved for it."""
    known = {
        "created_by_user_id": row.user_id and str(row.user_id),
        "deactivation_reason": row.revoked_reason,
        "deactivated_at": row.revoked_at and row.revoked_at.isoformat(),
    }
    return {
        "id": str(row.id),
        "name": row.name,
        "description": row.description,
        "key_prefix": row.key_prefix,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "is_active": row.revoked_at is None and (row.expires_at is None or row.expires_at > scope.now()),
        "scopes": row.scopes,
        "metadata": {**row.details, **{name: value for name, value in known.items() if value is not None}},
        "rate_limit_per_minute": row.rate_limit,
    }


async def count_uses(scope: Scope, counts: Mapping[str, Sequence[Any]]) -> None:
    """Add counts of requests, given as columns with `keys` and `calls`, to the `usage_count` of the tenant's keys."""
    uses: dict[UUID, int] = {}
    for key_id, calls in zip(counts["keys"], counts["calls"], strict=True):
        if key_id is not None:
            uses[key_id] = uses.get(key_id, 0) + int(calls)
    if uses:
        await queries.count_uses(scope, uses)
