"""Why an upload is not taken."""

from aionserver.infra.errors import AionError, BadRequest, Conflict, InvalidInput, NotFound, RateLimited, TooLarge


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


class SessionOver(BadRequest):
    """The upload session has nothing left to cancel."""

    code = "UPLOAD_SESSION_OVER"


class UploadNotFound(NotFound):
    """No such presigned upload in this tenant, or it has expired."""

    code = "UPLOAD_NOT_FOUND"


class UploadNotArrived(Conflict):
    """A presigned upload was confirmed before its bytes were put."""

    code = "UPLOAD_NOT_ARRIVED"


class UploadBeingConfirmed(Conflict):
    """Another request is confirming the same upload, and takes long."""

    code = "UPLOAD_BEING_CONFIRMED"


class SizeMismatch(InvalidInput):
    """The bytes that arrived are more or fewer than the confirmation says."""

    code = "SIZE_MISMATCH"


class ChecksumMismatch(InvalidInput):
    """The bytes that arrived are not those that the confirmation has the checksum of."""

    code = "CHECKSUM_MISMATCH"


class TooManyOpen(RateLimited):
    """More presigned uploads wait to be confirmed than a tenant may have at a time."""

    code = "OPEN_UPLOAD_LIMIT"
