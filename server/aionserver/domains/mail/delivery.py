"""Handing letters to the mail server, and what its refusals mean."""

import asyncio
from contextlib import suppress

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPNotSupported, SMTPRecipientsRefused

from aionserver.domains.mail.errors import MailNotSent, MailRefused
from aionserver.domains.mail.letters import Letter, message_of, one_line
from aionserver.infra.errors import NotConfigured
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.kit.addresses import parse_sender
from aionserver.kit.smtp_urls import parse_smtp_url

STEP_SECONDS = 30.0
# For all steps: a server that answers a byte at a time would stay within the time of each.
PATIENCE_SECONDS = 60.0
CHECK_SECONDS = 10.0
PARTING_SECONDS = 2.0
LONGEST_ERROR = 500
FAULTS = (SMTPException, OSError)


def _connection(settings: Settings) -> SMTP:
    """A connection to the mail server, not yet opened; NotConfigured when there is none."""
    if settings.smtp_url is None:
        raise NotConfigured.setting("AIONVISION_SMTP_URL", "E-mail")
    server = parse_smtp_url(settings.smtp_url.get_secret_value())
    return SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        timeout=STEP_SECONDS,
        use_tls=server.is_tls,
        # None: where the server offers it. It need not prove who it is then, for else it would get the same in clear.
        start_tls=False if server.is_tls else True if server.must_encrypt else None,
        validate_certs=server.must_encrypt,
    )


async def deliver(settings: Settings, letter: Letter) -> None:
    """Hand the letter to the mail server; MailRefused when it never takes it, MailNotSent when it may later."""
    connection, mail_from = _connection(settings), settings.mail_from or ""
    sender = parse_sender(mail_from)[1]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await connection.connect()
            await connection.send_message(message_of(letter, mail_from), sender=sender, recipients=[letter.recipient])
    except FAULTS as error:
        raise (MailRefused if _is_final(error) else MailNotSent)(_sentence(error)) from error
    finally:
        await _part(connection)


async def check_smtp(infra: Infra) -> str | None:
    """What keeps the mail server from taking letters; None when it can be reached and knows us.

    NotConfigured when there is none.
    """
    connection = _connection(infra.settings)
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await connection.connect()
            await connection.noop()
    except FAULTS as error:
        return _sentence(error)
    finally:
        await _part(connection)
    return None


async def _part(connection: SMTP) -> None:
    """Take leave. What goes wrong here is no matter: the server has said by now whether it has the letter."""
    with suppress(*FAULTS):
        if connection.is_connected:
            await connection.quit(timeout=PARTING_SECONDS)
    connection.close()


def _is_final(error: Exception) -> bool:
    """Whether the refusal is of this letter, for good; one of our login or address ends when the settings change."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(one.code >= 500 for one in error.recipients)
    if isinstance(error, SMTPDataError):
        return error.code >= 500
    return isinstance(error, SMTPNotSupported)


def _sentence(error: Exception) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    text = str(getattr(error, "message", "") or error) or "The mail server took too long."
    code = getattr(error, "code", None)
    return one_line(f"{code} {text}" if isinstance(code, int) else text, LONGEST_ERROR)
