"""Clients that upload small pictures while the server is being killed, and remember what they were answered."""

import hashlib
import io
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2
from PIL import Image, ImageDraw

ANSWERED = (200, 201)
# What a client is asked to send again; anything else it is answered has to be a success.
AGAIN = (409, 429, 500, 502, 503, 504, 507)
PAUSE_SECONDS = (0.1, 1.2)
RETRY_SECONDS = 0.3
MOST_IN_BATCH = 5


def picture(seed: int, number: int) -> bytes:
    """A small JPEG that no other number has."""
    chance, data = Random(f"{seed}:{number}"), io.BytesIO()
    image = Image.new("RGB", (160, 120), tuple(chance.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(4):
        left, top = chance.randrange(120), chance.randrange(90)
        color = tuple(chance.randrange(256) for _ in range(3))
        draw.rectangle((left, top, left + chance.randrange(8, 40), top + chance.randrange(8, 30)), fill=color)
    image.save(data, "JPEG", comment=f"{seed}:{number}".encode())
    return data.getvalue()


@dataclass
class Ledger:
    """What was answered. Keys are SHA-256 of pictures."""

    accepted: dict[str, str] = field(default_factory=dict[str, str])  # to the file's id
    unknown: set[str] = field(default_factory=set[str])  # sent once without a key, never answered: taken or not
    sessions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])  # a batch's id to its files' ids
    answers: Counter[str] = field(default_factory=Counter[str])
    faults: list[str] = field(default_factory=list[str])
    successes: list[float] = field(default_factory=list[float])  # when, on the monotonic clock

    def accept(self, digest: str, file_id: str) -> None:
        """Note a picture's file; the same picture answered with another file is a fault."""
        if self.accepted.setdefault(digest, file_id) != file_id:
            self.faults.append(f"picture {digest[:12]} is file {self.accepted[digest]} and file {file_id}")


class Uploaders:
    """Threads that upload until told to stop, and then finish what they have begun."""

    def __init__(self, url: str, key: str, seed: int, count: int) -> None:
        self.ledger = Ledger()
        self._url, self._seed = url, seed
        self._headers = {"Authorization": f"Bearer {key}"}
        self._numbers = iter(range(1_000_000_000))
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._deadline = float("inf")
        self._threads = [threading.Thread(target=self._run, args=(index,), daemon=True) for index in range(count)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> int:
        """Begin nothing new; how many uploaders were not answered in time."""
        self._deadline = time.monotonic() + seconds
        self._stop.set()
        for thread in self._threads:
            thread.join(max(0.0, self._deadline - time.monotonic()) + 35)
        return sum(thread.is_alive() for thread in self._threads)

    def _run(self, index: int) -> None:
        chance = Random(f"{self._seed}:uploader:{index}")
        with httpx2.Client(base_url=self._url, headers=self._headers, timeout=30, trust_env=False) as client:
            while not self._stop.is_set():
                self._upload(client, chance)
                self._stop.wait(chance.uniform(*PAUSE_SECONDS))

    def _upload(self, client: httpx2.Client, chance: Random) -> None:
        kind = chance.choices(["keyed", "keyless", "batch"], [6, 2, 2])[0]
        pictures = [self._next() for _ in range(chance.randint(2, MOST_IN_BATCH) if kind == "batch" else 1)]
        digests = [hashlib.sha256(data).hexdigest() for _, data in pictures]
        if kind == "keyless":
            if not self._send(client, pictures, digests, None):
                self.ledger.unknown.update(digests)
            return
        key = f"{self._seed}-{digests[0][:40]}"
        while not self._send(client, pictures, digests, key):
            if time.monotonic() > self._deadline:
                self.ledger.faults.append(f"picture {digests[0][:12]} was not answered to the end")
                return
            time.sleep(RETRY_SECONDS)
        if chance.random() < 0.1:
            self._send(client, pictures, digests, key)  # a client that lost the answer asks again

    def _next(self) -> tuple[int, bytes]:
        with self._lock:
            number = next(self._numbers)
        return number, picture(self._seed, number)

    def _send(
        self, client: httpx2.Client, pictures: list[tuple[int, bytes]], digests: list[str], key: str | None
    ) -> bool:
        """Whether it was answered with success."""
        single = len(pictures) == 1
        path = "upload/stream" if single else "upload/stream-batch"
        files = [("file" if single else "files", (f"{number}.jpg", data)) for number, data in pictures]
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = client.post(f"/api/v2/user-files/{path}", files=files, headers=headers)
        except httpx2.TransportError as error:
            self.ledger.answers[type(error).__name__] += 1
            return False
        self.ledger.answers[str(answer.status_code)] += 1
        if answer.status_code in ANSWERED:
            self._note(answer.json(), digests)
            return True
        if answer.status_code not in AGAIN:
            self.ledger.faults.append(f"answered {answer.status_code}: {answer.text[:200]}")
        return False

    def _note(self, body: dict[str, Any], digests: list[str]) -> None:
        self.ledger.successes.append(time.monotonic())
        ids = [str(one["image_id"]) for one in body.get("files", [body])]
        if len(ids) != len(digests):
            self.ledger.faults.append(f"{len(digests)} pictures sent, {len(ids)} answered")
        for digest, file_id in zip(digests, ids, strict=False):
            self.ledger.accept(digest, file_id)
        if "session_id" in body:
            self.ledger.sessions[str(body["session_id"])] = ids
