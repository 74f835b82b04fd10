"""The operator's commands about usage: prepaid credits, and whether totals are those of the ledger."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from aionserver.cli import main
from aionserver.domains.accounts import service as accounts
from aionserver.infra.database import open_engine, open_session, psycopg_url
from aionserver.kit.ids import new_id
from plugins.database import Database

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def tenant_id(database: Database) -> UUID:
    """The first tenant of the database."""

    async def create() -> UUID:
        engine = open_engine(database.app_url, 1)
        try:
            async with open_session(engine) as session, session.begin():
                return await accounts.create_tenant(session, "First", "free")
        finally:
            await engine.dispose()

    return asyncio.run(create())


@pytest.fixture
def run(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit status and output of the command."""
    monkeypatch.setenv("AIONVISION_DATABASE_URL", database.app_url)
    monkeypatch.setenv("AIONVISION_DATA_DIR", str(tmp_path))

    def invoke(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return invoke


def test_a_grant_is_given_once_for_a_reference(run: Run, tenant_id: UUID) -> None:
    for _ in range(2):
        assert run("credits", "grant", "--pack", "pack_250", "--reference", "invoice 1") == (
            0,
            f"First ({tenant_id}) has 250 prepaid credits.\n",
        )
    status, printed = run("credits", "grant", "--credits", "10", "--tenant", str(tenant_id))
    assert (status, "260" in printed) == (0, True)


@pytest.mark.parametrize(
    "options",
    [[], ["--pack", "pack_3"], ["--credits", "0"], ["--credits", "5", "--pack", "pack_250"], ["--tenant", "me"]],
)
def test_a_grant_of_nothing_known_is_refused(run: Run, tenant_id: UUID, options: list[str]) -> None:
    assert run("credits", "grant", *options)[0] == 2


def test_a_grant_to_nobody_is_refused(run: Run, tenant_id: UUID) -> None:
    status, printed = run("credits", "grant", "--credits", "5", "--tenant", str(new_id()))
    assert status == 1 and printed.startswith("aionvision: ")


def reconcile(*options: str) -> tuple[int, str]:
    """In a process of its own: the command sets up the log of its process."""
    command = [sys.executable, "-m", "aionserver", "usage", "reconcile", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_totals_are_reconciled_with_the_ledger(run: Run, tenant_id: UUID, database: Database) -> None:
    run("credits", "grant", "--credits", "5")
    assert reconcile("--json")[0] == 0
    with psycopg.connect(psycopg_url(database.owner_url), autocommit=True) as owner:
        owner.execute("update usage_totals set prepaid_credits = 50 where span = 'month'")
    status, printed = reconcile()
    assert (status, "prepaid_credits 50, due 5" in printed) == (1, True)
    assert "1 mended" in reconcile("--repair")[1]
    assert reconcile()[0] == 0
