"""A person's own account: what it shows, what it keeps, and where it is logged in."""

from aionserver.domains.accounts import service as accounts
from aionserver.domains.accounts.service import User
from aionserver.domains.sessions import service as sessions
from aionserver.domains.users.schemas import SessionResponse, UserProfileResponse, UserProfileUpdate
from aionserver.infra.auditing import Audited
from aionserver.infra.scope import Scope


async def read_profile(scope: Scope) -> UserProfileResponse:
    """The person; of a key, who made it. NotFound when nobody did."""
    return _shown(await accounts.get_user(scope.session, scope.actor.user_id))


async def change_profile(scope: Scope, wanted: UserProfileUpdate) -> UserProfileResponse:
    """The person as they are then."""
    user = await accounts.get_user(scope.session, scope.actor.user_id, locked=True)
    given = wanted.model_dump(include=wanted.model_fields_set, exclude_none=True)
    changes = {name: (old, value) for name, value in given.items() if (old := getattr(user, name)) != value}
    for name, (_, value) in changes.items():
        setattr(user, name, value)
    await scope.publish(Audited("user.updated", "update", "user", str(user.id), changes=changes))
    return _shown(user)


def _shown(user: User) -> UserProfileResponse:
    return UserProfileResponse(
        id=str(user.id),
        email=user.email,
        name=user.name,
        is_active=user.is_active,
        email_verified=user.email_verified_at is not None,
        created_at=user.created_at,
        last_login_at=user.last_login_at,
        preferences=user.preferences,
    )


async def list_sessions(scope: Scope) -> list[SessionResponse]:
    """Where the person is logged in, the last used first."""
    return [
        SessionResponse(
            id=str(row.id),
            user_agent=row.user_agent,
            ip_address=row.address,
            created_at=row.created_at,
            last_activity_at=row.last_active_at,
            expires_at=row.expires_at,
            is_current=row.id == scope.actor.session_id,
        )
        for row in await sessions.list_sessions(scope)
    ]


async def end_other_sessions(scope: Scope) -> None:
    """End all sessions of the person but the one that asks."""
    user = await accounts.get_user(scope.session, scope.actor.user_id)
    ended = await sessions.end_all(scope, user.id, but=scope.actor.session_id)
    details = {"sessions_ended": ended}
    await scope.publish(Audited("auth.logout", "logout_others", "user", str(user.id), details=details))
