"""Chat over HTTP with the standard library alone: a session, an answer word by word, a follow-up, chosen images.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2), and something in the library.
"""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

BASE, KEY = os.environ["AIONVISION_BASE_URL"], os.environ["AIONVISION_API_KEY"]


def send(method: str, path: str, body: Any = None) -> Any:
    """The open answer to a request."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    return urlopen(Request(f"{BASE}{path}", data, headers, method=method))


def ask(method: str, path: str, body: Any = None) -> Any:
    """The answer to a request."""
    with send(method, path, body) as answer:
        return json.load(answer)


def stream(session: str, message: str) -> Iterator[dict[str, Any]]:
    """The events of an answer, as they come."""
    with send("POST", f"/chat/sessions/{session}/messages/stream", {"message": message}) as answer:
        for line in answer:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def main() -> None:
    """Prints a conversation."""
    session = ask("POST", "/chat/sessions", {})["session_id"]
    try:
        print("> What is in my library?")
        for event in stream(session, "What is in my library?"):
            if event["type"] == "token":
                print(event["content"], end="", flush=True)
            elif event["type"] == "error":
                raise SystemExit(event["message"])
        print("\n\n> Show me pictures of a cat")
        found = ask("POST", f"/chat/sessions/{session}/messages", {"message": "Show me pictures of a cat"})
        print(found["resolved_content"])
        print("\n> Describe the first one")
        described = ask("POST", f"/chat/sessions/{session}/messages", {"message": "Describe the first one"})
        print(described["resolved_content"])
        chosen = [image["image_id"] for image in found["images"][:2]]
        if chosen:
            print(ask("PUT", f"/chat/sessions/{session}/images", {"image_ids": chosen})["context_summary"])
    finally:
        ask("DELETE", f"/chat/sessions/{session}")


main()
