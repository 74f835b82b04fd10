"""What can be wrong with logging in and with links."""

from aionserver.infra.errors import BadRequest, NotAllowed, NotAuthenticated, RateLimited


class InvalidCredentials(NotAuthenticated):
    """E-mail address and password do not belong together, or the address is not confirmed; which, is not told."""

    code = "INVALID_CREDENTIALS"


class LoginPaused(RateLimited):
    """Too many log-ins failed: `Retry-After` says when the next one is looked at."""

    code = "LOGIN_PAUSED"


class RegistrationClosed(NotAllowed):
    """People come to this server by invitation only."""

    code = "REGISTRATION_CLOSED"


class InvalidLink(BadRequest):
    """The token of a link is unknown, was used, was replaced by a newer one, or has expired."""

    code = "INVALID_LINK"


class CurrentSession(BadRequest):
    """The session that the request came with is ended by logging out."""

    code = "CURRENT_SESSION"
