"""Bookmark a web page, wait until it is read, and find it by what stands on it.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2), and a server that reaches the page.
Usage: python examples/links.py [--url URL] [--words WORDS]; it removes what it has made.
"""

import argparse

from aion import SyncAionVision


def parse_options() -> argparse.Namespace:
    """A page, and words that stand on it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--url", default="https://example.org/")
    parser.add_argument("--words", default="domain for use in examples")
    return parser.parse_args()


def show_page(client: SyncAionVision, link_id: str) -> None:
    """Prints what is known of a page."""
    link = client.links.get(link_id)
    if link.crawl_status != "completed":
        raise SystemExit(f"The page could not be read: {link.crawl_error}")
    print(link.domain, "|", link.title)
    print((link.visible_text or "")[:200])


def find_page(client: SyncAionVision, words: str) -> None:
    """Prints the pages that fit the words, by search and by list."""
    for hit in client.agent_search.links(words, limit=3).results:
        print(f"{hit.score:.2f}  {hit.title}  {hit.url}")
    for link in client.links.list_all(tags=["reading"]):
        print("to read:", link.url)


def main() -> None:
    """Prints a page, and how it is found."""
    options = parse_options()
    with SyncAionVision.from_env() as client:
        link_id = client.links.create(options.url, tags=["reading"]).id
        try:
            client.links.wait_for_crawl(link_id)
            show_page(client, link_id)
            find_page(client, options.words)
        finally:
            client.links.delete(link_id)


main()
