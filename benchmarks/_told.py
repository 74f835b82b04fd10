"""What an upload's callbacks tell, beside what the server says at the same time."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from _served import Server

from aion import SyncAionVision
from aion.types import DescriptionProgressEvent, FileCompleteEvent, UploadProgressEvent

ASKED_EVERY_SECONDS = 0.25


@dataclass
class Told:
    """What the callbacks of one upload were handed, and what the server had when it was asked meanwhile."""

    server: Server
    read: list[UploadProgressEvent] = field(default_factory=list[UploadProgressEvent])
    stored: list[str] = field(default_factory=list[str])
    described: list[int] = field(default_factory=list[int])
    too_early: int = 0
    first_described_at: float | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def on_progress(self, event: UploadProgressEvent) -> None:
        """A file was read."""
        self.read.append(event)

    def on_file_complete(self, event: FileCompleteEvent) -> None:
        """A file was stored."""
        self.stored.append(str(event.result.image_id))

    def on_description_progress(self, event: DescriptionProgressEvent) -> None:
        """A file was described."""
        self.described.append(event.completed_count)

    @contextmanager
    def watched(self) -> Generator[None]:
        """Ask the server again and again, until leaving."""
        asking = threading.Thread(target=self._ask, daemon=True)
        asking.start()
        try:
            yield
        finally:
            self._over.set()
            asking.join()

    def _ask(self) -> None:
        with self.server.client() as client:
            while not self._over.wait(ASKED_EVERY_SECONDS):
                told = len(self.stored)
                self.too_early += told > client.get("/user-files", params={"limit": 1}).json()["total_count"]
                described = client.get("/user-files", params={"limit": 1, "has_description": True}).json()
                if described["total_count"] and self.first_described_at is None:
                    self.first_described_at = time.perf_counter()

    def is_true(self, paths: list[Path]) -> bool:
        """Whether each file was told of once, with its size, and as stored not before it was; and all of them are."""
        with self.server.client() as client:
            there: set[str] = set()
            while page := client.get("/user-files", params={"limit": 100, "offset": len(there)}).json()["files"]:
                there |= {one["id"] for one in page}
        sizes = sorted(event.uploaded_bytes for event in self.read)
        return (
            sizes == sorted(path.stat().st_size for path in paths)
            and len(self.stored) == len(set(self.stored)) == len(paths)
            and set(self.stored) == there
            and not self.too_early
        )


def measure_progress(server: Server, folder: Path) -> None:
    """Print when descriptions begin while photos still come in, and whether what callbacks say is so."""
    paths, told = sorted(folder.iterdir()), Told(server)
    with SyncAionVision(api_key=server.key, base_url=f"{server.url}/api/v2", timeout=600) as client, told.watched():
        started = time.perf_counter()
        client.upload(
            folder,
            wait_for_descriptions=False,
            on_progress=told.on_progress,
            on_file_complete=told.on_file_complete,
        )
        seconds = time.perf_counter() - started
        while told.first_described_at is None:
            time.sleep(ASKED_EVERY_SECONDS)
    after = told.first_described_at - started
    print(f"{len(paths)} photos of 3 MB beside a working worker: in after {seconds:.1f} s")
    print(f"  the first is described after {after:.1f} s: {'meanwhile' if after < seconds else 'only afterwards'}")
    print(f"  every callback of an upload tells the truth: {'holds' if told.is_true(paths) else 'missed'}")


def measure_description_progress(server: Server, paths: list[Path]) -> None:
    """Print whether the callbacks of descriptions count each of them, and only what is there."""
    told = Told(server)
    with SyncAionVision(api_key=server.key, base_url=f"{server.url}/api/v2", timeout=600) as client:
        results = client.upload(paths, on_description_progress=told.on_description_progress, description_timeout=600)
    is_true = told.described == list(range(1, len(paths) + 1)) and all(one.description for one in results)
    print(f"  and every callback of a description: {'holds' if is_true else 'missed'}")
