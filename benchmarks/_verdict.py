"""What has to be true after all kills, asked of the database, the API and `aionvision verify`."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from _mortal import MortalServer
from _uploaders import Ledger

from aionserver.infra.database import psycopg_url
from aionserver.infra.embedded_postgres import urls_of_running

SHOWN = 5
UNFINISHED = "variant_status in ('pending', 'queued', 'processing') or description_status in ('queued', 'processing')"
# The question, and the query whose rows are the exceptions.
QUESTIONS = {
    "every file is described and has its variants": "select id, variant_status, description_status,"
    " coalesce(variant_error, description_error) from files"
    " where variant_status <> 'completed' or description_status <> 'completed'",
    "every step of every file is done": "select id, (select count(*) from file_steps s where s.file_id = f.id"
    " and s.status = 'completed') as done from files f"
    " where (select count(*) from file_steps s where s.file_id = f.id and s.status = 'completed') <> 6",
    "every file has one description": "select f.id, count(d.id) from files f left join descriptions d"
    " on d.file_id = f.id group by f.id having count(d.id) <> 1",
    "every file has one vector of each kind": "select f.id, count(v.name) from files f left join search_vectors v"
    " on v.file_id = f.id group by f.id having count(v.name) = 0",
    "every file has four variants": "select f.id, count(v.name) from files f left join file_variants v"
    " on v.file_id = f.id group by f.id having count(v.name) <> 4",
    "every file is charged once for its upload and once for its description": "select f.id,"
    " count(c.id) filter (where c.operation = 'upload'), count(c.id) filter (where c.operation = 'describe')"
    " from files f left join ledger_entries c on c.subject_id = f.id group by f.id"
    " having count(c.id) filter (where c.operation = 'upload') <> 1"
    " or count(c.id) filter (where c.operation = 'describe') <> 1",
    "no charge is for anything else": "select operation, subject_id from ledger_entries c"
    " where not exists (select from files f where f.id = c.subject_id)",
    "no picture is there twice": "select sha256, count(*) from files group by sha256 having count(*) > 1",
    "no job is left, failed or lost": "select id, task_name, status, attempts from procrastinate_jobs"
    " where task_name = 'files.process'",
    "every session has the files it counts": "select s.id, s.total_files, count(i.position) from upload_sessions s"
    " left join upload_session_items i on i.session_id = s.id and i.outcome = 'stored'"
    " and exists (select from files f where f.id = i.file_id and f.upload_session_id = s.id)"
    " group by s.id having count(i.position) <> s.total_files",
}


class Verdict:
    """Findings one by one; each is printed as it is made."""

    def __init__(self) -> None:
        self.holds = True

    def find(self, statement: str, exceptions: Sequence[object]) -> None:
        """A statement holds when it has no exceptions."""
        self.holds = self.holds and not exceptions
        print(f"  {'FAIL' if exceptions else 'ok  '} {statement}", flush=True)
        for one in list(exceptions)[:SHOWN]:
            print(f"         {one}")
        if len(exceptions) > SHOWN:
            print(f"         … {len(exceptions)} in all", flush=True)


def database_of(server: MortalServer) -> "psycopg.Connection[Any]":
    """A connection that sees every row."""
    urls = urls_of_running(server.data)
    if urls is None:
        raise ConnectionError("the database does not run")
    return psycopg.connect(psycopg_url(urls.owner), autocommit=True)


def settled(server: MortalServer, seconds: float) -> bool:
    """Whether nothing is left to do before the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with database_of(server) as connection:
                query = f"select (select count(*) from files where {UNFINISHED}), (select count(*) from"
                query += " procrastinate_jobs where task_name = 'files.process' and status in ('todo', 'doing'))"
                if connection.execute(query.encode()).fetchone() == (0, 0):
                    return True
        except (psycopg.OperationalError, ConnectionError):
            pass  # it is still coming back
        time.sleep(1)
    return False


def judge(server: MortalServer, key: str, ledger: Ledger) -> bool:
    """Whether nothing was lost and nothing was done twice."""
    verdict = Verdict()
    verdict.find("every answer was a success, or one that says to try again", ledger.faults)
    with database_of(server) as connection:
        stored = {str(row[0]): row[1] for row in connection.execute("select id, sha256 from files")}
        by_digest = {digest: file_id for file_id, digest in stored.items()}
        lost = [digest for digest, file_id in ledger.accepted.items() if stored.get(file_id) != digest]
        verdict.find("every picture that was accepted is the file that was answered", lost)
        strange = by_digest.keys() - ledger.accepted.keys() - ledger.unknown
        verdict.find("every file was uploaded", sorted(strange))
        for statement, query in QUESTIONS.items():
            verdict.find(statement, connection.execute(query.encode()).fetchall())
    verdict.find("every original is downloaded as it was sent", _spoiled(server, key, ledger))
    return verdict.holds


def _spoiled(server: MortalServer, key: str, ledger: Ledger) -> list[str]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60, trust_env=False) as client:

        def spoiled(item: tuple[str, str]) -> str | None:
            answer = client.get(f"/api/v2/user-files/{item[1]}/download", follow_redirects=True)
            return None if hashlib.sha256(answer.content).hexdigest() == item[0] else f"{item[1]} {answer.status_code}"

        with ThreadPoolExecutor(4) as threads:
            return [one for one in threads.map(spoiled, ledger.accepted.items()) if one]


def verify(data: Path, *options: str) -> int:
    """The exit status of `aionvision verify`, whose words are shown."""
    command = [sys.executable, "-m", "aionserver", "verify", "--data-dir", str(data), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print("    " + done.stdout.rstrip().replace("\n", "\n    "), flush=True)
    return done.returncode
