"""What can't be done to one's own account."""

from aionserver.infra.errors import BadRequest, Conflict


class WrongPassword(BadRequest):
    """The current password is another one. Not 401: who is logged in stays so."""

    code = "WRONG_PASSWORD"


class PasswordExists(BadRequest):
    """There is a password already; it is changed, not set."""

    code = "PASSWORD_EXISTS"


class NoPassword(BadRequest):
    """There is no password yet, only another way to log in; it is set first."""

    code = "NO_PASSWORD"


class NotConfirmed(BadRequest):
    """The phrase that confirms it is another one."""

    code = "NOT_CONFIRMED"


class OwnsTenants(Conflict):
    """The person owns tenants that others work in; `details` names them."""

    code = "OWNS_TENANTS"
