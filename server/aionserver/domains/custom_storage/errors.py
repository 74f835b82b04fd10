"""What goes wrong with buckets of tenants."""

from aionserver.infra.errors import AionError, Conflict, InvalidInput, NotConfigured, Unavailable


class BucketNotUsable(InvalidInput):
    """The bucket did not pass the test: the message says what is wrong with address, keys or rights."""

    code = "BUCKET_NOT_USABLE"


class NoBucket(NotConfigured):
    """The tenant has no bucket of its own for new files."""

    code = "CUSTOM_STORAGE_NOT_CONFIGURED"


class BucketChanged(Conflict):
    """The tenant's bucket was changed while files were on their way to it."""

    code = "CUSTOM_STORAGE_CHANGED"


class BucketUnreachable(Unavailable):
    """The tenant's own bucket does not answer at the moment."""

    code = "CUSTOM_STORAGE_UNREACHABLE"


class BucketRefused(AionError):
    """The tenant's own bucket refuses what it allowed when it was configured."""

    status = 502
    code = "CUSTOM_STORAGE_REFUSED"
    retryable = True
