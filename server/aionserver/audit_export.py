"""`aionvision audit export`: the audit log as lines of JSON, for other programs to keep."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO
from uuid import UUID

from pydantic import SecretStr

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.audit import service as audit
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.building import build_infra
from aionserver.infra.database import database_faults
from aionserver.infra.errors import InvalidInput, NotFound
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.infra.telemetry import configure_logging
from aionserver.kit.dates import end_of_day, in_utc
from aionserver.kit.ids import parse_id
from aionserver.serving import database_of


@dataclass(frozen=True)
class Wanted:
    """Which entries are exported; of all tenants, and of none, where no tenant is named."""

    tenant_id: UUID | None
    since: datetime
    until: datetime


def export(settings: Settings, tenant: str | None, since: str | None, until: str | None, output: Path | None) -> int:
    """Write the entries to a file, or to standard output; how many."""
    wanted = _wanted(tenant, since, until)
    configure_logging(settings)
    with database_of(settings) as urls, _opened(output) as file:
        known = settings.model_copy(update={"database_url": SecretStr(urls.application)})
        return asyncio.run(_write(build_infra(known, {}), wanted, file))


def _wanted(tenant: str | None, since: str | None, until: str | None) -> Wanted:
    tenant_id = parse_id(tenant) if tenant else None
    if tenant and tenant_id is None:
        raise InvalidInput.field("--tenant", "is no id")
    return Wanted(
        tenant_id,
        _moment("--since", since) if since else datetime.min.replace(tzinfo=UTC),
        _moment("--until", end_of_day(until)) if until else datetime.now(UTC),
    )


def _moment(option: str, written: str) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(written))
    except ValueError as error:
        raise InvalidInput.field(option, "must be a date or time such as 2026-01-31 or 2026-01-31T12:00Z") from error


@contextmanager
def _opened(output: Path | None) -> Generator[TextIO]:
    """Where lines go. A file has its name only when it is whole, and none but its owner reads it."""
    if output is None:
        yield sys.stdout
        return
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            yield file
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


async def _write(infra: Infra, wanted: Wanted, file: TextIO) -> int:
    count = 0
    try:
        with database_faults():
            async for line in _lines(infra, wanted):
                file.write(line)
                count += 1
        file.flush()
    finally:
        await infra.close()
    return count


async def _lines(infra: Infra, wanted: Wanted) -> AsyncGenerator[str]:
    for tenant_id in await _tenants(infra, wanted.tenant_id):
        async for line in audit.export(infra.reads, tenant_id, wanted.since, wanted.until):
            yield line


async def _tenants(infra: Infra, wanted: UUID | None) -> Sequence[UUID]:
    known = [NO_TENANT, *await every_tenant(infra)]
    if wanted is None:
        return known
    if wanted not in known:
        raise NotFound(f"There is no tenant {wanted}.")
    return [wanted]
