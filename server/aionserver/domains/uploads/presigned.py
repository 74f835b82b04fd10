"""Offers of presigned URLs: what may be put where, by whom, until when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.custom_storage.service import Store
from aionserver.domains.folders.service import require_folder
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.errors import TooManyOpen
from aionserver.domains.uploads.intake import clean_filename, object_key
from aionserver.domains.uploads.kinds import kind_of, most_bytes_of, require_size
from aionserver.domains.uploads.tables import PendingUpload
from aionserver.domains.usage import service as usage
from aionserver.infra.scope import Reader, Scope
from aionserver.infra.web.signed_puts import put_url
from aionserver.kit.ids import new_id

URL_SECONDS = 600
# So long is waited for what was offered; a client that was cut off may confirm until then.
OPEN_FOR = timedelta(hours=2)
# So long it is known what became of it.
KEPT_FOR = timedelta(days=30)
OPEN_BATCHES = 10
INCOMING = "incoming"


@dataclass(frozen=True)
class Wanted:
    """A file that a client wants to put, as it says."""

    filename: str
    content_type: str
    size_bytes: int
    title: str | None = None
    tags: Sequence[str] = ()
    folder_id: str | None = None
    auto_describe: bool = True
    skip_duplicates: bool = False
    storage_target: str = custom_storage.DEFAULT


@dataclass(frozen=True)
class Offer:
    """Where a file may be put, and with which headers."""

    pending: PendingUpload
    url: str
    headers: dict[str, str]
    expires_at: datetime


def incoming_key(pending: Any) -> str:
    """Where bytes are put. They move when they are confirmed, so that nobody can put others in their place then."""
    return f"{INCOMING}/{pending.tenant_id}/{pending.id}"


Stores = Mapping[str, Store]


async def stores_for(reader: Reader, targets: Iterable[str]) -> Stores:
    """Where files of these storage targets go; to be asked before a transaction is open."""
    return {target: await custom_storage.store_for(reader, target) for target in set(targets)}


async def offer(scope: Scope, stores: Stores, wanted: Sequence[Wanted], batch_id: UUID | None = None) -> list[Offer]:
    """Presigned URLs for files, where the plan allows so many more; each has its id already."""
    for one in wanted:
        _require_takeable(scope, one)
    await _require_room(scope, len(wanted))
    await usage.require_uploads(scope, len(wanted))
    for store in stores.values():
        await custom_storage.require_current(scope, store)
    places = [stores[one.storage_target] for one in wanted]
    rows = [await _pending(scope, places[at], one, batch_id, at) for at, one in enumerate(wanted)]
    await queries.add_pending(scope, rows)
    return [_offer(scope, store, row) for store, row in zip(places, rows, strict=True)]


def _require_takeable(scope: Scope, one: Wanted) -> None:
    require_size(one.size_bytes, most_bytes_of(scope.infra.settings, kind_of(one.content_type)))


async def _require_room(scope: Scope, count: int) -> None:
    most = OPEN_BATCHES * plan_of(scope.actor.tier).files_per_batch
    if await queries.count_waiting(scope) + count > most:
        text = f"{most} presigned uploads of yours wait to be confirmed; confirm them, or wait until they expire."
        raise TooManyOpen(text, headers={"Retry-After": "60"})


async def _pending(scope: Scope, store: Store, one: Wanted, batch_id: UUID | None, position: int) -> PendingUpload:
    file_id, filename = new_id(), clean_filename(one.filename)
    return PendingUpload(
        id=file_id,
        tenant_id=scope.tenant_id,
        state="waiting",
        batch_id=batch_id,
        position=position,
        object_key=object_key(scope.tenant_id, file_id, filename),
        filename=filename,
        content_type=one.content_type.strip().lower(),
        size_bytes=one.size_bytes,
        title=one.title,
        tags=list(one.tags),
        folder_id=await require_folder(scope, one.folder_id) if one.folder_id else None,
        auto_describe=one.auto_describe,
        skip_duplicates=one.skip_duplicates,
        bucket_id=store.bucket_id,
        requested_by=requester(scope),
        created_at=scope.now(),
    )


def requester(reader: Reader) -> UUID | None:
    """Who asks: a person, in whatever session or by whatever key of theirs, else a key."""
    return reader.actor.user_id or reader.actor.key_id


def _offer(scope: Scope, store: Store, row: PendingUpload) -> Offer:
    expires_at = scope.now() + timedelta(seconds=URL_SECONDS)
    key = incoming_key(row)
    if store.storage.local is not None:
        url = put_url(scope, key, row.content_type, row.size_bytes, int(expires_at.timestamp()))
        return Offer(row, url, {"Content-Type": row.content_type}, expires_at)
    url, headers = store.storage.signed_put(key, URL_SECONDS, row.content_type, row.size_bytes)
    return Offer(row, url, headers, expires_at)
