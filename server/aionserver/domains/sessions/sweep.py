"""What is over is forgotten after a while."""

from datetime import timedelta

from aionserver.domains.sessions import queries
from aionserver.infra.database import open_session
from aionserver.infra.scope import Infra

# From where people have logged in is known by their sessions, also by those that are over.
SESSIONS_KEPT = timedelta(days=90)
LINKS_KEPT = timedelta(days=7)
UNCONFIRMED_KEPT = timedelta(days=7)
FAILURES_KEPT = timedelta(days=1)


async def forget_old(infra: Infra) -> None:
    """Forget sessions, links and failures that are over, and registrations that nobody confirmed."""
    now = infra.clock()
    async with open_session(infra.engine) as session, session.begin():
        await queries.forget_sessions(session, now - SESSIONS_KEPT)
        await queries.forget_tokens(session, now - LINKS_KEPT)
        await queries.forget_failures(session, now - FAILURES_KEPT)
        await queries.forget_registrations(session, now - UNCONFIRMED_KEPT)
