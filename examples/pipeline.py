"""A pipeline as a graph: two searches side by side, then a report on both, and the pictures put into a folder.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2). It puts back what it has moved, and
removes the document that it has made.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aion import PipelineResult, SyncAionVision

PHOTOS = Path(__file__).parent / "photos"
CARE = "# Cats\n\n## Food\n\nA grown cat is fed twice a day.\n\n## Coat\n\nBrush the coat of a cat once a week.\n"


@contextmanager
def library(client: SyncAionVision) -> Generator[None]:
    """Two photos, and a document about cats for as long as this is open."""
    client.upload([PHOTOS / "chelsea.jpg", PHOTOS / "azari.jpg"], skip_duplicates=True)
    with TemporaryDirectory() as folder:
        care = Path(folder) / "care.md"
        care.write_text(CARE)
        document = client.documents.upload_one(care)
    try:
        yield
    finally:
        client.documents.delete(document.document_id)


def show(result: PipelineResult) -> None:
    """Prints what came of each step."""
    for number, step in enumerate(result.steps):
        print(f"{number} {step.agent}: {step.status} in {step.execution_time_ms} ms")
        print("   ", (step.error or step.summary or "").splitlines()[0])
    print(f"{result.total_waves} waves, {result.execution_time_ms} ms in all")


def put_back(client: SyncAionVision, result: PipelineResult) -> None:
    """Undoes what the last step has moved and made."""
    undo: dict[str, Any] = result.final.outputs.get("undo") or {}
    for move in undo.get("moves", ()):
        client.folders.move_files(move["file_ids"], folder_id=move["folder_id"])
    for folder_id in undo.get("folder_ids", ()):
        client.folders.delete(folder_id)


def main() -> None:
    """Prints the steps, and the report."""
    with SyncAionVision.from_env() as client, library(client):
        result = (
            client.pipeline()
            .search_images("a cat")  # 0
            .search_documents("how often is a cat fed and brushed")  # 1
            .cross_reference("Which photo belongs to which advice?", depends_on=[0, 1])  # 2
            .synthesize("Report on the cats and how often they are fed", depends_on=[0, 1, 2])  # 3
            .organize("Move them to “Example cats”", depends_on=[0])  # 4
            .run()
        )
        try:
            show(result)
            print(result.step(3).outputs.get("report", "Nothing was found to report on."))
        finally:
            put_back(client, result)


main()
