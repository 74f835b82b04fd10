"""The same as quickstart.py without async, for scripts and notebooks."""

from pathlib import Path

from aion import SyncAionVision

PHOTO = Path(__file__).parent / "photos" / "chelsea.jpg"

with SyncAionVision.from_env() as client:
    result = client.upload_one(PHOTO, skip_duplicates=True)
    print(result.description, result.tags)
    found = client.agent_search.images("a cat looking at the camera", limit=3)
    for hit in found.results:
        print(f"{hit.score:.2f}  {hit.filename}  {hit.description}")
