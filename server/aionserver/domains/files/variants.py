"""The smaller renditions of pictures: their names and where they are stored."""

from uuid import UUID

WEBP = "image/webp"


def variant_key(tenant_id: UUID, file_id: UUID, name: str) -> str:
    """Where a variant is stored; known without asking, so that lists need no further query."""
    return f"variants/{tenant_id}/{file_id}/{name}.webp"
