"""Files that the server writes for a tenant, as a report: stored first, then entered in the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.uploads.accepting import store
from aionserver.domains.uploads.forms import StreamFields
from aionserver.domains.uploads.intake import Delivery, take_bytes
from aionserver.infra.auditing import Audited
from aionserver.infra.scope import Reader, Scope

WRITTEN = "WRITTEN"


async def write_file(reader: Reader, filename: str, data: bytes) -> Delivery:
    """The bytes, stored; to be entered, or discarded. OutOfStorage and its like where there is no room for them."""
    await reader.infra.pressure.require_room(len(data))
    return Delivery([await take_bytes(reader, filename, data)])


async def enter_file(scope: Scope, written: Delivery, title: str, tags: Sequence[str]) -> UUID:
    """The written file, as one of the library: counted, charged and processed like one that was uploaded."""
    (received,) = written.received
    form = StreamFields(tags=",".join(tags), title=title)
    await store(scope, form, [received], {}, queue="interactive", title=title, upload_method=WRITTEN)
    details = {"count": 1, "written_by": "agent", "file_ids": [received.file_id]}
    await scope.publish(Audited("file.uploaded", "upload", "file", str(received.file_id), details=details))
    return received.file_id
