"""Give a program a key that can do only what it needs, use it, and revoke it.

Keys are made by people, so this logs in: it needs AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2),
AIONVISION_EMAIL and AIONVISION_PASSWORD. Those of the first login are in data/first-login.json.
"""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

from aion import AionvisionPermissionError, AuthenticationError, SyncAionVision

BASE = os.environ["AIONVISION_BASE_URL"]


def log_in() -> str:
    """The token of a new session; the SDK takes it in the place of a key."""
    body = {"email": os.environ["AIONVISION_EMAIL"], "password": os.environ["AIONVISION_PASSWORD"]}
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{BASE}/auth/session/login", json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)["session_token"]


def log_out(token: str) -> None:
    """Ends the session."""
    headers = {"Authorization": f"Bearer {token}"}
    urlopen(Request(f"{BASE}/auth/session/logout", headers=headers, method="POST")).close()


def use(key: str) -> None:
    """Reads with a key, and tries what it may not do."""
    with SyncAionVision(key, base_url=BASE) as program:
        print("files:", program.files.list(limit=1).total_count)
        try:
            program.folders.create("Not allowed")
        except AionvisionPermissionError as refusal:
            print("refused:", refusal.message)


def is_refused(key: str) -> bool:
    """Whether a key lets nobody in."""
    with SyncAionVision(key, base_url=BASE) as program:
        try:
            program.files.list(limit=1)
        except AuthenticationError:
            return True
        return False


def is_refused_within(key: str, seconds: float) -> bool:
    """Whether a key lets nobody in before the time is over; what is known of a key holds for a second."""
    until = time.monotonic() + seconds
    while not (refused := is_refused(key)) and time.monotonic() < until:
        time.sleep(0.2)
    return refused


def main() -> None:
    """Makes, uses, lists and revokes a key."""
    token = log_in()
    with SyncAionVision(token, base_url=BASE) as client:
        expires_at = datetime.now(UTC) + timedelta(days=1)
        made = client.api_keys.create("Example", scopes=["read"], expires_at=expires_at, metadata={"for": "an example"})
        use(made.api_key)
        print("keys:", [key.name for key in client.api_keys.list().api_keys])
        client.api_keys.delete(made.id, reason="The example is over")
    if not is_refused_within(made.api_key, seconds=5):
        raise SystemExit("The key was revoked and lets somebody in.")
    print("revoked")
    log_out(token)


main()
