"""Upload many photos: what is there already, progress, the batch as another program sees it, a URL without a key.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2), and the SDK's extra `progress`.
"""

from hashlib import sha256
from pathlib import Path

from aion import SyncAionVision
from aion.progress import UploadProgress

PHOTOS = sorted((Path(__file__).parent / "photos").glob("*.jpg"))


def show_what_is_there(client: SyncAionVision) -> None:
    """Prints what the plan allows, and which photos need not be sent."""
    quota = client.uploads.check_quota(len(PHOTOS))
    print("allowed:", quota.can_proceed, "in batches of", quota.max_batch_size)
    known = client.uploads.check_duplicates([sha256(photo.read_bytes()).hexdigest() for photo in PHOTOS])
    print("there already:", len(known.duplicates), "of", len(PHOTOS))


def upload_with_progress(client: SyncAionVision) -> None:
    """Uploads all photos with a display; one that fails does not stop the others."""
    with UploadProgress() as progress:
        results = client.upload(PHOTOS, skip_duplicates=True, raise_on_failure=False, **progress.callbacks)
    print(results.summary())
    for failed in results.failed():
        print("failed:", failed.filename, failed.description_error)


def watch_a_batch(client: SyncAionVision) -> None:
    """Uploads without waiting; then looks at the batch, as any other program could."""
    client.upload(PHOTOS[:2], wait_for_descriptions=False)
    batch = next(iter(client.upload_sessions.list_all(upload_method="streaming")))
    status = client.upload_sessions.wait_for_completion(batch.session_id)
    print("batch:", status.status, f"{status.progress_percentage:.0f} %")
    for file in client.upload_sessions.get_all_results(batch.session_id):
        print(" ", file.filename, "|", file.description)


def upload_past_the_api(client: SyncAionVision) -> None:
    """Sends one photo straight to the storage, by a URL that needs no key."""
    confirmed = client.uploads.upload_presigned(PHOTOS[0])
    print("put:", client.uploads.wait_for_description(confirmed.upload_id).status)


def main() -> None:
    """Shows each way of uploading."""
    with SyncAionVision.from_env() as client:
        show_what_is_there(client)
        upload_with_progress(client)
        watch_a_batch(client)
        upload_past_the_api(client)


main()
