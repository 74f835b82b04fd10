"""What has to be true of every file's processing, and of what was charged for files."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.files import queries, service
from aionserver.domains.files.checking import PAGE, every_file, standing_still
from aionserver.domains.files.processing import Step
from aionserver.domains.files.tables import File, FileStep, FileVariant
from aionserver.domains.usage import service as usage
from aionserver.infra.checks import Check, Findings, Inspection
from aionserver.infra.scope import Scope
from aionserver.kit.renditions import VARIANT_SIDES


async def _go_on(scope: Scope, ids: Sequence[UUID]) -> None:
    await service.defer_processing(scope, await queries.media_types(scope, ids), "bulk")


async def _misreported(scope: Scope, files: Sequence[File]) -> dict[UUID, str]:
    """Files that say they are completed, while a step or a variant says otherwise."""
    ids = [file.id for file in files]
    steps, variants = await queries.steps_of(scope, ids), await queries.variants_of(scope, ids)
    found = {file.id: _misreport(scope, file, steps.get(file.id, {}), variants.get(file.id, {})) for file in files}
    return {file_id: text for file_id, text in found.items() if text}


def _misreport(
    scope: Scope, file: File, steps: Mapping[str, FileStep], variants: Mapping[str, FileVariant]
) -> str | None:
    for step in cast("Sequence[Step]", scope.infra.steps):
        done = step.name in steps and steps[step.name].status == "completed"
        if step.reports and step.wanted(file) and getattr(file, step.reports) == "completed" and not done:
            return f"its {step.reports} is 'completed', and the step '{step.name}' is not"
    missing = sorted(VARIANT_SIDES.keys() - variants.keys())
    if missing and file.media_type == "image" and file.variant_status == "completed":
        return f"its variants are 'completed', and {', '.join(missing)} is missing"
    return None


async def _charges(inspection: Inspection, findings: Findings) -> None:
    """Each entry about a file has its file. One that is older than the retention may be of a file purged since."""
    infra = inspection.infra
    since = infra.clock() - timedelta(days=infra.settings.deleted_retention_days)
    for tenant_id in await every_tenant(infra):
        last: UUID | None = None
        while True:
            async with infra.open_system_scope(tenant_id) as scope:
                page = await usage.entries_about_files(scope, since, last, PAGE)
                known = await queries.known_ids(scope, [one.file_id for one in page if one.file_id])
            for one in page:
                if one.file_id not in known:
                    findings.disagree(f"{one.kind} {one.id} ({one.operation}): there is no file {one.file_id}")
            if not page:
                break
            findings.looked_at += len(page)
            last = page[-1].id


CHECKS = [
    every_file("no file's processing stands still", standing_still, _go_on),
    every_file("files are as far as they say", _misreported),
    Check("charges are for files", _charges),
]
