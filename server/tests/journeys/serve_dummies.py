"""A supervisor over small stand-ins for the api and the worker; run as a script by test_supervisor.

`python serve_dummies.py DATA_DIR PORT [OPTION ...]` with the options embedded, slow-prepare, failing-prepare,
stubborn-worker, crashing-worker. Each child appends its process id to `DATA_DIR/<name>.pids`.
"""

import logging
import os
import sys
import time
from pathlib import Path

from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.errors import AionError
from aionserver.supervisor import Plan, Program, Supervisor

SIGN_IN = """
import os, sys
from pathlib import Path
with Path(sys.argv[1]).open("a") as pids:
    pids.write(f"{os.getpid()}\\n")
"""
API = (
    SIGN_IN
    + """
import signal, socket
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        Path(sys.argv[1]).with_name("answered").touch()
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = HTTPServer(("", 0), Handler, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=int(os.environ["LISTEN_FD"]))
server.serve_forever()
"""
)
WORKER = (
    SIGN_IN
    + """
import subprocess, time
answered = Path(sys.argv[1]).with_name("answered").exists()
Path(sys.argv[1]).with_name("order").write_text("after the api" if answered else "before the api")
helper = subprocess.Popen(["sleep", "60"])
with Path(sys.argv[1]).with_name("helper.pids").open("a") as pids:
    pids.write(f"{helper.pid}\\n")
print("the worker is at work")
time.sleep(60)
"""
)
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WORKER
CRASHING = SIGN_IN + "sys.exit(3)\n"
WORKERS = {"stubborn-worker": STUBBORN, "crashing-worker": CRASHING}


def main() -> None:
    data_dir, port, options = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]

    def prepare(urls: DatabaseUrls) -> None:
        (data_dir / "prepared").write_text(urls.owner)
        if "slow-prepare" in options:
            time.sleep(60)
        if "failing-prepare" in options:
            raise AionError("the migration did not go through")

    def programs(urls: DatabaseUrls, listen_fd: int) -> list[Program]:
        env = {**os.environ, "LISTEN_FD": str(listen_fd), "PYTHONUNBUFFERED": "1"}
        worker = next((script for option, script in WORKERS.items() if option in options), WORKER)
        return [
            Program("api", python(API, data_dir / "api.pids"), env, listens=True),
            Program("worker", python(worker, data_dir / "worker.pids"), env),
        ]

    unused = DatabaseUrls("postgresql://unused", "postgresql://unused")
    database = None if "embedded" in options else unused
    logging.basicConfig(level=logging.INFO)
    try:
        Supervisor(Plan(data_dir, "127.0.0.1", port, prepare, programs, announce, database)).run()
    except AionError as error:
        sys.exit(error.message)


def python(script: str, argument: Path) -> list[str]:
    return [sys.executable, "-c", script, str(argument)]


def announce(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
