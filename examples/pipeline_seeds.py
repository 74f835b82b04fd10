"""A pipeline that begins with files one has: chosen photos are analysed and told of, without a search.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2).
"""

import asyncio
from pathlib import Path

from aion import AionVision

PHOTOS = Path(__file__).parent / "photos"


async def main() -> None:
    """Prints what is known of two photos, and how they relate."""
    async with AionVision.from_env() as client:
        chosen = [
            str((await client.upload_one(PHOTOS / name, skip_duplicates=True)).image_id)
            for name in ("chelsea.jpg", "azari.jpg")
        ]
        result = await (
            client.pipeline()
            .with_images(chosen)
            .analyze("What do these photos show?")
            .cross_reference("What do they have in common?")
            .synthesize("A short report on these photos")
            .run()
        )
        for step in result.steps:
            print(f"# {step.agent}: {step.status}\n{step.error or step.summary}\n")
        if not result.success:
            raise SystemExit("\n".join(result.errors))


asyncio.run(main())
