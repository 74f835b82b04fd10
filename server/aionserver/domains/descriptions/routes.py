"""Files with all that was written about them, over HTTP."""

from fastapi import APIRouter

from aionserver.domains.descriptions import service
from aionserver.domains.files.schemas import UserFileDetails
from aionserver.infra.web.door import ReadAccess

router = APIRouter(prefix="/api/v2/user-files", tags=["User Files"])


@router.get("/{image_id}")
async def read_file(reader: ReadAccess, image_id: str) -> UserFileDetails:
    """All of a file, by its id or by the first 8 or more characters of it."""
    return await service.read_details(reader, image_id)
