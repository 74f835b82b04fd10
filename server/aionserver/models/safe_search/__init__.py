"""Safe-search scores: open_nsfw, or the share of pure magenta for tests."""

from aionserver.models.safe_search.contract import SafeSearch

__all__ = ["SafeSearch"]
