"""Agents at work: a report that is kept, two documents beside each other, photos in folders and back again.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2). It removes what it has made.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from aion import SyncAionVision, parse_references

PHOTOS = Path(__file__).parent / "photos"
TEXTS = {
    "pump.md": "# Pump\n\nClean the filter every three months. Turn the pump off before you open the lid.\n",
    "filter.md": "# Filter\n\nClean the filter with cold water. A filter that is torn has to be replaced.\n",
}


@contextmanager
def documents(client: SyncAionVision) -> Generator[list[str]]:
    """The ids of two manuals, which are gone in the end."""
    with TemporaryDirectory() as folder:
        for name, text in TEXTS.items():
            (Path(folder) / name).write_text(text)
        ids = [client.documents.upload_one(Path(folder) / name).document_id for name in TEXTS]
    try:
        yield ids
    finally:
        client.documents.batch_delete(ids)


def write_a_report(client: SyncAionVision, ids: list[str]) -> None:
    """Prints a report about both, and what it cites; it is kept as a document until it is deleted here."""
    report = client.agent_operations.synthesize("Report on cleaning the filter", document_ids=ids, auto_save=True)
    print(report.report)
    for document in parse_references(report.report).documents:
        print("cited:", document.filename, document.page or "")
    if report.saved_document_id:
        client.documents.wait_for_processing(report.saved_document_id)
        client.documents.delete(report.saved_document_id)


def compare(client: SyncAionVision, ids: list[str]) -> None:
    """Prints what both say of a subject, and the passages that this rests on."""
    analysis = client.agent_operations.analyze_documents("How is the filter cleaned?", ids)
    print(analysis.summary)
    for passage in analysis.chunk_references:
        print("passage:", passage.document_filename, passage.page_numbers)


def sort_photos(client: SyncAionVision) -> None:
    """Puts photos into folders by year, and back to where they lay."""
    photos = client.upload([PHOTOS / "azari.jpg", PHOTOS / "chelsea.jpg"], skip_duplicates=True)
    done = client.agent_operations.organize("Sort by year", image_ids=[str(photo.image_id) for photo in photos])
    print(done.summary)
    if done.undo:
        for move in done.undo.moves:
            client.folders.move_files(move.file_ids, folder_id=move.folder_id)
        for folder_id in done.undo.folder_ids:
            client.folders.delete(folder_id)


def main() -> None:
    """Prints what the agents made."""
    with SyncAionVision.from_env() as client:
        with documents(client) as ids:
            write_a_report(client, ids)
            compare(client, ids)
        sort_photos(client)


main()
