"""What can happen to a letter."""

from aionserver.infra.errors import AionError, Unavailable


class MailNotSent(Unavailable):
    """The mail server can't be reached, or takes the letter later."""

    code = "MAIL_NOT_SENT"


class MailRefused(AionError):
    """The mail server does not take the letter, now or later."""

    status = 502
    code = "MAIL_REFUSED"
