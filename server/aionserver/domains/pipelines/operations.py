"""Steps that do what the agents' operations do: reports, analyses of documents, order in folders."""

import time
from dataclasses import replace
from typing import Any

from aionserver.domains.agent_operations import service as operations
from aionserver.domains.agent_operations.schemas import DocumentAnalysisAgentRequest, OrganizeAgentRequest
from aionserver.domains.agent_operations.service import Material, readable
from aionserver.domains.pipelines.schemas import Done, Given
from aionserver.domains.pipelines.studies import load
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand
from aionserver.kit.spoken.tasks import about


async def write_report(errand: Errand, intent: str, given: Given) -> Done:
    """A report on what was given and told by steps before; with neither, on what the library has of it."""
    report = await operations.report_on(errand, intent, await _material(errand, intent, given))
    outputs: dict[str, Any] = {
        **given.handed_on,
        "report": report.text,
        "image_count": report.pictures,
        "document_count": report.documents,
    }
    return Done(readable(report.text), outputs, report.written, is_empty=report.is_empty)


async def _material(errand: Errand, intent: str, given: Given) -> Material:
    if given.is_all:
        return await operations.found(errand, about(intent) or intent)
    named = await operations.given(errand, given.image_ids, given.document_ids)
    pages = await load(errand, given.link_ids or ())
    return await operations.read(errand, replace(named, pages=pages, notes=given.told or ()), about(intent))


async def analyze_documents(errand: Errand, intent: str, given: Given) -> Done:
    """What documents say of what is asked, what each is about, how they compare, which belong together."""
    wanted = DocumentAnalysisAgentRequest(intent=intent, document_ids=list(given.document_ids or ()))
    analysis = await operations.analyze(errand, wanted)
    outputs: dict[str, Any] = {
        **given.handed_on,
        "count": analysis.documents,
        "analysis": analysis.text,
        "categorization": analysis.categorization,
        "chunk_references": [one.model_dump() for one in operations.references(analysis)],
    }
    return Done(readable(analysis.text), outputs, analysis.written)


async def put_in_folders(errand: Errand, intent: str, given: Given) -> Done:
    """Files put into folders, which are made where there are none, with what undoes it."""
    started = time.perf_counter()
    if given.is_all:
        plan = await operations.arrange(errand, OrganizeAgentRequest(intent=intent))
    else:
        files = [*(given.image_ids or ()), *(given.document_ids or ()), *(given.link_ids or ())]
        plan = await operations.order(errand, intent, await load(errand, files))
    if plan.problem is not None:
        return Done("", made=plan.written, problem=f"{plan.problem} Nothing was changed.")

    async def carry_out(scope: Scope) -> Done:
        made = await operations.carry_out(scope, plan, started)
        shown = made.model_dump(include={"folders_created", "files_moved", "actions", "undo"})
        return Done(made.summary, {**given.handed_on, **shown}, plan.written)

    return Done("", effect=carry_out)
