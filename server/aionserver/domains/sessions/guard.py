"""Guessing passwords is slowed down, in a way that keeps nobody else out.

Three things are counted, whether the e-mail address has an account or not:

- failures for an account from one network: from the 5th on there is a pause of 2, 4, 8 … seconds, at most 15 minutes;
- failures from one network for all accounts, and for an account from all networks that it never logged in from: a
  slow limit of up to a minute, which does not apply to who has logged in to the account from this network before.

A device on which the person has logged in, or opened a link that sets a password, counts by itself, in whatever network
it is: nobody else's failures keep it out, and it keeps nobody else out.

While a slow limit applies, every wrong answer is the same 429, so it tells nothing of who has logged in from where.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aionserver.domains.sessions import queries
from aionserver.domains.sessions.errors import LoginPaused
from aionserver.domains.sessions.tables import LoginFailure
from aionserver.infra.scope import Scope
from aionserver.infra.web.limits import network_of

FORGOTTEN = timedelta(hours=6)
# After so many failures the account's owner is told.
NOTICED = 10


@dataclass(frozen=True)
class Patience:
    """How many failures are free, and how long a pause may get."""

    free: int
    longest_seconds: int

    def pause_seconds(self, failures: int) -> int:
        """The pause after so many failures in a row."""
        if failures <= self.free:
            return 0
        return min(self.longest_seconds, 2 ** min(failures - self.free, 30))

    def pause_minutes(self, failures: int) -> int:
        """The same in minutes, begun ones counted."""
        return -(-self.pause_seconds(failures) // 60)


PAIR = Patience(free=4, longest_seconds=900)
NETWORK = Patience(free=100, longest_seconds=60)
ACCOUNT = Patience(free=30, longest_seconds=60)


@dataclass(frozen=True)
class Attempt:
    """Which account is tried (an e-mail address in lower case), and from where; `device` where that is known."""

    account: str
    network: str
    device: str | None = None

    @property
    def pair(self) -> bytes:
        """What failures for the account from the device, or else from the network, are counted by."""
        if self.device is not None:
            return _subject("device", self.account, self.device)
        return _subject("pair", self.account, self.network)

    @property
    def of_network(self) -> bytes:
        """What failures from the network are counted by."""
        return _subject("network", self.network)

    @property
    def of_account(self) -> bytes:
        """What failures for the account from networks it does not know are counted by."""
        return _subject("account", self.account)


def _subject(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True)
class Standing:
    """How many attempts have failed in a row when this one does; seconds of the slow limit."""

    failures: int
    slow_seconds: float


def paused(seconds: float) -> LoginPaused:
    """The refusal, with the seconds to wait."""
    wait = max(1, round(seconds))
    return LoginPaused(f"Too many log-ins failed: wait {wait} s.", headers={"Retry-After": str(wait)})


async def begin(scope: Scope, attempt: Attempt) -> Standing:
    """Where an attempt stands, which counts as failed until it is forgiven; LoginPaused during a pause."""
    subjects, now = (attempt.pair, attempt.of_network, attempt.of_account), scope.now()
    failures = await queries.count_attempt(
        scope.session, attempt.pair, now, now - FORGOTTEN, PAIR.free, PAIR.longest_seconds
    )
    found = await queries.failures(scope.session, subjects)
    pair, network, account = (found.get(subject) for subject in subjects)
    if failures is None:
        raise paused(_left(pair, PAIR, now))
    return Standing(failures, max(_left(network, NETWORK, now), _left(account, ACCOUNT, now)))


def _left(row: LoginFailure | None, patience: Patience, now: datetime) -> float:
    if row is None or row.last_at < now - FORGOTTEN:
        return 0.0
    return (row.last_at - now).total_seconds() + patience.pause_seconds(row.failures)


async def is_known(scope: Scope, user_id: UUID, attempt: Attempt) -> bool:
    """Whether the person has logged in from the attempt's device or network before."""
    networks = {network_of(place) for place in await queries.places(scope.session, user_id)}
    return attempt.device is not None or attempt.network in networks


async def fail(scope: Scope, attempt: Attempt, standing: Standing, *, is_known: bool) -> bool:
    """An attempt did fail; whether the account's owner is to be told.

    Under a slow limit it does not count for that, or nobody could ever outwait it.
    """
    if standing.slow_seconds <= 0:
        subjects = [attempt.of_network] if is_known else [attempt.of_network, attempt.of_account]
        await queries.count_failures(scope.session, subjects, scope.now(), scope.now() - FORGOTTEN)
    return standing.failures == NOTICED


async def forgive(scope: Scope, attempt: Attempt, *, whole_account: bool = False) -> None:
    """Who got in, or set a new password (`whole_account`), starts afresh."""
    subjects = [attempt.pair, attempt.of_account] if whole_account else [attempt.pair]
    await queries.clear_failures(scope.session, subjects)
