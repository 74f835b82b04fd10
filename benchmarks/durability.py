"""Pictures are uploaded while processes of the server get SIGKILL at random: nothing may be lost or done twice.

python benchmarks/durability.py [--kills 30] [--seed N] [--uploaders 4] [--models deterministic] [--keep FOLDER]

The long form is `--kills 1000` (about 40 minutes). Exit status 1: something was lost, doubled or left undone.
"""

import argparse
import signal
import statistics
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random, SystemRandom

from _mortal import KINDS, MortalServer
from _served import percentile, print_machine
from _uploaders import Ledger, Uploaders
from _verdict import judge, settled, verify

WEIGHTS = (8, 8, 5, 2, 1)
PAUSE_SECONDS = (0.3, 3.0)
# Some kills wait for an accepted upload, so that there is something to lose; the others may hit what comes up.
PATIENCE = 0.3
PATIENCE_SECONDS = 10.0
FEW_VICTIMS_SECONDS = 0.1
SETTLE_SECONDS = 300.0
# Quick to notice dead workers, so that a short run shows what follows.
SETTINGS = {
    "AIONVISION_HEARTBEAT_SECONDS": "1",
    "AIONVISION_STALLED_SECONDS": "4",
    "AIONVISION_API_PROCESSES": "2",
    "AIONVISION_WORKERS": "2",
}
Kill = tuple[str, float]


def kill_at_random(server: MortalServer, count: int, chance: Random, ledger: Ledger) -> list[Kill]:
    """What was killed, and when on the monotonic clock."""
    kills: list[Kill] = []
    first = chance.sample(KINDS, len(KINDS))
    while len(kills) < count:
        if chance.random() < PATIENCE:
            wait_for_success(ledger)
        time.sleep(chance.uniform(*PAUSE_SECONDS))
        # One of each first, so that a short run has them all.
        kind = first.pop() if first else chance.choices(KINDS, WEIGHTS)[0]
        while not server.kill(kind, chance):
            time.sleep(FEW_VICTIMS_SECONDS)  # it is down already, by an earlier kill
        kills.append((kind, time.monotonic()))
        if len(kills) % 100 == 0:
            print(f"  … {len(kills)} kills, {len(ledger.accepted)} pictures accepted", flush=True)
    return kills


def wait_for_success(ledger: Ledger) -> None:
    """Returns when a further upload has been accepted, or after a while."""
    before, deadline = len(ledger.successes), time.monotonic() + PATIENCE_SECONDS
    while len(ledger.successes) == before and time.monotonic() < deadline:
        time.sleep(0.05)


def print_kills(kills: list[Kill], ledger: Ledger) -> None:
    """How often each kind was killed, and how long it took until an upload was answered with success again."""
    successes, counts = sorted(ledger.successes), Counter(kind for kind, _ in kills)
    for kind in KINDS:
        waits = [
            successes[place] - at for of, at in kills if of == kind and (place := _after(successes, at)) is not None
        ]
        if waits:
            figures = f"median {statistics.median(waits):5.2f} s, p95 {percentile(waits, 0.95):5.2f} s"
            print(f"  {kind:<11} {counts[kind]:5} kills   until the next accepted upload: {figures}")


def _after(successes: list[float], at: float) -> int | None:
    place = bisect_right(successes, at)
    return place if place < len(successes) else None


def print_answers(ledger: Ledger, starts: int) -> None:
    """What the uploaders were answered."""
    answers = ", ".join(f"{count} x {answer}" for answer, count in ledger.answers.most_common())
    print(f"  {len(ledger.accepted)} pictures accepted, {len(ledger.unknown)} of unknown fate; answers: {answers}")
    print(f"  {len(ledger.sessions)} batches; the supervisor was started {starts} times", flush=True)


def run(options: argparse.Namespace, folder: Path) -> bool:
    """Whether nothing was lost."""
    chance = Random(options.seed)
    server = MortalServer(folder, **SETTINGS, AIONVISION_MODELS=options.models)
    key = server.start()
    try:
        uploaders = Uploaders(server.url, key, options.seed, options.uploaders)
        uploaders.start()
        started = time.monotonic()
        kills = kill_at_random(server, options.kills, chance, uploaders.ledger)
        print(f"{len(kills)} kills in {time.monotonic() - started:.0f} s:", flush=True)
        unanswered = uploaders.finish(SETTLE_SECONDS)
        print_kills(kills, uploaders.ledger)
        print_answers(uploaders.ledger, server.starts)
        began = time.monotonic()
        done = settled(server, SETTLE_SECONDS) and not unanswered
        print(f"  {'settled' if done else 'NOT settled'} after {time.monotonic() - began:.0f} s", flush=True)
        print("afterwards:")
        holds = judge(server, key, uploaders.ledger)
        print("  aionvision verify, while the server runs:", flush=True)
        agrees = verify(server.data) == 0
    finally:
        server.stop()
    print("  aionvision verify --repair, when it is stopped: what uploads that were cut off have left")
    verify(server.data, "--repair")
    print("  aionvision verify, after that:")
    return verify(server.data) == 0 and done and holds and agrees


def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="aionvision-durability-", ignore_cleanup_errors=True)


def main() -> int:
    """0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--uploaders", type=int, default=4)
    parser.add_argument("--models", choices=["deterministic", "bundled"], default="deterministic")
    parser.add_argument("--keep", type=Path, help="an empty folder that stays, with the data and the server's log")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is not left behind
    print_machine()
    print(f"seed {options.seed}, {options.kills} kills, {options.models} models", flush=True)
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(_temporary()))
        folder.mkdir(parents=True, exist_ok=True)
        holds = run(options, folder)
    repeat = f"python benchmarks/durability.py --kills {options.kills} --seed {options.seed}"
    print(f"goal: nothing lost, nothing twice: {'holds' if holds else 'DOES NOT HOLD'}   ({repeat})")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
