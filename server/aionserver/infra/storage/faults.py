"""What goes wrong in a store, in the server's own errors."""

import errno
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from obstore.exceptions import BaseError

from aionserver.infra.errors import AionError, NotFound, OutOfStorage, Unavailable
from aionserver.infra.storage.refusals import names_no_bucket

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
FULL = (errno.ENOSPC, errno.EDQUOT)


class ObjectNotFound(NotFound):
    """No object is stored under the key."""

    code = "OBJECT_NOT_FOUND"


async def translated(work: Awaitable[Result], told: Callable[[Exception], AionError] | None = None) -> Result:
    """The result of a store's work; its errors as ours, by `told` where the store has words of its own for them."""
    try:
        return await work
    except FileNotFoundError as error:
        if told is not None and names_no_bucket(error):
            raise told(error) from error
        raise ObjectNotFound("The stored object is gone.") from None
    except (BaseError, OSError) as error:
        raise (told or fault)(error) from error


def fault(error: Exception) -> AionError:
    """What callers are told; the store's own words name places and accounts, and go to the log only."""
    log.error("storage_failed", error=str(error).splitlines()[0])
    if _is_full(error):
        return OutOfStorage("The storage is full.", headers={"Retry-After": "60"})
    return Unavailable("The object storage did not do as asked; try again.", headers={"Retry-After": "1"})


def _is_full(error: Exception) -> bool:
    number = error.errno if isinstance(error, OSError) else None
    return number in FULL or any(f"os error {full})" in str(error) for full in FULL)
