"""The blocking client: in scripts, in running loops, in threads and after a fork."""

from __future__ import annotations

import gc
import inspect
import os
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FunctionType

import pytest

import aion
from aion import AionVision, InsecureTransportWarning, ResourceNotFoundError, SyncAionVision, set_correlation_id
from aion._accessor import Accessor

from .stand_in import Answer

KEY = "aion_" + "k" * 40
ROOT = Path(__file__).resolve().parents[3]


def background_threads():
    return [thread for thread in threading.enumerate() if thread.name == "aion-sync"]


def test_a_picture_is_uploaded_and_described(blocking, photo):
    result = blocking.upload_one(photo("a.jpg"), tags=["t"])
    assert result.description == "a picture called a.jpg"
    assert blocking.files.get(result.image_id).upload_description == result.description


def test_callbacks_are_called(blocking, photo):
    heard = []
    blocking.upload([photo("a.jpg"), photo("b.jpg")], on_file_complete=lambda event: heard.append(event.file_index))
    assert heard == [0, 1]


async def test_it_works_inside_a_running_loop(config, photo):
    with SyncAionVision.from_config(config) as client:
        assert client.upload_one(photo()).is_completed


def test_all_files_come_as_a_plain_generator(blocking, api, photo):
    api.max_batch_size = 5
    blocking.upload([photo(f"{n}.jpg") for n in range(5)], wait_for_descriptions=False)
    files = blocking.files.list_all(page_size=2)
    assert inspect.isgenerator(files)
    assert next(files).filename == "0.jpg"
    assert len(api.asked_for("GET /api/v2/user-files")) == 1
    assert [file.filename for file in files] == [f"{n}.jpg" for n in range(1, 5)]


def test_an_abandoned_generator_does_no_harm(blocking, photo):
    blocking.upload([photo(f"{n}.jpg") for n in range(3)], wait_for_descriptions=False)
    for _ in blocking.files.list_all(page_size=1):
        break
    assert blocking.files.list().total_count == 3


def test_errors_arrive_as_they_are(blocking):
    with pytest.raises(ResourceNotFoundError):
        blocking.files.get("nothing")


def test_one_client_serves_several_threads(blocking, api):
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: blocking.files.list().total_count, range(40)))
    assert counts == [0] * 40
    assert len(background_threads()) <= 1


def test_the_callers_correlation_id_reaches_the_request(blocking, api):
    import contextvars

    def call():
        set_correlation_id("order-9")
        blocking.files.list()

    contextvars.copy_context().run(call)
    assert api.asked[0].headers["x-correlation-id"] == "order-9"


def test_a_callback_that_blocks_on_its_own_client_is_told_instead_of_hanging(blocking, photo):
    with pytest.raises(RuntimeError, match="callback"):
        blocking.upload([photo()], on_file_complete=lambda event: blocking.files.list())


def test_closing_ends_the_thread_and_later_calls_fail(config):
    client = SyncAionVision.from_config(config)
    client.files.list()
    client.close()
    client.close()
    assert not background_threads()
    with pytest.raises(RuntimeError, match="closed"):
        client.files.list()


def test_a_client_that_was_never_used_has_no_thread(config):
    with SyncAionVision.from_config(config):
        assert not background_threads()


def test_a_forgotten_client_does_not_leave_its_thread(config, api):
    # the connection is closed by the server's answer, so nothing is left open but the thread
    api.plan("GET /api/v2/user-files", Answer(data={"files": []}, headers={"connection": "close"}))
    client = SyncAionVision.from_config(config)
    client.files.list()
    del client
    gc.collect()
    deadline = time.monotonic() + 5
    while background_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not background_threads()


def test_an_exception_of_the_body_is_not_hidden_by_one_of_closing(config, monkeypatch):
    client = SyncAionVision.from_config(config)

    def fail():
        raise OSError("closing failed")

    monkeypatch.setattr(client, "close", fail)
    with pytest.raises(KeyError, match="mine"), client:
        raise KeyError("mine")
    with pytest.raises(OSError, match="closing failed"), client:
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_uses_the_client_and_so_does_its_parent(blocking):
    assert blocking.files.list().total_count == 0
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if blocking.files.list().total_count == 0 else 1)
        except BaseException:  # noqa: BLE001 (whatever it is, the child must not go on as a test run)
            traceback.print_exc()
            os._exit(2)
    deadline = time.monotonic() + 20
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(ended[1]) == 0
    assert ended[0] == child
    assert blocking.files.list().total_count == 0


