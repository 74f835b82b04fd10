"""Photos a second from upload to description, against the bare networks in a loop; bytes a second against a bare sink.

python benchmarks/ingest.py [photos]
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
from _served import Server, free_port, fresh_server, median_seconds, photos, print_machine, wait_for_port

from aionserver.infra.settings import read_settings
from aionserver.kit.pictures import derive
from aionserver.models.bundled import load_bundled
from aionserver.models.captioning import Describer, PictureFacts
from aionserver.models.image_embedding import ImageEmbedder, SearchablePicture
from aionserver.models.objects import ObjectDetector
from aionserver.models.ocr import TextReader
from aionserver.models.safe_search import SafeSearch
from aionserver.models.tagging import Tagger

PIECE_BYTES = 8_000_000
PIECES = 6
ROUNDS = 5


def bare_networks(files: list[Path]) -> float:
    """Seconds that the networks alone take for the photos, one after the other, on a worker's threads."""
    models: dict[type, Any] = load_bundled(read_settings().threads)
    pictures = [derive(file).pixels for file in files]

    def run() -> None:
        for pixels in pictures:
            tags, objects = models[Tagger].tag(pixels), tuple(models[ObjectDetector].detect(pixels))
            text, _ = models[TextReader].read(pixels), models[SafeSearch].score(pixels)
            height, width = pixels.shape[:2]
            facts = PictureFacts(width=width, height=height, tags=tags.top, objects=objects, text=text)
            described = models[Describer].describe(facts)
            models[ImageEmbedder].embed_picture(SearchablePicture(tags, objects, described.text))

    models[TextReader].read(pictures[0])  # the first run of a network is slower than all others
    return median_seconds(run, 1)


def ingest(server: Server, files: list[Path]) -> float:
    """Seconds from the first byte sent until every photo is described."""
    started = time.perf_counter()
    with server.client() as client:
        parts = [("files", (file.name, file.read_bytes())) for file in files]
        client.post("/user-files/upload/stream-batch", files=parts).raise_for_status()
        while client.get("/user-files", params={"has_description": False, "limit": 1}).json()["total_count"]:
            time.sleep(0.2)
    return time.perf_counter() - started


def large_photo(number: int) -> bytes:
    """A small photo with a long tail of other bytes: intake has much to take, and decoding little to do."""
    return photos(1)[0].read_bytes() + number.to_bytes(4, "big") * (PIECE_BYTES // 4)


def send(url: str, key: str, body: bytes) -> None:
    """One upload."""
    with httpx2.Client(timeout=120, trust_env=False) as client:
        for number in range(PIECES):
            part = {"file": (f"{number}.jpg", body)}
            headers = {"Authorization": f"Bearer {key}"}
            client.post(url, files=part, data={"auto_describe": "false"}, headers=headers).raise_for_status()


def bare_sink(body: bytes) -> float:
    """Seconds for the same uploads into the sink, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(Path(__file__).parent), "_bare_sink:sink"]
    options = ["--port", str(port), "--lifespan", "off", "--log-level", "error"]
    with subprocess.Popen([*command, *options]) as process:
        try:
            wait_for_port(port)
            return median_seconds(lambda: send(f"http://127.0.0.1:{port}/", "none", body), ROUNDS)
        finally:
            process.terminate()


def main(count: int) -> None:
    """Print both ratios; above 1 is faster than bare."""
    print_machine()
    files = photos(count)
    bare = bare_networks(files)
    with fresh_server() as server:
        ingest(server, files[:2])
        whole = ingest(server, files)
        print(f"ingest  {count / whole:6.2f} photos/s   networks alone {count / bare:6.2f}   ratio {bare / whole:.2f}")
    body = large_photo(1)
    # Without workers: what comes in is not being decoded beside.
    with fresh_server(AIONVISION_WORKERS="0") as server:
        own = median_seconds(lambda: send(f"{server.url}/api/v2/user-files/upload/stream", server.key, body), ROUNDS)
    bare = bare_sink(body)
    megabytes = len(body) * PIECES / 1e6
    print(f"intake  {megabytes / own:6.0f} MB/s       bare sink      {megabytes / bare:6.0f}   ratio {bare / own:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
