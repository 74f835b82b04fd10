"""What can be wrong with a file that is asked for."""

from aionserver.infra.errors import AionError, NotFound


class FileNotFound(NotFound):
    """No such file in this tenant."""

    code = "FILE_NOT_FOUND"


class AmbiguousId(AionError):
    """A prefix that several files' ids begin with."""

    status = 409
    code = "AMBIGUOUS_ID"


class VariantNotReady(NotFound):
    """The variant is unknown, or not made yet."""

    code = "VARIANT_NOT_FOUND"
