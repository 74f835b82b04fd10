"""`serve` as the processes of a machine see it: started, killed piece by piece, and stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from aionserver.infra.embedded_postgres import urls_of_running
from aionserver.supervisor import ServeRefused
from aionserver.supervisor.children import Backoff
from aionserver.supervisor.doors import address_of, listening, url_of

SERVE = Path(__file__).with_name("serve_dummies.py")


class Serving:
    """A supervisor in a process of its own, and what it leaves in its data folder."""

    def __init__(self, data_dir: Path, *options: str, port: int = 0) -> None:
        self.data_dir = data_dir
        command = [sys.executable, SERVE, data_dir, str(port), *options]
        with (data_dir / "stderr").open("ab") as words:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True)

    def ready(self) -> "Serving":
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.words()
        return self

    def words(self) -> str:
        return (self.data_dir / "stderr").read_text()

    def pids(self, name: str) -> list[int]:
        file = self.data_dir / f"{name}.pids"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def all_pids(self) -> list[int]:
        return [pid for name in ("api", "worker", "helper") for pid in self.pids(name)]

    def health(self) -> int:
        """The process id of the api that answered."""
        with urllib.request.urlopen(f"{self.url}/health", timeout=10) as answer:
            return int(answer.read())

    def end(self, number: signal.Signals) -> float:
        """The seconds until the supervisor has ended after the signal."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=20)
        return time.monotonic() - began


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    started: list[Serving] = []

    def start(*options: str, port: int = 0) -> Serving:
        started.append(Serving(tmp_path, *options, port=port))
        return started[-1]

    yield start
    for serving in started:
        serving.process.terminate()
        serving.process.communicate(timeout=20)


def eventually(fact: Callable[[], bool], timeout_seconds: float = 10) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.01)
    return fact()


def running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def none_running(pids: list[int]) -> bool:
    return not any(running(pid) for pid in pids)


def postgres_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])


def postgres_answers(data_dir: Path) -> bool:
    urls = urls_of_running(data_dir)
    if urls is None:
        return False
    try:
        with psycopg.connect(urls.application) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


Serve = Callable[..., Serving]


def test_it_is_ready_when_the_database_is_prepared_and_health_answers(serve: Serve, tmp_path: Path) -> None:
    serving = serve("embedded").ready()
    urls = urls_of_running(tmp_path)
    assert urls is not None
    assert (tmp_path / "prepared").read_text() == urls.owner
    assert serving.health() == serving.pids("api")[0]


def test_workers_start_when_the_api_has_answered(serve: Serve, tmp_path: Path) -> None:
    serving = serve().ready()
    assert eventually(lambda: bool(serving.pids("helper")))
    assert (tmp_path / "order").read_text() == "after the api"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_in_order_and_in_time(serve: Serve, tmp_path: Path, number: signal.Signals) -> None:
    serving = serve("embedded").ready()
    assert eventually(lambda: bool(serving.pids("helper")))
    everyone = [*serving.all_pids(), postgres_pid(tmp_path)]
    assert len(everyone) == 4
    assert serving.end(number) < 10
    assert serving.process.returncode == 0
    assert none_running(everyone)
    assert not (tmp_path / "postgres" / "cluster" / "postmaster.pid").exists()


def test_a_worker_that_will_not_stop_is_killed_in_time_with_all_it_started(serve: Serve) -> None:
    serving = serve("stubborn-worker").ready()
    assert eventually(lambda: bool(serving.pids("helper")))
    everyone = serving.all_pids()
    assert serving.end(signal.SIGTERM) < 10
    assert eventually(lambda: none_running(everyone))


def test_a_killed_api_is_restarted_and_no_request_is_refused_meanwhile(serve: Serve) -> None:
    serving = serve().ready()
    first = serving.health()
    os.kill(first, signal.SIGKILL)
    second = serving.health()
    assert second not in (first, 0)
    assert serving.pids("api") == [first, second]


