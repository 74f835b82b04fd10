"""What is asked of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update

from aionserver.domains.mail.tables import OutboxMail
from aionserver.infra.database import Session

WAITING = and_(OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None))
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Counts:
    """How many letters wait, were sent within a day, and were given up."""

    pending: int
    sent_last_day: int
    failed: int
    oldest_pending_at: datetime | None


async def counts(session: Session, now: datetime) -> Counts:
    """How the outbox stands."""
    found = await session.execute(
        select(
            func.count().filter(WAITING),
            func.count().filter(OutboxMail.sent_at > now - DAY),
            func.count().filter(OutboxMail.given_up_at.is_not(None)),
            func.min(OutboxMail.created_at).filter(WAITING),
        )
    )
    return Counts(*found.one())


def add(session: Session, mail: OutboxMail) -> None:
    """Write a letter."""
    session.add(mail)


async def waiting(session: Session, mail_id: UUID) -> OutboxMail | None:
    """The letter, when it is still to be sent."""
    return await session.scalar(select(OutboxMail).where(OutboxMail.id == mail_id, WAITING))


async def waiting_ids(session: Session, since: datetime, most: int) -> Sequence[UUID]:
    """The oldest letters to be sent that were written since a moment."""
    query = select(OutboxMail.id).where(WAITING, OutboxMail.created_at > since)
    return (await session.scalars(query.order_by(OutboxMail.created_at).limit(most))).all()


async def newest(session: Session, most: int, *, with_sent: bool) -> Sequence[OutboxMail]:
    """The newest letters, also those that were sent if wanted."""
    query = select(OutboxMail).order_by(OutboxMail.id.desc()).limit(most)
    return (await session.scalars(query if with_sent else query.where(OutboxMail.sent_at.is_(None)))).all()


async def record_sent(session: Session, mail_id: UUID, now: datetime) -> None:
    """The letter is sent: what it said is erased."""
    values = {"sent_at": now, "sealed_body": None, "last_error": None, "attempts": OutboxMail.attempts + 1}
    await session.execute(update(OutboxMail).where(OutboxMail.id == mail_id).values(values))


async def record_failure(session: Session, mail_id: UUID, error: str, given_up_at: datetime | None) -> None:
    """A try failed, perhaps for good."""
    values = {"last_error": error, "given_up_at": given_up_at, "attempts": OutboxMail.attempts + 1}
    await session.execute(update(OutboxMail).where(OutboxMail.id == mail_id).values(values))


async def give_up_old(session: Session, before: datetime, now: datetime) -> None:
    """Letters written before a moment are not sent any more."""
    query = update(OutboxMail).where(WAITING, OutboxMail.created_at < before)
    error = func.coalesce(OutboxMail.last_error, "It was not sent within a day.")
    await session.execute(query.values(given_up_at=now, last_error=error))


async def forget(session: Session, *, sent_before: datetime, written_before: datetime) -> None:
    """Letters that were sent, and others that were written, before a moment are no more."""
    unsent = and_(OutboxMail.sent_at.is_(None), OutboxMail.created_at < written_before)
    await session.execute(delete(OutboxMail).where(or_(OutboxMail.sent_at < sent_before, unsent)))
