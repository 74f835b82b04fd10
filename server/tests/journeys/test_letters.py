"""Letters on a server without a mail server: the operator reads them, and their links lead somewhere."""

import re
import subprocess
import sys

import httpx2

from plugins.served import Served, clean_environment


def test_the_operator_hands_on_an_invitation_that_no_mail_server_sends(served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.key}"}
    body = {"email": "grace@example.org", "role": "editor"}
    invited = httpx2.post(f"{served.api}/tenant/members/invite", json=body, headers=headers)
    assert invited.status_code == 200, invited.text
    command = [sys.executable, "-m", "aionserver", "mails", "--data-dir", str(served.folder)]
    shown = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True).stdout
    link = re.search(r"(http\S+)\?token=(once_\S+)", shown)
    assert link is not None, shown
    assert link[1].startswith(f"{served.url}/")
    assert httpx2.get(link[1]).status_code == 200
    chosen = {"token": link[2], "new_password": "Nano-second-1906"}
    done = httpx2.post(f"{served.api}/auth/session/password-reset/complete", json=chosen)
    assert done.status_code == 200, done.text
    login = {"email": body["email"], "password": chosen["new_password"]}
    session = httpx2.post(f"{served.api}/auth/session/login", json=login).json()["session_token"]
    files = httpx2.get(f"{served.api}/user-files", headers={"Authorization": f"Bearer {session}"})
    assert files.status_code == 200
