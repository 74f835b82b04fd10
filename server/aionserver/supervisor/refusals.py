"""Why serving cannot begin."""

from aionserver.infra.errors import Conflict


class ServeRefused(Conflict):
    """The data folder or the port cannot be had; the message says what to do."""

    code = "SERVE_REFUSED"
