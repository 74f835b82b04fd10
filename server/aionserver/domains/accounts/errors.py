"""What can be wrong with an account."""

from aionserver.infra.errors import Conflict


class EmailTaken(Conflict):
    """Somebody has this e-mail address. Never shown to who is not logged in."""

    code = "EMAIL_TAKEN"
