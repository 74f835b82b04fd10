"""Messages to support: kept, and passed on by e-mail where it is set up."""

from collections.abc import Sequence
from datetime import timedelta

from aionserver.domains.mail import service as mail
from aionserver.domains.support import queries
from aionserver.domains.support.schemas import ContactRequest, ContactResponse
from aionserver.domains.support.tables import SupportMessage
from aionserver.infra.database import Session, open_session
from aionserver.infra.scope import Infra, Scope

KEPT = timedelta(days=365)
PASSED_ON = "Thank you. Your message is kept, and is being sent to those who run this server."
KEPT_ONLY = (
    "Thank you. Your message is kept where those who run this server can read it; it is not sent to them by e-mail."
)


async def contact(scope: Scope, sent: ContactRequest) -> ContactResponse:
    """Keep a message, and send it to whoever is named by AIONVISION_SUPPORT_EMAIL; the answer says which of it is done.

    The writer gets no copy: the form could send anything to anybody.
    """
    message = SupportMessage(created_at=scope.now(), **sent.model_dump())
    queries.add(scope.session, message)
    settings = scope.infra.settings
    if settings.support_email is None or settings.smtp_url is None:
        return ContactResponse(success=True, message=KEPT_ONLY)
    subject, text = mail.texts.support_copy(sent.name, sent.email, sent.subject, sent.message)
    await mail.send(scope, "support_copy", settings.support_email, subject, text, reply_to=sent.email)
    return ContactResponse(success=True, message=PASSED_ON)


async def list_messages(session: Session, most: int) -> Sequence[SupportMessage]:
    """The newest messages, for the operator."""
    return await queries.newest(session, most)


async def forget_old(infra: Infra) -> None:
    """Forget messages that are a year old."""
    async with open_session(infra.engine) as session, session.begin():
        await queries.forget(session, infra.clock() - KEPT)
