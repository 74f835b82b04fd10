"""The whole product in a minute: a server, photos that are described and found by words, a manual that is asked.

Run it with `make demo`, or `python examples/demo.py [--data-dir D] [--port P]`. It serves until Ctrl-C.
With DEMO_EXIT=1 it stops after the show; the exit status is 1 if anything did not come out as it should.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo_views import console, print_answers, print_photo, print_searches, print_summary

from aion import AionVision, InsecureTransportWarning
from aion.progress import UploadProgress
from aion.types import BatchUploadResults, DocumentSearchResult

PHOTOS = {path.name: path for path in sorted((Path(__file__).resolve().parent / "photos").glob("*.jpg"))}
SEARCHES = {  # plain words, and the photo they ought to find among the first three
    "a cat looking at the camera": "chelsea.jpg",
    "an otter resting by the water": "oakland.jpg",
    "espresso in a red cup": "pikolo.jpg",
    "boats in a harbour": "nagasaki.jpg",
    "trail closed, bridge under repair": "own-1.jpg",
}
MANUAL = Path(__file__).resolve().parent / "documents" / "nb-200.pdf"
QUESTIONS = {  # and the page of the manual that answers each
    "How often does the oil have to be changed?": 4,
    "Why does the motor hum and not turn?": 5,
    "How much does the NB-200/6 weigh?": 2,
}
START_TIMEOUT_SECONDS = 300.0
STOP_TIMEOUT_SECONDS = 15.0


def main() -> int:
    """Runs the show; the exit status."""
    # Plain http never leaves this machine here, so the SDK's warning about it would only puzzle the reader.
    warnings.simplefilter("ignore", InsecureTransportWarning)
    # Nor may a proxy of the environment see it: the server is on this machine.
    os.environ["no_proxy"] = ",".join(
        filter(None, (os.environ.get("no_proxy"), os.environ.get("NO_PROXY"), "127.0.0.1"))
    )
    options = parse_options()
    url = f"http://127.0.0.1:{options.port}"
    log = Path(tempfile.mkstemp(prefix="aionvision-demo-", suffix=".log")[1])
    with running_server(options.data_dir, options.port, log) as server:
        login = read_login(options.data_dir / "first-login.json")
        problems = asyncio.run(show(url, login["api_key"]))
        serves_on = os.environ.get("DEMO_EXIT") != "1"
        print_summary(url, login, log, problems, serves_on=serves_on)
        if serves_on:
            console.print("Serving. Ctrl-C stops it.")
            server.wait()
            sys.exit(f"The server ended. Its log is {log}.")
    return 1 if problems else 0


def parse_options() -> argparse.Namespace:
    """The data folder and a port."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("AIONVISION_DATA_DIR", "data")))
    given = os.environ.get("AIONVISION_PORT")
    parser.add_argument("--port", type=int, default=given, help="default: AIONVISION_PORT, 8000, or the next free one")
    options = parser.parse_args()
    options.port = options.port or next(port for port in range(8000, 9000) if is_free(port))
    return options


def is_free(port: int) -> bool:
    """Whether nothing listens on the port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def running_server(data_dir: Path, port: int, log: Path) -> Generator["subprocess.Popen[bytes]"]:
    """A healthy `aionvision serve` of this same environment; stopped on leaving."""
    program = Path(sys.executable).with_name("aionvision")
    command = [program, "serve", "--data-dir", data_dir, "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches this program only, which then stops the server in order.
        server = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        wait_until_healthy(server, f"http://127.0.0.1:{port}", log)
        yield server
    finally:
        stop(server)


def wait_until_healthy(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    """Returns once the server answers; ends the program with the log's last lines if it does not."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    with console.status("Starting the server (the first start also makes the database)"):
        while server.poll() is None and time.monotonic() < deadline:
            try:
                if get_json(f"{url}/health")["status"] == "healthy":
                    return
            except OSError:
                time.sleep(0.2)
    last_lines = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    sys.exit(f"The server did not start. The end of {log}:\n{last_lines}")


