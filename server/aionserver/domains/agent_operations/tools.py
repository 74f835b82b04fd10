"""What assistants can have the agents' operations do."""

from aionserver.domains.agent_operations import material as materials
from aionserver.domains.agent_operations.quoting import cited
from aionserver.domains.agent_operations.reports import quoted_report
from aionserver.infra.actors import Access, Permission
from aionserver.infra.tools import Errand, Outcome, Tool
from aionserver.kit.spoken.tasks import about


async def write_report(errand: Errand, task: str) -> Outcome:
    """Put together a report in Markdown from quotations, each with its citation.

    It is of what documents, pictures and bookmarked pages say of the subject that the task names, as in "Write a
    report on the damage to the roof": of the chosen files, or of what is found for it in the library.
    """
    subject, selection = about(task), errand.selection
    is_narrow = any((selection.image_ids, selection.document_ids, selection.video_ids))
    material = await (materials.chosen(errand, subject) if is_narrow else materials.found(errand, subject or task))
    report = await quoted_report(task, material)
    if report.is_empty:
        return Outcome(report.summary)
    everything = [*material.passages, *material.spread, *material.documents, *material.pictures, *material.pages]
    items = tuple(cited(report.text, everything))
    return Outcome("A report of quotations.", items, len(items), {"report": report.text})


TOOLS = [Tool("write_report", write_report, Access(Permission.READ), timeout_seconds=60)]
