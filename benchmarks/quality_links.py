"""What is read from saved pages of the web, served from the loopback, beside a bare reading of the same bytes.

    AION_EVAL_DIR=../shared/eval python benchmarks/quality_links.py [--all]

Title, description, picture and address against the reviewed ones. Typographic quotes, dashes and ellipses count as
plain ones, for the reviewed texts were set anew; `--all` prints what differs. The goal: no field is read worse than
bare, and three of four pages in each.
"""

import argparse
import asyncio
import html
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from _served import EVAL, print_machine

from aionserver.domains.links.steps import PAGES
from aionserver.infra.egress import Egress
from aionserver.infra.fetching import Fetched, fetch
from aionserver.kit.pages import main_text, read_page

FOLDER = EVAL / "web_opengraph" / "dev"
FIELDS = ("title", "description", "image", "url")
GOAL = 0.75
PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})
Read = Mapping[str, str | None]
Scores = tuple[dict[str, float], list[str]]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


async def fetched(rows: Sequence[Mapping[str, Any]]) -> list[Fetched]:
    """The pages as the crawler gets them, from a server on the loopback that the guard was told of."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(FOLDER)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"127.0.0.1:{server.server_address[1]}"
    try:
        egress = Egress(private_hosts=frozenset({place}))
        return [await fetch(egress, f"http://{place}/{row['path']}", PAGES) for row in rows]
    finally:
        server.shutdown()
        server.server_close()


def ours(page: Fetched, address: str) -> Read:
    """What the product reads of a page that it got from an address."""
    said = read_page(page.body, page.content_type, page.charset, address).metadata
    return {"title": said.title, "description": said.description, "image": said.image, "url": said.url or address}


def bare(page: Fetched, address: str) -> Read:
    """The first title, description and picture that stand in the page, and the address that was asked for."""
    text = page.body.decode("utf-8", "replace")
    picture = _first(r"<img[^>]+src=[\"']([^\"']+)", text)
    return {
        "title": _first(r"<title[^>]*>(.*?)</title>", text),
        "description": _first(r"<meta[^>]+name=[\"']description[\"'][^>]+content=[\"'](.*?)[\"']\s*/?>", text),
        "image": urljoin(address, picture) if picture else None,
        "url": address,
    }


def _first(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text, re.IGNORECASE | re.DOTALL)
    return html.unescape(found[1]) if found else None


def folded(text: str | None) -> str:
    """The text without what typesetting changes."""
    plain = " ".join((text or "").translate(PLAIN).replace("…", "...").split())
    return plain.removesuffix("...").rstrip(". /")


def is_right(name: str, found: str | None, wanted: str | None) -> bool:
    """Whether a field was read as it was reviewed; a long text may end earlier in the review."""
    got, asked = folded(found), folded(wanted)
    if name == "description" and len(asked) > 40:
        return got.startswith(asked) or (len(got) > 40 and asked.startswith(got))
    return got == asked


def shares(rows: Sequence[Mapping[str, Any]], pages: Sequence[Fetched], read: Callable[[Fetched, str], Read]) -> Scores:
    """The share of the pages in which each field is right, and what was wrong."""
    wrong: list[str] = []
    right = dict.fromkeys(FIELDS, 0)
    for row, page in zip(rows, pages, strict=True):
        found, wanted = read(page, row["gt"]["url"]), row["gt"]["expected"]
        for name in FIELDS:
            good = is_right(name, found[name], wanted.get(name))
            right[name] += good
            if not good:
                wrong.append(f"  {row['id']} {name}: {found[name]!r}, not {wanted.get(name)!r}")
    return {name: count / len(rows) for name, count in right.items()}, wrong


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--all", action="store_true", help="print every field that was read otherwise")
    chosen = arguments.parse_args()
    if not FOLDER.is_dir():
        print(f"skipped: no evaluation data in {EVAL} (set AION_EVAL_DIR)")
        return
    print_machine()
    rows = [json.loads(line) for line in Path(FOLDER / "manifest.jsonl").read_text().splitlines()]
    pages = asyncio.run(fetched(rows))
    (mine, wrong), (theirs, _) = shares(rows, pages, ours), shares(rows, pages, bare)
    print(f"\n{len(rows)} pages      " + "".join(f"{name:>13}" for name in FIELDS))
    print("ours          " + "".join(f"{mine[name]:>13.3f}" for name in FIELDS))
    print("bare          " + "".join(f"{theirs[name]:>13.3f}" for name in FIELDS))
    texts = [main_text(page.body, page.content_type, page.charset, str(page.url)) for page in pages]
    print(f"main text found in {sum(len(text) > 200 for text in texts)} of {len(texts)} pages")
    holds = all(mine[name] >= max(theirs[name], GOAL) for name in FIELDS)
    print(f"goal: no field worse than bare, and each at least {GOAL}: {'holds' if holds else 'missed'}")
    if chosen.all:
        print("\n".join(wrong))


if __name__ == "__main__":
    main()
