"""Names of this package that code written for earlier releases imports."""

from __future__ import annotations

from ._base import SyncResource as _SyncResourceBase

__all__ = ["_SyncResourceBase"]
