"""Objects: bytes under keys, in a local folder or any S3-compatible store."""

from aionserver.infra.storage.objects import ObjectInfo, Storage, StoredSize
from aionserver.infra.storage.writing import ObjectWriter, StoredObject

__all__ = ["ObjectInfo", "ObjectWriter", "Storage", "StoredObject", "StoredSize"]
