"""What becomes of people, for the nouns that keep something of them."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class AccountDeleted:
    """A person's account has ended: whatever lets them in goes, and what was theirs alone in the tenants they left."""

    user_id: UUID
    tenant_ids: tuple[UUID, ...] = ()