def read_login(path: Path) -> dict[str, str]:
    """The owner's login and API key, which the server writes down at its very first start."""
    deadline = time.monotonic() + 10
    while not path.exists():
        if time.monotonic() > deadline:
            sys.exit(f"{path} is gone. The demo needs it: try another folder with --data-dir.")
        time.sleep(0.1)
    return json.loads(path.read_text(encoding="utf-8"))


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Asks the server to stop, and insists when that takes too long."""
    with console.status("Stopping the server"):
        server.terminate()
        try:
            server.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


async def show(url: str, api_key: str) -> list[str]:
    """Uploads, prints and searches the photos; a sentence for each thing that went wrong."""
    async with AionVision(api_key, base_url=f"{url}/api/v2") as client:
        results = await upload_photos(client)
        problems = [f"{result.filename} failed: {result.description_error}" for result in results.failed()]
        names = {result.image_id: result.filename for result in results}
        problems += await print_photos(client, names, url, api_key)
        problems += await search_photos(client, names)
        return problems + await ask_manual(client)


async def upload_photos(client: AionVision) -> BatchUploadResults:
    """The photos, each described or failed; those that are there already are not stored again."""
    with UploadProgress() as progress:
        return await client.upload(
            [*PHOTOS.values()],
            skip_duplicates=True,
            raise_on_failure=False,
            on_progress=progress.file_read,
            on_file_complete=progress.file_stored,
            on_description_progress=progress.description_ended,
        )


async def print_photos(client: AionVision, names: dict[str, str], url: str, api_key: str) -> list[str]:
    """Prints what the server saw in each photo of `names` (by id); the photos it has no description of."""
    missing = set(PHOTOS)
    async for file in client.files.list_all(has_description=True):
        if file.id in names:
            colors = await asyncio.to_thread(get_json, f"{url}/api/v2/colors/images/{file.id}", api_key)
            print_photo(file, PHOTOS[names[file.id]], colors["color_analysis"])
            missing.remove(names[file.id])
    return [f"{name} has no description." for name in sorted(missing)]


async def search_photos(client: AionVision, names: dict[str, str]) -> list[str]:
    """Prints the three best photos of each search; the searches that missed theirs."""
    found = {query: (await client.agent_search.images(query, limit=3)).results for query in SEARCHES}
    # by its id, for the photo may have been uploaded under another name before
    fitting = {
        query: [names.get(hit.image_id, hit.filename) == SEARCHES[query] for hit in found[query]] for query in found
    }
    print_searches(found, fitting)
    return [f'"{query}" did not find {name}.' for query, name in SEARCHES.items() if not any(fitting[query])]


async def ask_manual(client: AionVision) -> list[str]:
    """Prints the passage of the manual that answers each question best; the questions that missed their page."""
    with console.status("Reading the manual of a pump"):
        manual = await client.documents.upload_one(MANUAL, skip_duplicates=True, raise_on_failure=False)
    if not manual.document_id:
        return [f"{MANUAL.name} could not be read."]
    answers = {query: await best_passage(client, query, manual.document_id) for query in QUESTIONS}
    fitting = {query: bool(hit and QUESTIONS[query] in (hit.page_numbers or [])) for query, hit in answers.items()}
    print_answers(answers, fitting)
    return [f'"{query}" did not find page {QUESTIONS[query]}.' for query in QUESTIONS if not fitting[query]]


async def best_passage(client: AionVision, query: str, document_id: str) -> DocumentSearchResult | None:
    """The best passage of one document, which may be less sure here than where all documents are asked."""
    found = await client.documents.search(query, limit=1, similarity_threshold=0.1, document_ids=[document_id])
    return next(iter(found.results), None)


def get_json(address: str, api_key: str | None = None) -> dict[str, Any]:
    """The JSON object at an address of our own server."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as response:
        return json.load(response)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the same orderly end as Ctrl-C
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
