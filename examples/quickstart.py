"""Upload a photo and find it again. Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2)."""

import asyncio
from pathlib import Path

from aion import AionVision

PHOTO = Path(__file__).parent / "photos" / "chelsea.jpg"


async def main() -> None:
    """Prints what the server saw, then what it finds."""
    async with AionVision.from_env() as client:
        result = await client.upload_one(PHOTO, skip_duplicates=True)
        print(result.description, result.tags)
        found = await client.agent_search.images("a cat looking at the camera", limit=3)
        for hit in found.results:
            print(f"{hit.score:.2f}  {hit.filename}  {hit.description}")


asyncio.run(main())
