"""Objects: bytes under keys, in a local folder or any S3-compatible store."""

from aionserver.infra.storage.objects import ObjectInfo, Storage, StoredSize
from aionserver.infra.storage.opened import OpenBucket, OpenBuckets, Rest
from aionserver.infra.storage.refusals import refusal_of
from aionserver.infra.storage.remote import BucketAccess, Fault
from aionserver.infra.storage.writing import ObjectWriter, StoredObject

__all__ = [
    "BucketAccess",
    "Fault",
    "ObjectInfo",
    "ObjectWriter",
    "OpenBucket",
    "OpenBuckets",
    "Rest",
    "Storage",
    "StoredObject",
    "StoredSize",
    "refusal_of",
]
