"""The test of a bucket: everything that files will need is tried, and what does not work is said in a sentence."""

import asyncio
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aionserver.domains.custom_storage.access import Keys, access_to
from aionserver.domains.custom_storage.errors import BucketNotUsable
from aionserver.domains.custom_storage.schemas import ConfigureS3Request
from aionserver.infra.errors import AionError, InvalidInput, NotFound
from aionserver.infra.scope import Infra
from aionserver.infra.storage import Storage, refusal_of
from aionserver.kit.ids import new_id

TRIAL_SECONDS = 15.0
REMOVAL_SECONDS = 3.0
FOLDER = "aionvision-test"
AWS_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2}")


def place_in(given: ConfigureS3Request) -> dict[str, Any]:
    """Where the bucket is that somebody wants to use."""
    return {**given.model_dump(include={"bucket_name", "region", "endpoint_url"}), "prefix": given.prefix or ""}


async def require_usable(infra: Infra, given: ConfigureS3Request, others: Sequence[Storage]) -> None:
    """Raise InvalidInput unless the bucket does all that is asked of it, and is none of the others by another name."""
    if given.endpoint_url is None and not AWS_REGION.fullmatch(given.region):
        raise InvalidInput.field("region", "must be a region of Amazon S3, such as eu-central-1")
    if (given.endpoint_url or "").startswith("http://") and not infra.settings.allow_private_endpoints:
        raise InvalidInput.field("endpoint_url", "must begin with https://")
    await require_working(infra, place_in(given), (given.access_key_id, given.secret_access_key), others)


async def require_working(infra: Infra, place: dict[str, Any], keys: Keys, others: Sequence[Storage] = ()) -> None:
    """Raise BucketNotUsable unless objects can be written, read, listed and removed within 15 seconds."""
    try:
        async with asyncio.timeout(TRIAL_SECONDS):
            await _try_out(Storage(await access_to(infra, place, keys, _told)), others)
    except TimeoutError:
        raise BucketNotUsable(f"The bucket did not answer within {TRIAL_SECONDS:.0f} seconds.") from None


def _told(error: Exception) -> AionError:
    return BucketNotUsable(refusal_of(error).sentence)


async def _try_out(storage: Storage, others: Sequence[Storage]) -> None:
    key, data = f"{FOLDER}/{new_id()}", secrets.token_bytes(64)
    await storage.put(key, data, "application/octet-stream")
    try:
        found, size = await storage.get(key, len(data)), (await storage.head(key)).size_bytes
        listed = [one async for one in storage.list_keys(FOLDER)]
        shared = [await _has(other, key) for other in others]
    except NotFound:
        raise BucketNotUsable("The bucket took an object, and does not have it.") from None
    except BaseException:
        await _clean_up(storage, key)
        raise
    await storage.delete(key)
    if found != data or size != len(data) or key not in listed:
        raise BucketNotUsable("The bucket gave back something else than was put into it.")
    if any(shared):
        raise BucketNotUsable("Files are kept at this very place already: take another bucket, or another prefix.")


async def _has(storage: Storage, key: str) -> bool:
    try:
        await storage.head(key)
    except AionError:  # not there, or nothing to be asked at the moment
        return False
    return True


async def _clean_up(storage: Storage, key: str) -> None:
    with suppress(AionError, TimeoutError):
        async with asyncio.timeout(REMOVAL_SECONDS):
            await storage.delete(key)
