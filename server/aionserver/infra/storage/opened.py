"""Buckets of tenants that a process has open, and how long one that does not answer is left alone."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from aionserver.infra.errors import AionError
from aionserver.infra.storage.objects import Storage

MOST_OPEN = 32
# Who asks meanwhile is told at once, instead of waiting until it is sure once more.
REST = timedelta(seconds=15)


class Rest:
    """Whether a bucket is left alone for a while."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: datetime | None = None

    def begin(self) -> None:
        """Leave it alone from now on, for a while."""
        self._until = self._clock() + REST

    @property
    def is_on(self) -> bool:
        """Whether it is to be left alone now."""
        return self._until is not None and self._clock() < self._until


class OpenBucket:
    """A bucket's store as of a version of what is known of the bucket; `silent` is what is said while it rests."""

    def __init__(self, version: int, storage: Storage, rest: Rest, silent: Callable[[], AionError]) -> None:
        self.version, self._storage, self._rest, self._silent = version, storage, rest, silent

    @property
    def storage(self) -> Storage:
        """The store; its error when it did not answer a moment ago."""
        if self._rest.is_on:
            raise self._silent()
        return self._storage


class OpenBuckets:
    """The last used few. What falls out ends by itself, once nobody uses it any more."""

    def __init__(self) -> None:
        self._open: OrderedDict[UUID, OpenBucket] = OrderedDict()

    def find(self, bucket_id: UUID, version: int) -> OpenBucket | None:
        """The open bucket, unless something has changed since it was opened."""
        found = self._open.get(bucket_id)
        if found is None or found.version != version:
            return None
        self._open.move_to_end(bucket_id)
        return found

    def keep(self, bucket_id: UUID, opened: OpenBucket) -> OpenBucket:
        """Have it at hand for the next who asks."""
        self._open[bucket_id] = opened
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        return opened
