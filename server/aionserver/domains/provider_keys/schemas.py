"""Keys for providers of language models over the wire."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from aionserver.infra.web.text import Text

Provider = Literal["openai", "anthropic", "google"]
PLAIN = re.compile(r"[\x21-\x7e]+")


def _plain(value: str) -> str:
    if not PLAIN.fullmatch(value):
        raise ValueError("must be plain characters without spaces")
    return value


class SetProviderKeyRequest(BaseModel):
    """A key of one's own, and which of the provider's allowed models to use; without it, the first."""

    api_key: Annotated[str, Field(min_length=16, max_length=512, repr=False), AfterValidator(_plain)]
    model: Annotated[Text, Field(min_length=1, max_length=200)] | None = None


class ProviderKeyResponse(BaseModel):
    """A provider that a key of one's own may be set for, and what is set; of the key no more than its end.

    `is_used` says whether the assistant answers with it.
    """

    provider: str
    models: list[str] = Field(description="The models that this server allows; one of them is used with the key.")
    host: str = Field(description="Where the key is sent to.")
    is_set: bool
    is_used: bool = False
    key_ending: str | None = None
    model: str | None = None
    configured_at: datetime | None = None
    error: str | None = Field(default=None, description="What the last test found wrong.")


class ProviderKeysResponse(BaseModel):
    """The providers that keys of one's own may be set for, in the server's order."""

    providers: list[ProviderKeyResponse]


class ProviderKeyTestResponse(BaseModel):
    """How a test of the key went: the model was asked to say a word."""

    valid: bool
    provider: str
    model: str | None = None
    error: str | None = None


class ProviderKeyRemovalResponse(BaseModel):
    """Whether a key was removed, and who answers from then on."""

    removed: bool
    message: str
