"""What assistants can have the agents' operations do."""

from aionserver.domains.agent_operations import material as materials
from aionserver.domains.agent_operations.meaning import files_meant
from aionserver.domains.agent_operations.quoting import cited
from aionserver.domains.agent_operations.reports import quoted_report
from aionserver.domains.agent_operations.sorting import by_names
from aionserver.domains.assistant.service import counted
from aionserver.domains.files import service as files
from aionserver.infra.actors import Access, Permission
from aionserver.infra.tools import Errand, Item, Outcome, Tool
from aionserver.kit.spoken.groups import groups_named
from aionserver.kit.spoken.intents import read_request
from aionserver.kit.spoken.tasks import about


async def write_report(errand: Errand, task: str) -> Outcome:
    """Put together a report in Markdown from quotations, each with its citation.

    It is of what documents, pictures and bookmarked pages say of the subject that the task names, as in "Write a
    report on the damage to the roof": of the chosen files, or of what is found for it in the library.
    """
    subject, is_narrow = about(task), _is_narrow(errand)
    material = await (materials.chosen(errand, subject) if is_narrow else materials.found(errand, subject or task))
    report = await quoted_report(task, material)
    if report.is_empty:
        return Outcome(report.summary)
    everything = [*material.passages, *material.spread, *material.documents, *material.pictures, *material.pages]
    items = tuple(cited(report.text, everything))
    return Outcome("A report of quotations.", items, len(items), {"report": report.text})


async def sort_into_groups(errand: Errand, task: str) -> Outcome:
    """Say which files belong to which of the groups that the task names; nothing is moved.

    The task is as in "Sort my photos into animals, people and landscapes": of the chosen files, or of those that it
    means. Files that fit none of the groups are in none.
    """
    request, names = read_request(task, errand.infra.clock().date()), groups_named(task)
    if not names:
        return Outcome("That names no groups to sort files into; two at least are needed.")
    items = await _chosen(errand) if _is_narrow(errand) else await files_meant(errand, request)
    if not items:
        return Outcome("There are no files to sort.", facts={"groups": {}})
    groups = [one for one in await by_names(errand, names, items) if one.items]
    sorted_in = tuple(item for group in groups for item in group.items)
    facts = {"groups": {group.name: [str(item.id) for item in group.items] for group in groups}}
    said = f"{len(sorted_in)} of {counted(len(items), 'file')} fit one of these groups."
    return Outcome(said, sorted_in, len(sorted_in), facts)


async def _chosen(errand: Errand) -> list[Item]:
    chosen = errand.selection
    ids = [*(chosen.image_ids or ()), *(chosen.document_ids or ()), *(chosen.video_ids or ())][: materials.MOST_GIVEN]
    async with errand.open_scope() as scope:
        rows = await files.find_many(scope, ids)
        return [files.as_item(scope, rows[one]) for one in dict.fromkeys(ids) if one in rows]


def _is_narrow(errand: Errand) -> bool:
    return any((errand.selection.image_ids, errand.selection.document_ids, errand.selection.video_ids))


READ = Access(Permission.READ)
TOOLS = [
    Tool("write_report", write_report, READ, timeout_seconds=60),
    Tool("sort_into_groups", sort_into_groups, READ, timeout_seconds=60),
]
