"""What is asked of the messages to support."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from aionserver.domains.support.tables import SupportMessage
from aionserver.infra.database import Session


def add(session: Session, message: SupportMessage) -> None:
    """Keep a message."""
    session.add(message)


async def newest(session: Session, most: int) -> Sequence[SupportMessage]:
    """The newest messages."""
    return (await session.scalars(select(SupportMessage).order_by(SupportMessage.id.desc()).limit(most))).all()


async def forget(session: Session, before: datetime) -> None:
    """Messages older than a moment are no more."""
    await session.execute(delete(SupportMessage).where(SupportMessage.created_at < before))