def test_a_killed_worker_is_restarted_and_what_it_started_is_ended(serve: Serve) -> None:
    serving = serve().ready()
    assert eventually(lambda: bool(serving.pids("helper")))
    helper = serving.pids("helper")[0]
    os.kill(serving.pids("worker")[0], signal.SIGKILL)
    assert eventually(lambda: len(serving.pids("worker")) == 2)
    assert eventually(lambda: not running(helper))
    assert "worker (process" in serving.words()
    assert "ended with -9" in serving.words()


def test_a_child_that_always_fails_is_tried_ever_more_seldom(serve: Serve) -> None:
    serving = serve("crashing-worker").ready()
    assert eventually(lambda: len(serving.pids("worker")) >= 4)
    assert "next try in 0.1 s" in serving.words()
    assert "next try in 0.4 s" in serving.words()
    assert serving.health()


def test_a_killed_postgres_is_restarted(serve: Serve, tmp_path: Path) -> None:
    serving = serve("embedded").ready()
    first = postgres_pid(tmp_path)
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: not running(first))
    assert eventually(lambda: postgres_answers(tmp_path))
    assert postgres_pid(tmp_path) != first
    assert serving.health() == serving.pids("api")[0]


def test_everything_ends_with_a_killed_supervisor_and_the_next_one_comes_up(serve: Serve, tmp_path: Path) -> None:
    serving = serve("embedded").ready()
    old = [*serving.pids("api"), *serving.pids("worker"), postgres_pid(tmp_path)]
    serving.end(signal.SIGKILL)
    port = int(serving.url.rsplit(":", 1)[1])
    successor = serve("embedded", port=port).ready()
    assert none_running(old)
    assert postgres_answers(tmp_path)
    assert successor.url == serving.url
    assert successor.health() not in old


def test_a_second_serve_on_the_same_folder_is_refused(serve: Serve, tmp_path: Path) -> None:
    first = serve().ready()
    second = serve()
    assert second.process.wait(timeout=10) == 1
    message = f"Another `aionvision serve` (process {first.process.pid}) already uses {tmp_path}"
    assert message in first.words()
    assert first.health()


def test_a_port_that_is_taken_is_named(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        serving = serve(port=port)
        assert serving.process.wait(timeout=10) == 1
    assert f"Port {port} on 127.0.0.1 is taken by another program" in serving.words()


def test_connections_send_without_waiting_for_full_packets() -> None:
    with listening("127.0.0.1", 0) as listener, socket.create_connection(address_of(listener)):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:")])
def test_the_url_is_one_that_this_machine_can_open(host: str, url: str) -> None:
    with listening(host, 0) as listener:
        assert url_of(listener).startswith(url)


def test_a_host_that_is_not_ours_is_refused_with_its_name() -> None:
    with pytest.raises(ServeRefused, match=r"Cannot listen on 192\.0\.2\.1"), listening("192.0.2.1", 0):
        pass


def test_a_preparation_that_fails_ends_the_attempt_and_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    serving = serve("embedded", "failing-prepare")
    assert serving.process.wait(timeout=20) == 1
    assert "the migration did not go through" in serving.words()
    assert none_running(serving.all_pids())
    assert urls_of_running(tmp_path) is None


def test_a_signal_during_a_long_preparation_is_heeded_at_once(serve: Serve, tmp_path: Path) -> None:
    serving = serve("slow-prepare")
    assert eventually((tmp_path / "prepared").exists)
    assert serving.end(signal.SIGTERM) < 5
    assert serving.process.returncode == 0


def test_a_signal_during_the_first_start_of_postgres_is_heeded_at_once(serve: Serve, tmp_path: Path) -> None:
    serving = serve("embedded")
    assert eventually((tmp_path / "postgres" / "cluster.new" / "PG_VERSION").exists)
    assert serving.end(signal.SIGTERM) < 5
    assert serving.process.returncode == 0
    assert serve("embedded").ready().health()


def test_the_words_of_children_come_out_on_stderr(serve: Serve) -> None:
    serving = serve().ready()
    assert eventually(lambda: "the worker is at work" in serving.words())


def test_pauses_double_up_to_ten_seconds_and_are_short_again_after_a_steady_run() -> None:
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(9)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert backoff.after(31) == 0.1
