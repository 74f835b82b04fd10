"""Signing in with an identity, linking one to an account, and unlinking it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aionserver.domains.accounts import service as accounts
from aionserver.domains.accounts.events import AccountDeleted
from aionserver.domains.accounts.service import User
from aionserver.domains.google_sign_in import queries
from aionserver.domains.google_sign_in.errors import (
    AccountExists,
    EmailNotVerified,
    IdentityTaken,
    LastSignIn,
    OtherIdentity,
    SignInExpired,
)
from aionserver.domains.google_sign_in.provider import Identity, Proof, new_proof
from aionserver.domains.google_sign_in.tables import LinkedIdentity, SignInAttempt
from aionserver.domains.mail import service as mail
from aionserver.domains.sessions import service as sessions
from aionserver.infra.actors import Actor
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import NotAllowed
from aionserver.infra.scope import Scope
from aionserver.infra.sealing import seal, unseal
from aionserver.kit.tokens import fingerprint, new_token

ATTEMPT_LIFETIME = timedelta(minutes=10)
STATE_PREFIX, BROWSER_PREFIX = "state_", "browser_"


@dataclass(frozen=True)
class Attempt:
    """A sign-in under way: what goes to the provider (`state`, `proof`), and what stays in the browser (`browser`)."""

    state: str
    browser: str
    proof: Proof


@dataclass(frozen=True)
class SignedIn:
    """A person and their new session."""

    user: User
    begun: sessions.Begun


@dataclass(frozen=True)
class Taken:
    """A sign-in that came back: its proof, and what it was begun for, by whom and in which session."""

    proof: Proof
    user_id: UUID | None
    session_id: UUID | None
    remember: bool


async def begin(scope: Scope, person: Actor | None, *, remember: bool) -> Attempt:
    """A new sign-in; to link the identity to the person, where one is named."""
    attempt = Attempt(new_token(STATE_PREFIX), new_token(BROWSER_PREFIX), new_proof())
    proof = f"{attempt.proof.verifier} {attempt.proof.nonce}".encode()
    row = SignInAttempt(
        state_hash=fingerprint(attempt.state),
        browser_hash=fingerprint(attempt.browser),
        sealed_proof=seal(scope.infra.secret, attempt.state, proof),
        user_id=person.user_id if person else None,
        session_id=person.session_id if person else None,
        is_remembered=remember,
        expires_at=scope.now() + ATTEMPT_LIFETIME,
    )
    queries.add_row(scope.session, row)
    await queries.forget_attempts(scope.session, scope.now() - ATTEMPT_LIFETIME)
    return attempt


async def take(scope: Scope, state: str, browser: str) -> Taken:
    """The sign-in that this browser began; it can't be taken again."""
    row = await queries.take_attempt(scope.session, fingerprint(state), fingerprint(browser), scope.now())
    if row is None:
        raise SignInExpired("This sign-in has expired or was begun in another browser: begin again.")
    verifier, nonce = unseal(scope.infra.secret, state, row.sealed_proof).decode().split(" ")
    return Taken(Proof(verifier, nonce), row.user_id, row.session_id, row.is_remembered)


async def sign_in(scope: Scope, identity: Identity, *, remember: bool) -> SignedIn:
    """A session of the person behind the identity, who may be new.

    AccountExists for an address whose account has a password: whoever made it may not be who has the address.
    OtherIdentity for one whose account is another identity's: an address may pass to somebody else.
    """
    user = await _known_user(scope, identity) or await _by_email(scope, identity)
    return SignedIn(user, await sessions.log_in(scope, user, event_type="auth.oauth_login", remember=remember))


async def link(scope: Scope, user_id: UUID, identity: Identity, session_id: UUID | None) -> User:
    """The person, who can sign in with the identity from now on; SignInExpired when their session is over by now.

    Whoever ends a session that was stolen ends what the thief began in it, too.
    """
    user = await accounts.get_user(scope.session, user_id, locked=True)
    if session_id is None or not await sessions.is_live(scope, session_id):
        raise SignInExpired("The session in which this was begun is over: log in and begin again.")
    known = await queries.identity(scope.session, identity.issuer, identity.subject)
    if known is not None and known.user_id != user.id:
        raise IdentityTaken("This Google account is linked to another account here.")
    if known is None:
        _link(scope, user, identity)
        await _tell(scope, user, "auth.provider_linked", "link")
        subject, text = mail.texts.identity_linked(user.name, identity.email, scope.now())
        await mail.send(scope, "identity_linked", user.email, subject, text)
    return user


async def unlink(scope: Scope, user_id: UUID) -> User:
    """The person, who signs in with a password only from now on; LastSignIn when there is none."""
    user = await accounts.get_user(scope.session, user_id, locked=True)
    if user.password_hash is None:
        raise LastSignIn("Set a password first: without one you could not log in any more.")
    if await queries.remove_identities(scope.session, user.id):
        await _tell(scope, user, "auth.provider_unlinked", "unlink")
    return user


async def _tell(scope: Scope, user: User, event_type: str, action: str) -> None:
    """The audit log of the person's organisation: by a browser that comes back nobody has entered one yet."""
    found = await accounts.memberships_of(scope.session, user.id)
    if found:
        there = await scope.acting_as(await accounts.actor_of(scope.session, found[0], scope.actor.session_id))
        await there.publish(Audited(event_type, action, "user", str(user.id), details={"provider": "google"}))


async def forget_person(scope: Scope, event: object) -> None:
    """Unlink who has deleted their account."""
    assert isinstance(event, AccountDeleted)
    await queries.remove_identities(scope.session, event.user_id)


async def _known_user(scope: Scope, identity: Identity) -> User | None:
    known = await queries.identity(scope.session, identity.issuer, identity.subject)
    if known is None:
        return None
    user = await accounts.get_user(scope.session, known.user_id, locked=True)
    if not user.is_active:
        raise NotAllowed("This account can't be used any more.")
    return user


async def _by_email(scope: Scope, identity: Identity) -> User:
    """The account with the identity's address, or a new one, linked to the identity."""
    if not identity.is_email_verified:
        raise EmailNotVerified("Google has not verified this e-mail address.")
    await sessions.claim_address(scope, accounts.normal_email(identity.email))
    user = await accounts.find_user(scope.session, identity.email)
    if user is None:
        user = await _new_user(scope, identity)
    elif user.password_hash is not None:
        raise AccountExists("This address has an account with a password: send it once to link the two.")
    elif await queries.identities_of(scope.session, user.id):
        raise OtherIdentity("This address has an account that is entered by another Google account.")
    if not user.is_active:
        raise NotAllowed("This account can't be used any more.")
    user.email_verified_at = user.email_verified_at or scope.now()
    _link(scope, user, identity)
    return user


async def _new_user(scope: Scope, identity: Identity) -> User:
    if not scope.infra.settings.open_registration:
        raise NotAllowed("This server takes no registrations: ask a member for an invitation.")
    return await accounts.create_user(scope.session, identity.email, identity.name)


def _link(scope: Scope, user: User, identity: Identity) -> None:
    row = LinkedIdentity(user_id=user.id, issuer=identity.issuer, subject=identity.subject, email=identity.email)
    queries.add_row(scope.session, row)
