"""Letters: written into the outbox with what they are about, sent by a job, kept for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from aionserver.domains.mail import queries, texts
from aionserver.domains.mail.delivery import check_smtp, deliver
from aionserver.domains.mail.errors import MailNotSent, MailRefused
from aionserver.domains.mail.letters import Body, Letter, one_line
from aionserver.domains.mail.tables import OutboxMail
from aionserver.infra.database import Session, open_session, raw_connection
from aionserver.infra.errors import InvalidInput
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.scope import Infra, Scope
from aionserver.infra.sealing import SealBroken, seal, unseal
from aionserver.kit.addresses import is_address
from aionserver.kit.ids import new_id

__all__ = ["check_smtp", "texts"]
SEND = "mail.send"
# Links in letters are of use for about so long.
USEFUL = timedelta(days=1)
KEPT_UNSENT = timedelta(days=7)
KEPT_SENT = timedelta(days=30)
# Resumed at a time.
PAGE = 1000
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class OutboxStatus:
    """How the outbox stands. Without a mail server (`configured` False) letters wait for the operator to read them.

    `pending` wait to be sent, `failed` were given up and are not a week old.
    """

    configured: bool
    pending: int
    sent_last_day: int
    failed: int
    oldest_pending_seconds: float | None


@dataclass(frozen=True)
class MailListing:
    """A letter as the operator sees it; `text` and `link` are None once it was sent."""

    created_at: datetime
    recipient: str
    subject: str
    state: str
    last_error: str | None
    text: str | None
    link: str | None


async def send(
    scope: Scope,
    kind: str,
    recipient: str,
    subject: str,
    text: str,
    link: str | None = None,
    *,
    reply_to: str | None = None,
) -> UUID:
    """Write a letter and the job that sends it: it goes out if and only if the scope's transaction commits.

    `link` is the one in the text, if any. InvalidInput when the recipient is no e-mail address.
    """
    if not is_address(recipient) or (reply_to is not None and not is_address(reply_to)):
        raise InvalidInput.field("email", "must be an e-mail address")
    mail_id, body = new_id(), Body(text=text, link=link, reply_to=reply_to)
    mail = OutboxMail(id=mail_id, kind=kind, recipient=recipient, subject=one_line(subject), created_at=scope.now())
    mail.sealed_body = seal(scope.infra.secret, _purpose(mail_id), body.model_dump_json().encode())
    queries.add(scope.session, mail)
    await scope.defer([_job(mail_id)])
    return mail_id


def _purpose(mail_id: UUID) -> str:
    return f"mail:{mail_id}"


def _job(mail_id: UUID) -> JobRequest:
    return JobRequest(SEND, {"mail_id": str(mail_id)}, queue="maintenance")


async def send_waiting(infra: Infra, mail_id: UUID) -> None:
    """Send a letter that is still to be sent; MailNotSent when it may be tried again.

    Whoever is killed between the mail server's word and the commit sends it twice, under one Message-ID.
    """
    async with infra.locks.hold(_purpose(mail_id)) as is_free:
        if not is_free:
            return
        async with open_session(infra.engine) as session:
            mail = await queries.waiting(session, mail_id)
        if mail is not None:
            await _send(infra, mail)


async def _send(infra: Infra, mail: OutboxMail) -> None:
    try:
        letter = Letter(mail.id, mail.recipient, mail.subject, _body(infra.secret, mail), mail.created_at)
        if infra.settings.smtp_url is None:
            _tell_operator(letter)
            return
        await deliver(infra.settings, letter)
    except MailNotSent as error:
        await _record_failure(infra, mail, error.message, given_up_at=None)
        raise
    except (MailRefused, SealBroken) as error:
        log.warning("mail_refused", recipient=mail.recipient, kind=mail.kind, error=error.message)
        await _record_failure(infra, mail, error.message, given_up_at=infra.clock())
        return
    async with open_session(infra.engine) as session, session.begin():
        await queries.record_sent(session, mail.id, infra.clock())


def _tell_operator(letter: Letter) -> None:
    said = {"link": letter.body.link} if letter.body.link else {"text": letter.body.text}
    log.warning("mail_not_configured", recipient=letter.recipient, subject=letter.subject, **said)


async def _record_failure(infra: Infra, mail: OutboxMail, error: str, given_up_at: datetime | None) -> None:
    async with open_session(infra.engine) as session, session.begin():
        await queries.record_failure(session, mail.id, error, given_up_at)


def _body(secret: bytes, mail: OutboxMail) -> Body:
    return Body.model_validate_json(unseal(secret, _purpose(mail.id), mail.sealed_body or b""))


async def resume_waiting(scope: Scope) -> int:
    """Write a job anew for letters that wait and have none, unless they are too old to be of use; how many."""
    found = await queries.waiting_ids(scope.session, scope.now() - USEFUL, PAGE)
    names = [str(one) for one in found]
    busy = await scope.infra.jobs.having_jobs(await raw_connection(scope.session), SEND, "mail_id", names)
    idle = [one for one in found if str(one) not in busy]
    await scope.defer([_job(one) for one in idle])
    return len(idle)


async def forget_old(infra: Infra) -> None:
    """Give up letters that nobody needs any more, and forget those that have served their time."""
    now = infra.clock()
    async with open_session(infra.engine) as session, session.begin():
        await queries.give_up_old(session, now - USEFUL, now)
        await queries.forget(session, sent_before=now - KEPT_SENT, written_before=now - KEPT_UNSENT)


async def outbox_status(infra: Infra) -> OutboxStatus:
    """How many letters wait, were sent and failed."""
    now = infra.clock()
    async with open_session(infra.engine) as session:
        counts = await queries.counts(session, now)
    age = (now - counts.oldest_pending_at).total_seconds() if counts.oldest_pending_at else None
    return OutboxStatus(
        configured=infra.settings.smtp_url is not None,
        pending=counts.pending,
        sent_last_day=counts.sent_last_day,
        failed=counts.failed,
        oldest_pending_seconds=age,
    )


async def list_mails(session: Session, secret: bytes, most: int, *, with_sent: bool) -> Sequence[MailListing]:
    """The newest letters for the operator, with what they say."""
    return [_listing(secret, mail) for mail in await queries.newest(session, most, with_sent=with_sent)]


def _listing(secret: bytes, mail: OutboxMail) -> MailListing:
    error = mail.last_error
    body: Body | None = None
    try:
        body = _body(secret, mail) if mail.sealed_body else None
    except SealBroken as broken:
        error = broken.message
    return MailListing(
        created_at=mail.created_at,
        recipient=mail.recipient,
        subject=mail.subject,
        state="sent" if mail.sent_at else "given up" if mail.given_up_at else "waiting",
        last_error=error,
        text=body.text if body else None,
        link=body.link if body else None,
    )
