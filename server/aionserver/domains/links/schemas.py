"""Links on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from aionserver.domains.files.schemas import Tag
from aionserver.infra.web.text import Text
from aionserver.kit.web_urls import LONGEST


class CreateLinkRequest(BaseModel):
    """A page to bookmark."""

    url: Annotated[Text, Field(max_length=LONGEST, description="Begins with http:// or https://.")]
    title: Annotated[Text, Field(max_length=500, description="Else the page's own is shown.")] | None = None
    tags: Annotated[list[Tag], Field(max_length=40)] | None = None
    folder_id: Annotated[Text, Field(json_schema_extra={"format": "uuid"})] | None = None
    auto_crawl: Annotated[bool, Field(description="Fetch the page now.")] = True


class CreateLinkResponse(BaseModel):
    """The link; `is_duplicate` when there was one to the same address already."""

    id: UUID
    source_url: str
    title: str | None = None
    domain: str
    crawl_status: str
    is_duplicate: bool = False
    created_at: datetime
    tags: list[str] = []
    folder_id: UUID | None = None


class RecrawlLinkResponse(BaseModel):
    """The page is going to be fetched again."""

    status: Literal["queued"]
    link_id: UUID
    message: str
    next_allowed_recrawl: datetime
