"""A load generator that costs little: keep-alive connections in one loop over raw sockets, in a process of its own.

It reads an `Order` as JSON from standard input and writes a `Report` as JSON: `python benchmarks/_load.py < order`.
"""

import json
import resource
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any

READ_BYTES = 1 << 18
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length: "


@dataclass(frozen=True)
class Order:
    """What to ask, in turn, over how many connections at once, and for how long."""

    port: int
    targets: Sequence[str]
    headers: dict[str, str]
    connections: int
    seconds: float
    method: str = "GET"


@dataclass(frozen=True)
class Report:
    """What came of it. `cpu_seconds` are the generator's own; `milliseconds` has the time of every answer."""

    requests: int
    failures: int
    seconds: float
    cpu_seconds: float
    milliseconds: Sequence[float]
    sample: str


def run(order: Order) -> Report:
    """The order carried out in a process of its own."""
    command = [sys.executable, __file__]
    done = subprocess.run(command, input=json.dumps(asdict(order)), stdout=subprocess.PIPE, text=True, check=True)
    return Report(**json.loads(done.stdout))


class Connection:
    """One request after the other over one socket."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._received = b""
        self._needed_bytes = 0
        self._sent_at = 0.0

    def ask(self) -> None:
        """Send the next request."""
        self._received, self._needed_bytes = b"", 0
        self._sent_at = time.perf_counter()
        self.socket.sendall(next(self._requests))

    def hear(self) -> tuple[float, bytes] | None:
        """The milliseconds that the answer took and its bytes, once it is whole."""
        piece = self.socket.recv(READ_BYTES)
        if not piece:
            raise ConnectionError("The server closed the connection.")
        self._received += piece
        if not self._needed_bytes:
            self._needed_bytes = whole_length(self._received)
        if not self._needed_bytes or len(self._received) < self._needed_bytes:
            return None
        return (time.perf_counter() - self._sent_at) * 1000, self._received


def whole_length(received: bytes) -> int:
    """Bytes of the answer's head and body; 0 while the head is not whole."""
    end = received.find(END_OF_HEAD)
    if end < 0:
        return 0
    start = received[: end + 2].lower().index(LENGTH) + len(LENGTH)
    return end + len(END_OF_HEAD) + int(received[start : received.index(b"\r", start)])


def requests_of(order: Order) -> Iterator[bytes]:
    """The requests in turn, without end."""
    head = "".join(
        f"{name}: {value}\r\n" for name, value in {"Host": f"127.0.0.1:{order.port}", **order.headers}.items()
    )
    head += "Content-Length: 0\r\n" if order.method != "GET" else ""
    return cycle([f"{order.method} {target} HTTP/1.1\r\n{head}\r\n".encode() for target in order.targets])


def load(order: Order) -> Report:
    """Ask over all connections until the time is up."""
    requests = requests_of(order)
    milliseconds: list[float] = []
    failures, sample = 0, b""
    with selectors.DefaultSelector() as selector:
        for _ in range(order.connections):
            connection = Connection(order.port, requests)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask()
        started, cpu = time.perf_counter(), cpu_seconds()
        while time.perf_counter() - started < order.seconds:
            for key, _ in selector.select(timeout=10):
                heard = key.data.hear()
                if heard is None:
                    continue
                took, sample = heard
                milliseconds.append(took)
                failures += not sample.startswith(b"HTTP/1.1 200")
                key.data.ask()
        took = time.perf_counter() - started
        return Report(len(milliseconds), failures, took, cpu_seconds() - cpu, milliseconds, body_of(sample))


def body_of(answer: bytes) -> str:
    """An answer's body as text."""
    return answer.partition(END_OF_HEAD)[2].decode()


def cpu_seconds() -> float:
    """Processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Carry out the order on standard input."""
    given: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(load(Order(**given))), sys.stdout)


if __name__ == "__main__":
    main()
