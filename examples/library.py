"""A small library: a folder with photos, their colours, a document and its passages, and what it all cost.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2). It removes what it has made.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from aion import SyncAionVision

PHOTOS = Path(__file__).parent / "photos"
MANUAL = "# Pump\n\n## Maintenance\n\nChange the oil of the pump every 500 hours of work.\n"


def fill_a_folder(client: SyncAionVision) -> str:
    """A new folder with two of the photos; its id."""
    folder = client.folders.create(f"Example {uuid4().hex[:8]}")
    photos = client.upload([PHOTOS / "azari.jpg", PHOTOS / "chelsea.jpg"], skip_duplicates=True)
    client.folders.move_files([str(photo.image_id) for photo in photos], folder_id=folder.id)
    print(f"{folder.name}: {client.folders.get(folder.id).total_files} files")
    return folder.id


def show_colours(client: SyncAionVision) -> None:
    """Prints the pictures in which a colour is."""
    for found in client.colors.search(hex_code="#8b5a2b", delta_e_threshold=25, limit=3).results:
        print("brown:", found.image_id)


def ask_a_document(client: SyncAionVision) -> None:
    """Uploads a manual, waits until it is read, and finds a passage in it."""
    with TemporaryDirectory() as folder:
        manual = Path(folder) / "pump.md"
        manual.write_text(MANUAL)
        document = client.documents.upload_one(manual)
    try:
        for passage in client.documents.search("how often must the oil be changed", limit=1).results:
            print("passage:", passage.content)
    finally:
        client.documents.delete(document.document_id)


def main() -> None:
    """Prints what is found and what was used."""
    with SyncAionVision.from_env() as client:
        folder_id = fill_a_folder(client)
        try:
            show_colours(client)
            ask_a_document(client)
            print("credits used:", client.usage.summary().plan.current_usage)
        finally:
            client.folders.delete(folder_id)


main()
