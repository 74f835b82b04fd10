"""What goes wrong with keys."""

from aionserver.infra.errors import BadRequest, NotFound


class ApiKeyNotFound(NotFound):
    """The tenant has no such key."""

    code = "API_KEY_NOT_FOUND"


class UnknownScope(BadRequest):
    """A scope that no operation asks for."""

    code = "UNKNOWN_SCOPE"


class ReservedMetadata(BadRequest):
    """Metadata under a name that the server itself fills in."""

    code = "RESERVED_METADATA"
