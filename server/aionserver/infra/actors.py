"""Who acts, and what they may do: roles form a ladder, scopes narrow a key further."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from aionserver.infra.errors import NotAllowed
from aionserver.kit.ids import parse_id

NO_TENANT = UUID(int=0)


class Role(StrEnum):
    """Ranks within a tenant, highest first."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"

    @property
    def rank(self) -> int:
        """0 for a viewer to 3 for an owner."""
        return ("viewer", "editor", "admin", "owner").index(self.value)


class Permission(StrEnum):
    """What an operation asks for; the first three are also the scopes a key may be limited to."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    OWNER = "owner"


NEEDED_ROLE = {
    Permission.READ: Role.VIEWER,
    Permission.WRITE: Role.EDITOR,
    Permission.ADMIN: Role.ADMIN,
    Permission.OWNER: Role.OWNER,
}
ROLE_SCOPES = (Permission.READ, Permission.WRITE, Permission.ADMIN)
# A key never has more than an administrator's role; that its maker owns the tenant is known besides.
LARGEST_SCOPE = Permission.ADMIN

# What a key may be limited to besides, of both versions of the published API.
RESOURCE_SCOPES = frozenset(
    f"{resource}:{permission}"
    for resources, permissions in (
        (("api_keys", "usage", "tenants", "cloud_storage"), ("read", "write", "delete", "share")),
        (("rules",), ("read", "write", "delete")),
        (("verifications",), ("read", "write")),
    )
    for resource in resources
    for permission in permissions
)
KNOWN_SCOPES = RESOURCE_SCOPES | {str(scope) for scope in ROLE_SCOPES}


class SessionRequired(NotAllowed):
    """Only a person who has logged in may do this; a key may not."""

    code = "SESSION_REQUIRED"


@dataclass(frozen=True)
class Access:
    """What an operation asks for: a role; of a key with scopes, one of them; perhaps a session instead of a key.

    `key_permission` is what a key needs where people may change what is their own, whatever their role.
    """

    permission: Permission
    resource_scope: str = ""
    session_only: bool = False
    key_permission: Permission | None = None

    @property
    def for_keys(self) -> "Access":
        """What is asked of a key."""
        return replace(self, permission=self.key_permission, key_permission=None) if self.key_permission else self

    @property
    def role(self) -> Role:
        """The least role that may."""
        return NEEDED_ROLE[self.permission]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of which a key that is limited to some needs one."""
        least = min(self.for_keys.role.rank, NEEDED_ROLE[LARGEST_SCOPE].rank)
        enough = tuple(str(scope) for scope in ROLE_SCOPES if NEEDED_ROLE[scope].rank >= least)
        return (*enough, self.resource_scope) if self.resource_scope else enough


@dataclass(frozen=True)
class Actor:
    """A person, a key or the system itself, at work in one tenant.

    `is_owner`: the person, or the maker of the key, owns the tenant.
    """

    tenant_id: UUID
    role: Role
    tier: str = "enterprise"
    user_id: UUID | None = None
    key_id: UUID | None = None
    session_id: UUID | None = None
    is_owner: bool = False
    scopes: frozenset[str] = field(default_factory=frozenset[str])

    def allows(self, access: Access) -> bool:
        """Whether role, scopes and kind of credential permit it; a key without scopes has its role's."""
        access = access.for_keys if self.key_id else access
        if access.session_only and self.session_id is None:
            return False
        return self._has_rank(access) and (not self.scopes or not self.scopes.isdisjoint(access.scopes))

    def _has_rank(self, access: Access) -> bool:
        if access.role is Role.OWNER:
            return self.is_owner
        return self.role.rank >= access.role.rank

    def require(self, access: Access) -> None:
        """Raise NotAllowed, naming what is missing, unless the actor may do it."""
        if self.allows(access):
            return
        access = access.for_keys if self.key_id else access
        details = {"permission": access.permission, "role": access.role, "scopes": list(access.scopes)}
        if access.session_only and self.session_id is None:
            raise SessionRequired("This is for people who have logged in, not for API keys.", details=details)
        if not self._has_rank(access):
            raise NotAllowed(f"This needs the role '{access.role}' or a higher one.", details=details)
        wanted = " or ".join(f"'{scope}'" for scope in access.scopes)
        raise NotAllowed(f"This key lacks the scope {wanted}.", details=details)


def as_stored(actor: Actor) -> dict[str, Any]:
    """An actor with the rights of now, as JSON: for work that goes on later."""
    return {
        "role": str(actor.role),
        "tier": actor.tier,
        "user_id": str(actor.user_id) if actor.user_id else None,
        "key_id": str(actor.key_id) if actor.key_id else None,
        "session_id": str(actor.session_id) if actor.session_id else None,
        "is_owner": actor.is_owner,
        "scopes": sorted(actor.scopes),
    }


def from_stored(tenant_id: UUID, stored: Mapping[str, Any]) -> Actor:
    """The actor that was stored, in its tenant."""
    return Actor(
        tenant_id=tenant_id,
        role=Role(stored["role"]),
        tier=stored["tier"],
        user_id=parse_id(stored["user_id"] or ""),
        key_id=parse_id(stored["key_id"] or ""),
        session_id=parse_id(stored["session_id"] or ""),
        is_owner=stored["is_owner"],
        scopes=frozenset(stored["scopes"]),
    )


def system_actor(tenant_id: UUID) -> Actor:
    """The product at work for a tenant: jobs and schedules."""
    return Actor(tenant_id=tenant_id, role=Role.OWNER, is_owner=True)


def nobody() -> Actor:
    """Who has not said who they are: at work in no tenant, so that no row of any is seen."""
    return Actor(tenant_id=NO_TENANT, role=Role.VIEWER)
