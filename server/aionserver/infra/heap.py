"""The process's heap: freed memory goes back to the system, lasting objects are left alone by the collector."""

import ctypes
import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager


def trim() -> None:
    """Give freed memory back; a few milliseconds, and nothing where the C library has no such call.

    glibc keeps what a network's run has freed, in the heap of every thread, for the run after it.
    """
    if _malloc_trim is not None:
        _malloc_trim(0)


@contextmanager
def lasting() -> Generator[None]:
    """What is made within, such as imported modules, is never looked at by the garbage collector.

    Looking again and again is a sixth of the time of a start, and a pause of each full collection later.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


_malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
