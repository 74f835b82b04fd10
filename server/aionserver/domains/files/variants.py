"""The smaller renditions of pictures: their names and where they are stored."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.files import queries
from aionserver.domains.files.tables import File
from aionserver.infra.scope import Scope
from aionserver.infra.storage import Storage
from aionserver.kit.renditions import Variant

WEBP = "image/webp"


def variant_key(tenant_id: UUID, file_id: UUID, name: str) -> str:
    """Where a variant is stored; known without asking, so that lists need no further query."""
    return f"variants/{tenant_id}/{file_id}/{name}.webp"


async def store_variants(storage: Storage, file: File, variants: Sequence[Variant]) -> list[dict[str, Any]]:
    """Store a file's variants, over earlier ones; the rows to be saved with `save_variants`."""
    rows = [_row(file, variant) for variant in variants]
    await asyncio.gather(
        *(storage.put(row["object_key"], one.data, WEBP) for row, one in zip(rows, variants, strict=True))
    )
    return rows


def _row(file: File, variant: Variant) -> dict[str, Any]:
    return {
        "file_id": file.id,
        "name": variant.name,
        "object_key": variant_key(file.tenant_id, file.id, variant.name),
        "content_type": WEBP,
        "width": variant.width,
        "height": variant.height,
        "size_bytes": len(variant.data),
    }


async def save_variants(scope: Scope, file_id: UUID, rows: Sequence[dict[str, Any]], **changes: Any) -> None:
    """Write the variants' rows, and on the file that it has them."""
    await queries.save_variants(scope, rows)
    done = {"variant_status": "completed", "variant_error": None, "updated_at": scope.now(), **changes}
    await queries.change_file(scope, file_id, done)
