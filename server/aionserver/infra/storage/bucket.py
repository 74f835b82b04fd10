"""Objects of a bucket while they are written."""

from typing import Any

import obstore

PART_BYTES = 8 * 1024 * 1024
# Of each upload so many parts are in memory at most.
PARTS_UNDER_WAY = 2


class BucketObject:
    """One object under way; the store shows it once all its parts are there. Its methods block."""

    def __init__(self, store: Any, key: str, content_type: str) -> None:
        self._parts = obstore.open_writer(
            store,
            key,
            attributes={"Content-Type": content_type},
            buffer_size=PART_BYTES,
            max_concurrency=PARTS_UNDER_WAY,
        )

    def append(self, data: memoryview) -> None:
        """Send bytes, or keep them until a part is full."""
        self._parts.write(bytes(data))

    def finish(self) -> None:
        """Send what is left, and have the store put the parts together."""
        self._parts.close()

    def abandon(self) -> None:
        """Nothing: parts that were never put together are the bucket's own rules to remove."""
