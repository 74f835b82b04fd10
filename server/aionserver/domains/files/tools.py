"""What assistants can do with single files."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from aionserver.domains.files import service
from aionserver.domains.files.items import as_item
from aionserver.domains.files.schemas import UpdateFileRequest
from aionserver.domains.files.service import StoredFile
from aionserver.infra.actors import Access, Permission
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand, Item, Outcome, Tool, Use
from aionserver.kit.ids import parse_ids
from aionserver.kit.receipts import read_receipt, sums_of

MOST_FILES = 100
MOST_COMPARED = 6
LONGEST_TEXT = 2_000
PARTS = ("made_at", "width", "height", "camera", "latitude", "longitude", "format", "size_bytes")


async def describe_file(errand: Errand, file: str) -> Outcome:
    """All that is known of one file: what it shows or says, its tags, when, where and by which device it was made.

    file: its id.
    """
    async with errand.open_scope() as scope:
        found = await service.require_file(scope, file)
        return Outcome("One file.", (as_item(scope, found),), 1)


async def read_text(errand: Errand, file: str) -> Outcome:
    """The text that can be read in one picture, or on one bookmarked page.

    file: its id.
    """
    async with errand.open_scope() as scope:
        found = await service.require_file(scope, file)
        text = (found.visible_text or "").strip()
        item = as_item(scope, found)
    said = "No text can be read in it." if not text else "The text that can be read in it."
    return Outcome(said, (_with_text(item, text[:LONGEST_TEXT]),), 1, {"has_text": bool(text)})


def _with_text(item: Item, text: str) -> Item:
    return Item(item.kind, item.id, item.name, text, item.score, details=item.details)


async def read_receipts(errand: Errand, files: list[str]) -> Outcome:
    """What was paid on receipts and bills in pictures: of each its total, money and day, as far as they can be read.

    The amount is that in the line of the total, of the text that was read in the picture, which comes with it.
    files: ids, at most 100.
    """
    async with errand.open_scope() as scope:
        found = await service.find_many(scope, _bounded(files))
        items = tuple(_paid(as_item(scope, one), one.visible_text or "") for one in found.values())
    with_total = [one.details for one in items if "total" in one.details]
    totals = sums_of((str(one.get("currency") or ""), Decimal(one["total"])) for one in with_total)
    read = len(with_total)
    facts = {"totals": {currency: str(total) for currency, total in totals.items()}, "read": read}
    return Outcome(f"The total can be read on {read} of {len(items)}.", items, len(items), facts)


def _paid(item: Item, text: str) -> Item:
    receipt = read_receipt(text)
    known = {
        "total": str(receipt.total) if receipt.total is not None else None,
        "currency": receipt.currency,
        "paid_on": receipt.day.isoformat() if receipt.day else None,
    }
    return replace(
        _with_text(item, text[:LONGEST_TEXT]), details={**item.details, **{k: v for k, v in known.items() if v}}
    )


async def compare_files(errand: Errand, files: list[str]) -> Outcome:
    """Two to six files beside each other: what is known of each, the tags they share and those that only one has.

    files: their ids.
    """
    async with errand.open_scope() as scope:
        found = [await service.require_file(scope, text) for text in files[:MOST_COMPARED]]
        items = tuple(as_item(scope, file) for file in found)
    tags = [set(file.tags) for file in found]
    shared = set[str].intersection(*tags) if tags else set[str]()
    own = {str(file.id): sorted(mine - shared) for file, mine in zip(found, tags, strict=True)}
    differing = [name for name in PARTS if len({str(item.details.get(name)) for item in items}) > 1]
    facts = {"shared_tags": sorted(shared), "own_tags": own, "differing": differing}
    return Outcome(f"{len(items)} files beside each other.", items, len(items), facts)


async def tag_files(
    errand: Errand, files: list[str], add: list[str] | None = None, remove: list[str] | None = None
) -> Outcome:
    """Put tags on files, or take them off.

    files: ids; add, remove: tags.
    """
    added, removed = add or [], {tag.casefold() for tag in remove or []}
    undo = list[Use]()

    async def change(scope: Scope, file: StoredFile) -> None:
        undo.append(_tags_back(file, added, removed))
        kept = [tag for tag in file.tags if tag.casefold() not in removed]
        wanted = UpdateFileRequest(tags=list(dict.fromkeys([*kept, *added])))
        await service.update_file(scope, str(file.id), wanted)

    outcome = await _each(errand, files, change, "tagged")
    return replace(outcome, undo=_together(undo))


def _tags_back(file: StoredFile, added: Sequence[str], removed: set[str]) -> Use:
    had = {tag.casefold() for tag in file.tags}
    arguments = {
        "add": [tag for tag in file.tags if tag.casefold() in removed],
        "remove": [tag for tag in added if tag.casefold() not in had],
    }
    return Use("tag_files", {"files": [str(file.id)], **{name: tags for name, tags in arguments.items() if tags}}, "")


def _together(uses: Sequence[Use]) -> tuple[Use, ...]:
    """One use for all files whose tags change alike; none for those that stay as they are."""
    groups = dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]]()
    for one in uses:
        add, remove = tuple(one.arguments.get("add", ())), tuple(one.arguments.get("remove", ()))
        if add or remove:
            groups.setdefault((add, remove), []).extend(one.arguments["files"])
    return tuple(
        Use("tag_files", {"files": ids, "add": list(add), "remove": list(remove)}, _tagging(add, remove, len(ids)))
        for (add, remove), ids in groups.items()
    )


def _tagging(add: Sequence[str], remove: Sequence[str], count: int) -> str:
    parts = [f"put {', '.join(add)} on again"] if add else []
    parts += [f"take {', '.join(remove)} off again"] if remove else []
    told = " and ".join(parts)
    return f"{told[:1].upper()}{told[1:]}: {count} {_plural(count)}"


async def rename_file(errand: Errand, file: str, title: str) -> Outcome:
    """Give a file another title.

    file: its id; title: at most 255 characters.
    """

    undo = list[Use]()

    async def change(scope: Scope, found: StoredFile) -> None:
        was = found.title or found.filename
        undo.append(Use("rename_file", {"file": str(found.id), "title": was}, f"Give a file its title “{was}” again"))
        await service.update_file(scope, str(found.id), UpdateFileRequest(title=title))

    return replace(await _each(errand, [file], change, "renamed"), undo=tuple(undo))


async def delete_files(errand: Errand, files: list[str]) -> Outcome:
    """Delete files; they can be restored for some weeks.

    files: ids.
    """
    async with errand.open_scope() as scope:
        ids = _bounded(files)
        before = await service.find_many(scope, ids)
        answer = await service.delete_files(scope, [str(one) for one in ids])
        deleted = parse_ids([str(one.id) for one in answer.deleted])[0]
        gone = [before[file_id] for file_id in deleted if file_id in before]
        items = tuple(as_item(scope, file) for file in gone)
    facts = {"deleted": len(answer.deleted), "skipped": len(answer.skipped), "failed": len(answer.failed)}
    ids_gone = [str(one.id) for one in items]
    back = Use("restore_files", {"files": ids_gone}, f"Restore {len(items)} deleted {_plural(len(items))}")
    said = f"{len(items)} {_files(len(items))} deleted."
    return Outcome(said, items, len(items), facts, (back,) if ids_gone else ())


async def restore_files(errand: Errand, files: list[str]) -> Outcome:
    """Bring deleted files back, as long as they are kept.

    files: ids.
    """
    async with errand.open_scope() as scope:
        for file_id in _bounded(files):
            await service.restore_file(scope, str(file_id))
        back = await service.read_many(scope, _bounded(files))
        items = tuple(as_item(scope, file) for file in back.values())
    ids = [str(one.id) for one in items]
    undo = Use("delete_files", {"files": ids}, f"Delete again {len(items)} {_plural(len(items))}")
    return Outcome(f"{len(items)} {_files(len(items))} restored.", items, len(items), undo=(undo,) if ids else ())


def _plural(count: int) -> str:
    return "file" if count == 1 else "files"


async def _each(errand: Errand, texts: Sequence[str], change: Callable[..., Any], done: str) -> Outcome:
    """Change each file in one transaction; those that are not there are passed over."""
    async with errand.open_scope() as scope:
        found = await service.find_many(scope, _bounded(texts))
        for file in found.values():
            await change(scope, file)
        changed = await service.read_many(scope, list(found))
        items = tuple(as_item(scope, file) for file in changed.values())
    return Outcome(f"{len(items)} {_files(len(items))} {done}.", items, len(items))


def _files(count: int) -> str:
    return "file was" if count == 1 else "files were"


def _bounded(texts: Sequence[str]) -> list[UUID]:
    ids = parse_ids(texts)[0]
    if len(ids) > MOST_FILES:
        raise InvalidInput.field("files", f"at most {MOST_FILES} at a time")
    return ids


READ, WRITE = Access(Permission.READ), Access(Permission.WRITE)
TOOLS = (
    Tool("describe_file", describe_file, READ),
    Tool("read_text", read_text, READ),
    Tool("read_receipts", read_receipts, READ),
    Tool("compare_files", compare_files, READ),
    Tool("tag_files", tag_files, WRITE, changes=True),
    Tool("rename_file", rename_file, WRITE, changes=True),
    Tool("delete_files", delete_files, WRITE, changes=True),
    Tool("restore_files", restore_files, WRITE, changes=True),
)
