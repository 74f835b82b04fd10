"""Freed memory goes back, and what lasts is left alone by the garbage collector."""

import gc
import platform
import subprocess
import sys

import pytest

from aionserver.infra import heap

# Blocks too small to be mapped one by one; the last one keeps the heap from shrinking by itself.
FREED = """
import ctypes
from pathlib import Path
from aionserver.infra import heap

def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
blocks = [libc.malloc(60_000) for _ in range(2_000)]
for block in blocks:
    ctypes.memset(block, 1, 60_000)
for block in blocks[:-1]:
    libc.free(block)
before = resident_bytes()
heap.trim()
print(before - resident_bytes())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep little")
def test_freed_memory_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) > 100_000_000


def test_what_is_made_to_last_is_not_looked_at_again() -> None:
    with heap.lasting():
        assert not gc.isenabled()
        lasting: list[list[int]] = [[]]
    assert gc.isenabled()
    assert not any(one is lasting for one in gc.get_objects())
    gc.unfreeze()
    assert any(one is lasting for one in gc.get_objects())


def test_the_collector_works_again_after_a_fault() -> None:
    with pytest.raises(ZeroDivisionError), heap.lasting():
        _ = 1 / 0
    assert gc.isenabled()
    gc.unfreeze()
