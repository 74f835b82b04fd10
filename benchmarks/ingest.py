"""Photos a second from upload to description, against the bare networks in a loop.

python benchmarks/ingest.py [photos]
"""

import sys
import time
from pathlib import Path
from typing import Any

from _served import Server, fresh_server, median_seconds, photos, print_machine

from aionserver.infra.settings import read_settings
from aionserver.kit.pictures import derive
from aionserver.models.bundled import load_bundled
from aionserver.models.captioning import Describer, PictureFacts
from aionserver.models.image_embedding import ImageEmbedder, SearchablePicture
from aionserver.models.objects import ObjectDetector
from aionserver.models.ocr import TextReader
from aionserver.models.safe_search import SafeSearch
from aionserver.models.tagging import Tagger


def bare_networks(files: list[Path]) -> float:
    """Seconds that the networks alone take for the photos, one after the other, on a worker's threads."""
    models: dict[type, Any] = load_bundled(read_settings().threads)
    pictures = [derive(file).pixels for file in files]

    def run() -> None:
        for pixels in pictures:
            tags, surveyed = models[Tagger].tag(pixels), models[ObjectDetector].survey(pixels)
            text, _ = models[TextReader].read(pixels), models[SafeSearch].score(pixels)
            height, width = pixels.shape[:2]
            facts = PictureFacts(width=width, height=height, tags=tags.top, objects=surveyed.objects, text=text)
            described = models[Describer].describe(facts)
            models[ImageEmbedder].embed_picture(
                SearchablePicture(tags, surveyed.objects, described.text, surveyed.hints)
            )

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


def main(count: int) -> None:
    """Print the ratio; above 1 is faster than bare."""
    print_machine()
    files = photos(count)
    bare = bare_networks(files)
    with fresh_server() as server:
        ingest(server, files[:2])
        whole = ingest(server, files)
        print(f"ingest  {count / whole:6.2f} photos/s   networks alone {count / bare:6.2f}   ratio {bare / whole:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
