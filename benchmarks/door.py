"""What authentication, rate limit and audit log add to a request: routes behind a door against the same without one.

python benchmarks/door.py [--seconds 3] [--rounds 5]
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from _load import Order, Report, run
from _processes import CpuClock, family
from _served import Server, fresh_server, percentile, print_machine, wait_for_port

from aionserver.infra.embedded_postgres import DatabaseUrls, urls_of_running
from aionserver.kit.ids import new_id
from aionserver.kit.tokens import fingerprint, new_token

GOAL_MS = 2.0
IDLE = {"AIONVISION_WORKERS": "0", "AIONVISION_MODELS": "deterministic"}
SESSION = """
insert into sessions (id, user_id, tenant_id, token_hash, expires_at)
select %s, user_id, tenant_id, %s, now() + interval '1 day' from memberships limit 1
"""


TABLE = "create table door_changes as select 0 as changes"


@dataclass
class Case:
    """A route, asked with or without a credential; and what came of it, round by round."""

    name: str
    method: str
    headers: dict[str, str]
    bare: "Case | None" = None
    reports: list[Report] = field(default_factory=list[Report])
    cpu_ms: list[dict[str, float]] = field(default_factory=list[dict[str, float]])

    def measure(self, port: int, clock: CpuClock, seconds: float) -> None:
        """Ask over one connection for a while."""
        before, target = clock.seconds(), "/door/guarded" if self.bare else "/door/bare"
        report = run(Order(port, [target], self.headers, 1, seconds, self.method))
        if report.failures or not report.requests:
            raise RuntimeError(f"{self.name}: {report.failures} of {report.requests} failed: {report.sample[:300]}")
        spent = {part: now - before[part] for part, now in clock.seconds().items()}
        self.reports.append(report)
        self.cpu_ms.append({part: used / report.requests * 1000 for part, used in spent.items()})

    @property
    def middle_ms(self) -> float:
        """The time of half the answers: the median over the rounds."""
        return statistics.median(percentile(report.milliseconds, 0.5) for report in self.reports)

    def cpu(self, part: str) -> float:
        """Processor time of a part, in milliseconds a request: the median over the rounds."""
        return statistics.median(one[part] for one in self.cpu_ms)


def cases(key: str, session: str) -> Sequence[Case]:
    """Reading by key and by session, and changing by key, each after what it is compared with."""
    by_key, by_session = {"Authorization": f"Bearer {key}"}, {"Authorization": f"Bearer {session}"}
    read, change = Case("bare read", "GET", {}), Case("bare change", "POST", {})
    return (
        read,
        Case("read by key: authentication, rate limit", "GET", by_key, read),
        Case("read by session: authentication, rate limit", "GET", by_session, read),
        change,
        Case("change by key: authentication, rate limit, audit", "POST", by_key, change),
        Case("change by session: authentication, rate limit, audit", "POST", by_session, change),
    )


def prepare(urls: DatabaseUrls) -> str:
    """A row to change, and a token by which the first tenant's owner is logged in."""
    token = new_token("ses_")
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute(TABLE)
        connection.execute(SESSION, (new_id(), fingerprint(token)))
    return token


@contextmanager
def door_app(server: Server, urls: DatabaseUrls) -> Generator[tuple[int, int]]:
    """The application with the routes to compare, over the server's database: its port and process id."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        environment = {
            **os.environ,
            **IDLE,
            "AIONVISION_DATABASE_URL": urls.application,
            "AIONVISION_DATA_DIR": str(server.folder / "data"),
            "AIONVISION_LOG_LEVEL": "warning",
        }
        command = [sys.executable, str(Path(__file__).with_name("_door_app.py")), str(listener.fileno())]
        with subprocess.Popen(command, env=environment, pass_fds=[listener.fileno()]) as process:
            try:
                port = int(listener.getsockname()[1])
                wait_for_port(port)
                run(Order(port, ["/door/bare"], {}, 1, 0.5))  # waits until it really answers
                yield port, process.pid
            finally:
                process.terminate()


def show(case: Case) -> bool:
    """A line of what a door adds; whether that is within the goal."""
    assert case.bare is not None
    added = case.middle_ms - case.bare.middle_ms
    parts = "  ".join(f"{part} {case.bare.cpu(part):.2f} → {case.cpu(part):.2f}" for part in case.cpu_ms[0])
    print(
        f"{case.name:52}  p50 {case.bare.middle_ms:.2f} → {case.middle_ms:.2f} ms, adds {added:.2f} ms, "
        f"ratio {case.middle_ms / case.bare.middle_ms:.2f}   CPU ms: {parts}"
    )
    return added <= GOAL_MS


def main() -> None:
    """Measure in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print_machine()
    with fresh_server(**IDLE) as server:
        urls = urls_of_running(server.folder / "data")
        assert urls is not None
        postgres = next(pid for pid, line in family(server.process_id).items() if "postgres" in line.split()[0])
        measured = cases(server.key, prepare(urls))
        with door_app(server, urls) as (port, process_id):
            clock = CpuClock({"api": [process_id], "PostgreSQL": [postgres]})
            for _ in range(options.rounds):
                for case in measured:
                    case.measure(port, clock, options.seconds)
        held = [show(case) for case in measured if case.bare]
    print(f"goal: each adds at most {GOAL_MS:.0f} ms: {'holds' if all(held) else 'is missed'}")


if __name__ == "__main__":
    main()
