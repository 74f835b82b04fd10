"""Who acts, and what they may do: roles form a ladder, scopes narrow a key further."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from aionserver.infra.errors import NotAllowed


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
    """What an operation asks for; also the scopes a key may be limited to."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


NEEDED_ROLE = {Permission.READ: Role.VIEWER, Permission.WRITE: Role.EDITOR, Permission.ADMIN: Role.ADMIN}


@dataclass(frozen=True)
class Actor:
    """A person, a key or the system itself, at work in one tenant."""

    tenant_id: UUID
    role: Role
    tier: str = "enterprise"
    user_id: UUID | None = None
    key_id: UUID | None = None
    scopes: frozenset[str] = field(default_factory=frozenset[str])

    def allows(self, permission: Permission) -> bool:
        """Whether role and scopes both permit it; a key without scopes has its role's."""
        if self.role.rank < NEEDED_ROLE[permission].rank:
            return False
        return not self.scopes or any(
            scope in self.scopes for scope in Permission if NEEDED_ROLE[scope].rank >= NEEDED_ROLE[permission].rank
        )

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed unless the actor may do it."""
        if not self.allows(permission):
            raise NotAllowed(f"This needs the permission '{permission}'.", details={"permission": permission})


def system_actor(tenant_id: UUID) -> Actor:
    """The product at work for a tenant: jobs and schedules."""
    return Actor(tenant_id=tenant_id, role=Role.OWNER)
