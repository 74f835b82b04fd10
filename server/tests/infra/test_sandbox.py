"""The sandbox bounds what runs in it, says what went wrong, and goes on."""

import asyncio
import ctypes
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aionserver.infra.sandbox import Sandbox
from aionserver.infra.sandbox_errors import (
    SandboxCrashed,
    SandboxError,
    SandboxOutOfMemory,
    SandboxTimeout,
    SandboxUnavailable,
)
from aionserver.infra.sandbox_wire import packed, untrusted
from aionserver.kit.picture_faults import CorruptPicture, UnsupportedPicture
from aionserver.kit.pictures import derive

MEBIBYTE = 1 << 20
HOARD = "import sys; sys.hoard = b'x' * (64 << 20)"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(memory_bytes=256 * MEBIBYTE) as made:
        yield made


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def gone(pid: int) -> bool:
    """Whether the process ends within five seconds."""
    for _ in range(100):
        if not is_alive(pid):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_function_runs_in_another_process_and_gives_its_result(sandbox: Sandbox) -> None:
    assert await sandbox.run(os.getpid, timeout_seconds=5) != os.getpid()
    assert await sandbox.run(divmod, 17, 5, timeout_seconds=5) == (3, 2)


async def test_the_child_stays_warm_between_jobs(sandbox: Sandbox) -> None:
    first = await sandbox.run(os.getpid, timeout_seconds=5)
    assert await sandbox.run(os.getpid, timeout_seconds=5) == first


async def test_a_large_array_comes_back_whole_and_writable(sandbox: Sandbox) -> None:
    array = await sandbox.run(np.full, (1500, 2000, 3), 7, np.uint8, timeout_seconds=10)
    assert array.shape == (1500, 2000, 3)
    assert (array == 7).all()
    array[0] = 1


async def test_a_large_argument_arrives_whole(sandbox: Sandbox) -> None:
    assert await sandbox.run(len, bytes(20 * MEBIBYTE), timeout_seconds=10) == 20 * MEBIBYTE


async def test_a_job_that_takes_too_long_is_killed_and_the_next_one_runs(sandbox: Sandbox) -> None:
    pid = await sandbox.run(os.getpid, timeout_seconds=5)
    started = time.monotonic()
    with pytest.raises(SandboxTimeout) as caught:
        await sandbox.run(time.sleep, 60, timeout_seconds=0.2)
    assert time.monotonic() - started < 3
    assert caught.value.code == "timeout"
    assert not is_alive(pid)
    assert await sandbox.run(abs, -1, timeout_seconds=5) == 1


async def test_a_job_stuck_in_native_code_is_killed_too(sandbox: Sandbox) -> None:
    # Raising a large number to a large power never gives the interpreter back.
    with pytest.raises(SandboxTimeout):
        await sandbox.run(pow, 10**6, 10**8, timeout_seconds=0.2)
    assert await sandbox.run(abs, -1, timeout_seconds=5) == 1


@pytest.mark.parametrize(
    "function, arguments", [(os.abort, ()), (os._exit, (0,)), (ctypes.string_at, (0,)), (sys.exit, (3,))]
)
async def test_a_crash_is_an_error_and_the_next_job_runs(
    sandbox: Sandbox, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(SandboxCrashed) as caught:
        await sandbox.run(function, *arguments, timeout_seconds=5)
    assert caught.value.code == "corrupt_file"
    assert await sandbox.run(abs, -1, timeout_seconds=5) == 1


async def test_too_much_memory_is_an_error_and_the_next_job_runs(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxOutOfMemory) as caught:
        await sandbox.run(bytearray, 400 * MEBIBYTE, timeout_seconds=5)
    assert (caught.value.code, "256 MiB" in caught.value.message) == ("too_large", True)
    assert await sandbox.run(bytearray, 8 * MEBIBYTE, timeout_seconds=5) == bytearray(8 * MEBIBYTE)


def test_a_file_is_at_fault_for_good_and_the_server_only_for_now() -> None:
    assert not SandboxError.retryable
    assert SandboxUnavailable.retryable


async def test_our_own_errors_come_back_as_themselves(sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedPicture, match="PDF document"):
        await sandbox.run(derive, b"%PDF-1.7", timeout_seconds=10)
    with pytest.raises(CorruptPicture, match="empty"):
        await sandbox.run(derive, b"", timeout_seconds=10)


async def test_a_builtin_error_comes_back_with_its_trace(sandbox: Sandbox) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        await sandbox.run(divmod, 1, 0, timeout_seconds=5)
    assert "Traceback" in caught.value.__notes__[0]


async def test_a_foreign_error_counts_as_a_crash(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxCrashed) as caught:
        await sandbox.run(json.loads, "{", timeout_seconds=5)
    assert caught.value.__notes__


async def test_a_result_that_can_not_travel_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxCrashed):
        await sandbox.run(Path, "x", timeout_seconds=5)
    assert await sandbox.run(abs, -1, timeout_seconds=5) == 1


