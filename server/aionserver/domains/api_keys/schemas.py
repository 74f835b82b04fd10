"""Keys over the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from aionserver.infra.web.text import Text
from aionserver.kit.dates import in_utc
from aionserver.kit.json_bounds import require_small

MOST_METADATA_BYTES = 16 * 1024
MOST_METADATA_DEPTH = 8
IMMUTABLE = ("scopes", "is_active", "expires_at")


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    require_small(value, MOST_METADATA_BYTES, MOST_METADATA_DEPTH)
    return value


Name = Annotated[Text, Field(min_length=1, max_length=255)]
Description = Annotated[Text, Field(max_length=500)]
Metadata = Annotated[dict[str, Any], AfterValidator(_bounded)]
Moment = Annotated[datetime, AfterValidator(in_utc)]
# A mistyped field is told: left out, it would mean more rights, or the root.
STRICT = ConfigDict(extra="forbid")


class CreateAPIKeyRequest(BaseModel):
    """A new key. Without `scopes` it may do what its maker may, but never more than an administrator."""

    model_config = STRICT

    name: Name
    description: Description | None = None
    scopes: list[str] = []
    metadata: Metadata | None = {}
    expires_at: Moment | None = Field(None, description="In the future; in UTC where it has no offset.")
    rate_limit_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Requests a minute, up to what the server allows all keys, which it is by default."
    )


class UpdateAPIKeyRequest(BaseModel):
    """What is sent is changed. `metadata` is merged by name: null removes a name."""

    model_config = STRICT

    name: Name | None = None
    description: Description | None = None
    metadata: Metadata | None = None

    @model_validator(mode="before")
    @classmethod
    def _only_what_may_change(cls, sent: Any) -> Any:
        if isinstance(sent, dict) and (fixed := [name for name in IMMUTABLE if name in sent]):
            raise ValueError(f"{', '.join(fixed)} of a key can't be changed: make another key")
        return sent  # pyright: ignore[reportUnknownVariableType]


class ApiKeyFields(BaseModel):
    """What is known of every key."""

    id: str
    name: str
    description: str | None = None
    key_prefix: str
    created_at: datetime
    expires_at: datetime | None = None
    is_active: bool
    scopes: list[str]
    metadata: dict[str, Any]
    rate_limit_per_minute: int | None = None


class CreateAPIKeyResponse(ApiKeyFields):
    """A new key. `api_key` is the key itself, and is shown only here."""

    is_active: bool = True
    api_key: str


class APIKeyResponse(ApiKeyFields):
    """A key, without itself. `usage_count` and `last_used_at` lag behind by seconds, and a minute."""

    last_used_at: datetime | None = None
    usage_count: int = 0


class ListAPIKeysResponse(BaseModel):
    """The newest keys first; `total` are all that fit the question."""

    api_keys: list[APIKeyResponse]
    total: int
