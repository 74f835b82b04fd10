"""The words of the ledger: what is done, what it costs, and what is known of it besides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from aionserver.domains.usage.schemas import Level
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Priced

UPLOAD = "upload"
DESCRIBE = "describe"
VERIFY = "verify"
BATCH_DESCRIBE = "batch_describe"
BATCH_VERIFY = "batch_verify"
DOCUMENT = "document"
VIDEO = "video"
CHAT_MESSAGE = "chat_message"
AGENT_CALL = "agent_call"
GRANT = "grant"

CHARGE, REFUND, FAILURE = "charge", "refund", "failure"
PROCESSING = (DESCRIBE, VERIFY, BATCH_DESCRIBE, BATCH_VERIFY, DOCUMENT, VIDEO)
# What these are done to is a file.
ABOUT_FILES = frozenset({UPLOAD, DESCRIBE})
LEVELS: tuple[Level, ...] = get_args(Level)
STANDARD: Level = "standard"
PAGES_A_PRICE = 10
SECONDS_A_PRICE = 60


@dataclass(frozen=True)
class Tokens:
    """What a language model read and wrote; with `own_key`, at the tenant's own expense."""

    read: int = 0
    written: int = 0
    cache_read: int = 0
    cache_created: int = 0
    own_key: bool = False


@dataclass(frozen=True)
class Particulars:
    """What is known of a piece of work besides its price.

    `context_id` is the chat session or batch that it belongs to; `file_id` the file, where that is not the subject.
    Who did it is the actor, else the named user, else who uploaded the file.
    """

    context_id: UUID | None = None
    file_id: UUID | None = None
    level: Level | None = None
    provider: str | None = None
    model: str | None = None
    tokens: Tokens = Tokens()
    processing_time_ms: int | None = None
    user_id: UUID | None = None


@dataclass(frozen=True)
class Prices:
    """What work costs in credits."""

    table: Mapping[Priced, int]

    def image(self, level: Level) -> int:
        """An image at a level."""
        return self.table[_IMAGES[level]]

    def document(self, pages: int) -> int:
        """A document, for each 10 pages begun; at least once."""
        return self.table["document"] * max(1, -(-pages // PAGES_A_PRICE))

    def video(self, seconds: float) -> int:
        """A video, for each minute begun; at least once."""
        return self.table["video"] * max(1, int(-(-seconds // SECONDS_A_PRICE)))

    def one(self, name: Priced) -> int:
        """What costs the same each time."""
        return self.table[name]


_IMAGES: Mapping[Level, Priced] = {
    "quick": "image_quick",
    "standard": "image_standard",
    "thorough": "image_thorough",
    "critical": "image_critical",
}


def prices(infra: Infra) -> Prices:
    """The prices of this server."""
    return Prices(infra.settings.prices)
