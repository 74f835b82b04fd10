"""Messages to support on the wire."""

from typing import Annotated

from pydantic import BaseModel, Field

from aionserver.infra.web.text import Text
from aionserver.kit.addresses import EmailAddress


class ContactRequest(BaseModel):
    """Who writes, and what."""

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    email: EmailAddress
    subject: Annotated[Text, Field(min_length=1, max_length=200)]
    message: Annotated[Text, Field(min_length=10, max_length=5000)]


class ContactResponse(BaseModel):
    """What became of the message."""

    success: bool
    message: str