def test_it_is_set_up_by_the_environment(api, monkeypatch):
    monkeypatch.setenv("AIONVISION_API_KEY", KEY)
    monkeypatch.setenv("AIONVISION_BASE_URL", api.base_url)
    with pytest.warns(InsecureTransportWarning):
        client = SyncAionVision.from_env(max_retries=0)
    with client:
        assert client.files.list().total_count == 0
    assert isinstance(client.async_client, AionVision)
    assert client.async_client.config.max_retries == 0


RESOURCES = [name for name, value in vars(AionVision).items() if isinstance(value, Accessor)]
# what only makes sense asynchronously, or has a twin of its own
WITHOUT_TWIN = {"session", "send_stream", "stream"}


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_has_a_blocking_twin_with_the_same_methods(name):
    asynchronous, plain = getattr(AionVision(KEY), name), getattr(SyncAionVision(KEY), name)
    methods = {one for one in dir(asynchronous) if not one.startswith("_")} - WITHOUT_TWIN
    assert methods == {one for one in dir(plain) if not one.startswith("_")}
    for method in methods:
        wanted = inspect.signature(getattr(asynchronous, method))
        given = inspect.signature(getattr(plain, method))
        assert wanted.parameters == given.parameters
        assert str(wanted.return_annotation).replace("AsyncIterator", "Iterator") == given.return_annotation
        assert getattr(plain, method).__doc__ == getattr(asynchronous, method).__doc__


def test_every_public_class_and_method_says_what_it_is():
    silent = []
    for resource in [getattr(AionVision(KEY), name) for name in RESOURCES] + [AionVision(KEY)]:
        for method in dir(resource):
            value = inspect.getattr_static(type(resource), method, None)
            if not method.startswith("_") and not isinstance(value, type) and not (value and value.__doc__):
                silent.append(f"{type(resource).__name__}.{method}")
    for name in aion.__all__:
        value = getattr(aion, name)
        if isinstance(value, type):
            own = [member for member in vars(value).values() if isinstance(member, (property, FunctionType))]
            named = [(one.fget if isinstance(one, property) else one) for one in own]
            public = [one for one in named if not one.__name__.startswith("_")]
            silent += [f"{name}.{one.__name__}" for one in public if not one.__doc__]
            silent += [] if value.__doc__ and not value.__doc__.startswith(f"{name}(") else [name]
    assert silent == []


def test_the_generated_files_are_up_to_date():
    command = [sys.executable, str(ROOT / "tools" / "generate_sync.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_clients_are_made_in_many_threads_at_once(config):
    def work(_):
        with SyncAionVision.from_config(config) as client:
            return client.files.list().total_count

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(64))) == [0] * 64
    assert not background_threads()


def test_calls_one_after_the_other_need_no_thread(blocking):
    for _ in range(3):
        blocking.files.list()
    assert not background_threads()


def test_calls_that_overlap_are_served_side_by_side(blocking, api, photo):
    api.upload_seconds = 0.2
    files = [photo(f"{n}.jpg", b"%d" % n) for n in range(4)]
    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda one: blocking.upload([one], wait_for_descriptions=False)[0], files))
    assert all(result.is_stored for result in results)
    assert api.most_uploading > 1
    assert time.monotonic() - begun < 4 * 0.2 + 5
    assert len(background_threads()) == 1


def test_closing_ends_a_call_of_another_thread(config, api):
    client = SyncAionVision.from_config(config)
    ended = []

    def wait():
        try:
            client.batch.wait_for_completion("b1", timeout=60)
        except RuntimeError as error:
            ended.append(str(error))

    api.plan("GET /api/v2/batch/b1", *[Answer(data={"batch_id": "b1", "status": "pending"})] * 100_000)
    thread = threading.Thread(target=wait)
    thread.start()
    deadline = time.monotonic() + 10
    while not api.asked and time.monotonic() < deadline:
        time.sleep(0.005)
    client.close()
    thread.join(10)
    assert ended == ["The client was closed during the call"]


INTERRUPTED = """
import asyncio, os, signal, threading, time
from aion.testing import FakeServer

# whoever starts a program in the background has it ignore interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)
server = FakeServer()
with server.sync_client() as client:
    handled = server._answer

    async def slow(*args):
        if len(server.asked) < 1:
            server.asked.append(None)
            await asyncio.sleep(60)
        return await handled(*args)

    client.async_client._http._pool._transport._answer = slow
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    try:
        client.folders.tree()
    except KeyboardInterrupt:
        print("interrupted", time.monotonic() - begun < 30)
    print(len(client.folders.tree().folders))
"""


def test_an_interrupted_call_is_cancelled_and_the_client_goes_on():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["interrupted", "True", "0"], done.stderr
