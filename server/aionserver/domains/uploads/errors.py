"""Why an upload is not taken."""

from aionserver.infra.errors import AionError, InvalidInput, TooLarge


class UnsupportedFormat(InvalidInput):
    """Not a kind of file that can be processed."""

    code = "UNSUPPORTED_FORMAT"


class FileTooLarge(TooLarge):
    """More bytes than a file may have."""

    code = "FILE_TOO_LARGE"


class TooManyFiles(TooLarge):
    """More files than a batch may have."""

    code = "BATCH_TOO_LARGE"


class SessionNotFound(AionError):
    """No such upload session in this tenant."""

    status = 404
    code = "UPLOAD_SESSION_NOT_FOUND"
