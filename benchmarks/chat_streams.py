"""Chat answers as streams: time to the first event and to the first word, alone and fifty at once; memory meanwhile.

python benchmarks/chat_streams.py [--streams 50] [--rounds 4]
"""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2
from _served import Server, fresh_server, percentile, print_machine

GOAL_MS = 150.0
QUESTIONS = ("How many photos do I have?", "What is in my library?", "Show me pictures of a cat")


@dataclass(frozen=True)
class Heard:
    """When the first event and the first word of an answer came, and its end, in milliseconds after asking."""

    event_ms: float
    word_ms: float
    end_ms: float
    is_whole: bool


async def hear(client: httpx2.AsyncClient, session: str, question: str) -> Heard:
    """One answer."""
    started = time.perf_counter()
    event_ms = word_ms = 0.0
    is_whole = False
    path = f"/chat/sessions/{session}/messages/stream"
    async with client.stream("POST", path, json={"message": question}) as answer:
        async for line in answer.aiter_lines():
            elapsed_ms = (time.perf_counter() - started) * 1000
            if line.startswith("event: "):
                event_ms = event_ms or elapsed_ms
                word_ms = word_ms or (elapsed_ms if line == "event: token" else 0.0)
                is_whole = is_whole or line == "event: complete"
    return Heard(event_ms, word_ms, (time.perf_counter() - started) * 1000, is_whole)


def resident_mib(server: Server) -> float:
    """Memory of the api process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == server.process_id and " api " in line:
                status = (entry / "status").read_text()
                return int(next(one for one in status.splitlines() if one.startswith("VmRSS")).split()[1]) / 1024
    return 0.0


def tell(name: str, heard: list[Heard]) -> None:
    """One line of figures."""
    first = [one.event_ms for one in heard]
    word = [one.word_ms for one in heard]
    whole = sum(one.is_whole for one in heard)
    times = [
        f"{what} p50 {percentile(values, 0.5):.0f} ms, p95 {percentile(values, 0.95):.0f} ms"
        for what, values in (("first event", first), ("first word", word))
    ]
    print(f"{name}: {whole} of {len(heard)} whole; {'; '.join(times)}")


async def measure(server: Server, streams: int, rounds: int) -> None:
    """Answers one by one, then many at once."""
    headers = {"Authorization": f"Bearer {server.key}"}
    limits = httpx2.Limits(max_connections=streams + 4)
    async with httpx2.AsyncClient(
        base_url=f"{server.url}/api/v2", headers=headers, timeout=120, limits=limits, trust_env=False
    ) as client:

        async def begin() -> str:
            return json.loads((await client.post("/chat/sessions", json={})).text)["session_id"]

        session = await begin()
        alone = [await hear(client, session, QUESTIONS[number % 3]) for number in range(24)]
        tell("one at a time", alone[3:])
        print(f"goal: {GOAL_MS:.0f} ms to the first word, p95")
        sessions = [await begin() for _ in range(streams)]
        for number in range(rounds):
            before = resident_mib(server)
            asked = [hear(client, one, QUESTIONS[number % 3]) for one in sessions]
            tell(f"{streams} at once, round {number + 1}", list(await asyncio.gather(*asked)))
            print(f"  api process: {before:.0f} MiB before, {resident_mib(server):.0f} MiB after")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    print_machine()
    with fresh_server(AIONVISION_MODELS="deterministic") as server:
        asyncio.run(measure(server, given.streams, given.rounds))


if __name__ == "__main__":
    main()
