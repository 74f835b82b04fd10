"""The bare framework: a FastAPI application that answers fixed bytes from memory. `BODIES` names their folder."""

import os
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response

_BODIES = Path(os.environ["BODIES"])
_FILE = (_BODIES / "file.json").read_bytes()
_LIST = (_BODIES / "list.json").read_bytes()
bare = FastAPI()


@bare.get("/api/v2/user-files")
async def list_files(limit: int = 20) -> Response:
    """The list."""
    return Response(_LIST, media_type="application/json")


@bare.get("/api/v2/user-files/{image_id}")
async def read_file(image_id: str) -> Response:
    """The file."""
    return Response(_FILE, media_type="application/json")
