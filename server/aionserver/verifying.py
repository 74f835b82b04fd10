"""`aionvision verify`: whether rows and objects agree, and what was charged, made and counted with them."""

import asyncio
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict

from pydantic import SecretStr

from aionserver import wiring
from aionserver.infra.building import build_infra
from aionserver.infra.checks import Check, Findings, Inspection
from aionserver.infra.database import database_faults
from aionserver.infra.embedded_postgres import DatabaseUrls, urls_of_running
from aionserver.infra.settings import Settings
from aionserver.infra.telemetry import configure_logging
from aionserver.serving import database_of, has_database
from aionserver.supervisor.doors import locked

Report = Mapping[str, Findings]


def verify(
    settings: Settings, *, repair: bool, content: bool = False, checks: Sequence[Check] = wiring.CHECKS
) -> Report:
    """What each check found, by its subject; while the server runs, or with the database started for the moment."""
    configure_logging(settings)
    with _data(settings) as (urls, is_quiet):
        return asyncio.run(_run(settings, urls, checks, is_quiet=is_quiet, repair=repair, content=content))


@contextmanager
def _data(settings: Settings) -> Generator[tuple[DatabaseUrls, bool]]:
    """The database; and whether nobody else works with it, as is certain only for a folder that we hold."""
    is_quiet = settings.database_url is None and has_database(settings) and urls_of_running(settings.root) is None
    with ExitStack() as stack:
        if is_quiet:
            stack.enter_context(locked(settings.root))
        yield stack.enter_context(database_of(settings)), is_quiet


async def _run(
    settings: Settings, urls: DatabaseUrls, checks: Sequence[Check], *, is_quiet: bool, repair: bool, content: bool
) -> Report:
    wiring.import_tables()
    known = settings.model_copy(update={"database_url": SecretStr(urls.application)})
    infra = build_infra(known, wiring.SUBSCRIPTIONS, wiring.STEPS)
    inspection = Inspection(infra, is_quiet=is_quiet, repair=repair, content=content)
    report = {check.subject: Findings() for check in checks}
    try:
        with database_faults():
            for check in checks:
                await check.run(inspection, report[check.subject])
    finally:
        await infra.close()
    return report


def agrees(report: Report) -> bool:
    """Whether nothing disagrees, or nothing does any more."""
    return not any(found.disagreements for found in report.values())


def as_text(report: Report) -> str:
    """The report for people."""
    lines: list[str] = []
    for subject, found in report.items():
        counts = f"{found.looked_at} looked at"
        counts += f", {found.disagreements} DISAGREE" if found.disagreements else ""
        counts += f", {found.mended} mended" if found.mended else ""
        lines.append(f"{'FAIL' if found.disagreements else 'ok  '} {subject}: {counts}")
        lines += [f"       {text}" for text in [*found.examples, *found.notes]]
        if (more := found.disagreements + found.mended - len(found.examples)) > 0:
            lines.append(f"       … and {more} more")
    return "\n".join([*lines, "Everything agrees." if agrees(report) else "Not everything agrees."])


def as_json(report: Report) -> str:
    """The report for programs."""
    checks = [{"subject": subject, **asdict(found)} for subject, found in report.items()]
    return json.dumps({"agrees": agrees(report), "checks": checks}, indent=2)