class Burglar:
    """What a parser that was taken over might send."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


def test_an_answer_that_names_code_is_not_read() -> None:
    _, *parts = packed(Burglar())
    with pytest.raises(pickle.UnpicklingError, match="not plain data"):
        untrusted([bytearray(part) for part in parts])


@pytest.mark.parametrize(
    "text",
    [
        b"caionserver.infra.sandbox_process\nsubprocess\n.",
        b"\x80\x04\x8c\x1daionserver.infra.sandbox_wire\x8c\x06packed\x93.",
        b"cbuiltins\neval\n.",
        b"cbuiltins\n__import__\n.",
        b"\x80\x04\x8c\x17aionserver.kit.pictures\x8c\x0aImage.open\x93.",
    ],
)
def test_only_plain_types_can_be_named(text: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        untrusted([bytearray(text)])


@pytest.mark.parametrize(
    "function, arguments",
    [
        (socket.socket, ()),
        (os.system, ("true",)),
        (os.fork, ()),
        (subprocess.Popen, (["true"],)),
        (os.remove, ("/nonexistent",)),
    ],
)
async def test_network_programs_and_files_are_out_of_reach(
    sandbox: Sandbox, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(PermissionError, match="sandbox"):
        await sandbox.run(function, *arguments, timeout_seconds=5)


async def test_a_file_can_be_read_but_not_written(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(b"bytes")
    assert await sandbox.run(Path.read_bytes, _plain(path), timeout_seconds=5) == b"bytes"
    with pytest.raises(PermissionError, match="only reads"):
        await sandbox.run(Path.write_bytes, _plain(path), b"x", timeout_seconds=5)
    assert path.read_bytes() == b"bytes"


def _plain(path: Path) -> Path:
    return Path(str(path))


async def test_secrets_of_the_parent_are_not_in_the_childs_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIONVISION_SECRET_KEY", "hidden")
    async with Sandbox() as sandbox:
        assert await sandbox.run(os.getenv, "AIONVISION_SECRET_KEY", timeout_seconds=5) is None


async def test_cancelling_ends_the_child_and_frees_its_place(sandbox: Sandbox) -> None:
    pid = await sandbox.run(os.getpid, timeout_seconds=5)
    task = asyncio.create_task(sandbox.run(time.sleep, 60, timeout_seconds=60))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(pid)
    assert await sandbox.run(abs, -1, timeout_seconds=5) == 1


async def test_cancelling_while_waiting_leaves_the_running_job_alone(sandbox: Sandbox) -> None:
    running = asyncio.create_task(sandbox.run(time.sleep, 0.4, timeout_seconds=5))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(sandbox.run(abs, -1, timeout_seconds=5))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await running


async def test_waiting_jobs_are_served_in_turn(sandbox: Sandbox) -> None:
    served: list[int] = []

    async def one(number: int) -> None:
        await sandbox.run(time.sleep, 0.01, timeout_seconds=5)
        served.append(number)

    await asyncio.gather(*(one(number) for number in range(12)))
    assert served == list(range(12))


async def test_several_children_work_side_by_side() -> None:
    async with Sandbox(processes=2) as sandbox:
        await sandbox.warm()
        started = time.monotonic()
        await asyncio.gather(*(sandbox.run(time.sleep, 1, timeout_seconds=5) for _ in range(2)))
        assert time.monotonic() - started < 1.8


async def test_the_event_loop_goes_on_while_a_job_runs(sandbox: Sandbox) -> None:
    await sandbox.warm()
    task = asyncio.create_task(sandbox.run(time.sleep, 0.8, timeout_seconds=20))
    longest, last = 0.0, time.monotonic()
    while not task.done():
        await asyncio.sleep(0.001)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    await task
    assert longest < 0.5


async def test_a_child_that_a_job_left_fat_is_replaced() -> None:
    async with Sandbox(growth_bytes=32 * MEBIBYTE) as sandbox:
        first = await sandbox.run(os.getpid, timeout_seconds=5)
        await sandbox.run(bytearray, 1, timeout_seconds=5)
        assert await sandbox.run(os.getpid, timeout_seconds=5) == first
        await sandbox.run(exec, HOARD, timeout_seconds=10)
        assert await sandbox.run(os.getpid, timeout_seconds=5) != first


async def test_a_child_killed_while_idle_is_replaced_unnoticed(sandbox: Sandbox) -> None:
    os.kill(await sandbox.run(os.getpid, timeout_seconds=5), signal.SIGKILL)
    await asyncio.sleep(0.1)
    assert await sandbox.run(abs, -1, timeout_seconds=5) == 1


async def test_a_signal_meant_for_the_server_does_not_reach_a_job(sandbox: Sandbox) -> None:
    pid = await sandbox.run(os.getpid, timeout_seconds=5)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert await sandbox.run(os.getpid, timeout_seconds=5) == pid
    assert os.getpgid(pid) != os.getpgid(0)


async def test_closing_ends_running_and_waiting_jobs_as_retryable() -> None:
    sandbox = Sandbox()
    pid = await sandbox.run(os.getpid, timeout_seconds=5)
    jobs = [asyncio.create_task(sandbox.run(time.sleep, 60, timeout_seconds=60)) for _ in range(3)]
    await asyncio.sleep(0.1)
    await sandbox.close()
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(result) for result in results] == [SandboxUnavailable] * 3
    assert not is_alive(pid)
    with pytest.raises(SandboxUnavailable):
        await sandbox.run(abs, -1, timeout_seconds=5)


async def test_a_module_that_can_not_be_loaded_is_said_so() -> None:
    async with Sandbox(preload=["aionserver.no_such_module"]) as sandbox:
        with pytest.raises(SandboxUnavailable, match="no_such_module"):
            await sandbox.run(abs, -1, timeout_seconds=5)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
async def test_a_child_dies_with_a_parent_that_was_killed() -> None:
    program = (
        "import asyncio, os, time\n"
        "from aionserver.infra.sandbox import Sandbox\n"
        "async def main():\n"
        "    sandbox = Sandbox()\n"
        "    print(await sandbox.run(os.getpid, timeout_seconds=20), flush=True)\n"
        "    await sandbox.run(time.sleep, 60, timeout_seconds=60)\n"
        "asyncio.run(main())\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 20))
    await asyncio.sleep(0.2)
    parent.kill()
    await parent.communicate()
    assert await gone(pid)
