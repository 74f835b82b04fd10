"""Reading one file and a list of 20 in a large tenant, against the bare framework that answers the same bytes.

python benchmarks/reads.py [--files 100000] [--seconds 5] [--rounds 3] [--api-processes 2]
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from _filling import fill
from _load import Order, Report, run
from _processes import CpuClock, family
from _served import Server, percentile, photos, print_machine, serving, wait_for_port

from aionserver.infra.embedded_postgres import urls_of_running

FILES = "/api/v2/user-files"
LIST = f"{FILES}?limit=20"
SEEDS = 6
CONNECTIONS = 32
GOAL_PER_SECOND = 1500
# Nothing but reading goes on: no worker, and no networks that load beside.
IDLE = {"AIONVISION_WORKERS": "0", "AIONVISION_MODELS": "deterministic"}
BARE_APP = """
import sys, uvicorn, _bare_api
uvicorn.run(_bare_api.bare, fd=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
"""


@dataclass
class Side:
    """The product or the bare framework: where it listens, and the processor time of its parts."""

    port: int
    headers: dict[str, str]
    clock: CpuClock
    reports: dict[str, list[Report]] = field(default_factory=dict[str, list[Report]])
    cpu: dict[str, list[dict[str, float]]] = field(default_factory=dict[str, list[dict[str, float]]])

    def measure(self, name: str, targets: Sequence[str], connections: int, seconds: float) -> None:
        """Ask for a while, and keep what came of it under the name."""
        before = self.clock.seconds()
        report = run(Order(self.port, targets, self.headers, connections, seconds))
        spent = {part: now - before[part] for part, now in self.clock.seconds().items()}
        if report.failures or not report.requests:
            raise RuntimeError(f"{name}: {report.failures} of {report.requests} failed: {report.sample[:300]}")
        self.reports.setdefault(name, []).append(report)
        each = {**spent, "generator": report.cpu_seconds}
        self.cpu.setdefault(name, []).append({part: used / report.requests * 1000 for part, used in each.items()})

    def middle(self, name: str, share: float) -> float:
        """Milliseconds below which a share of the answers came: the median over the rounds."""
        return statistics.median(percentile(report.milliseconds, share) for report in self.reports[name])

    def rate(self, name: str) -> float:
        """Requests a second: the median over the rounds."""
        return statistics.median(report.requests / report.seconds for report in self.reports[name])

    def costs(self, name: str) -> dict[str, float]:
        """Milliseconds of processor time a request, by part: medians over the rounds."""
        rounds = self.cpu[name]
        return {part: statistics.median(one[part] for one in rounds) for part in rounds[0]}


def seeded(folder: Path) -> None:
    """Upload a few photos and wait until they are described: what the many files are copied from."""
    with serving(folder) as server, server.client() as client:
        parts = [("files", (file.name, file.read_bytes())) for file in photos(SEEDS)]
        client.post("/user-files/upload/stream-batch", files=parts).raise_for_status()
        while client.get("/user-files", params={"has_description": False, "limit": 1}).json()["total_count"]:
            time.sleep(0.2)


@contextmanager
def bare_side(bodies: Path, processes: int) -> Generator[Side]:
    """The bare framework, on as many processes, until leaving."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        descriptor, port = listener.fileno(), int(listener.getsockname()[1])
        environment = {**os.environ, "BODIES": str(bodies), "PYTHONPATH": str(Path(__file__).parent)}
        command = [sys.executable, "-c", BARE_APP, str(descriptor)]
        running = [subprocess.Popen(command, env=environment, pass_fds=[descriptor]) for _ in range(processes)]
        try:
            wait_for_port(port)
            yield Side(port, {}, CpuClock({"api": [process.pid for process in running]}))
        finally:
            for process in running:
                process.terminate()
                process.wait()


def product_side(server: Server) -> Side:
    """The product: its API processes and its database."""
    children = family(server.process_id)
    api = [pid for pid, line in children.items() if " api " in line]
    parts = {"api": api, "PostgreSQL": [next(pid for pid, line in children.items() if "postgres" in line.split()[0])]}
    return Side(int(urlsplit(server.url).port or 0), {"Authorization": f"Bearer {server.key}"}, CpuClock(parts))


def show(name: str, own: Side, bare: Side) -> None:
    """One line for the latency over one connection, one for what 32 connections get and cost."""
    ratio = own.middle(f"{name} alone", 0.5) / bare.middle(f"{name} alone", 0.5)
    print(
        f"{name}  p50 {own.middle(f'{name} alone', 0.5):6.2f} ms  p95 {own.middle(f'{name} alone', 0.95):6.2f} ms   "
        f"bare p50 {bare.middle(f'{name} alone', 0.5):5.2f} ms  p95 {bare.middle(f'{name} alone', 0.95):5.2f} ms   "
        f"ratio of p50 {ratio:.1f}"
    )
    costs = "  ".join(f"{part} {used:.2f}" for part, used in own.costs(name).items())
    bare_costs = "  ".join(f"{part} {used:.2f}" for part, used in bare.costs(name).items())
    print(
        f"{name}  {CONNECTIONS} connections  {own.rate(name):6.0f}/s   bare {bare.rate(name):6.0f}/s   "
        f"ratio {own.rate(name) / bare.rate(name):.2f}\n"
        f"{name}  CPU ms a request: {costs}   bare: {bare_costs}"
    )


def compare(server: Server, folder: Path, ids: Sequence[str], options: argparse.Namespace) -> None:
    """Measure both in turn and print what came of it."""
    own = product_side(server)
    wanted = {"GET file": [f"{FILES}/{one}" for one in ids], "list of 20": [LIST]}
    for name, body in {"GET file": "file.json", "list of 20": "list.json"}.items():
        sample = run(Order(own.port, wanted[name], own.headers, 1, 0.5)).sample
        (folder / body).write_text(sample)
    with bare_side(folder, options.api_processes) as bare:
        for _ in range(options.rounds):
            for name, targets in wanted.items():
                for side in (own, bare):
                    side.measure(f"{name} alone", targets, 1, options.seconds / 2)
                    side.measure(name, targets, CONNECTIONS, options.seconds)
        for name in wanted:
            show(name, own, bare)
    rate = own.rate("GET file")
    verdict = "holds" if rate >= GOAL_PER_SECOND else "is missed"
    print(f"goal: GET file >= {GOAL_PER_SECOND}/s with {CONNECTIONS} connections: {rate:.0f}/s, {verdict}")


def main() -> None:
    """Fill a tenant, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--api-processes", type=int, default=2)
    parser.add_argument(
        "--folder", type=Path, help="a folder to keep and to use again; default: one that is gone after"
    )
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "data").exists():
            seeded(folder)
        processes = str(options.api_processes)
        with serving(folder, AIONVISION_API_PROCESSES=processes, **IDLE) as server:
            urls = urls_of_running(folder / "data")
            assert urls is not None
            with psycopg.connect(urls.owner, autocommit=True) as connection:
                ids = fill(connection, options.files, vectors=False)
            compare(server, folder, ids, options)


if __name__ == "__main__":
    main()
