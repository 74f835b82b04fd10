"""Tenants and their members over the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from aionserver.infra.actors import Role
from aionserver.infra.web.text import Text
from aionserver.kit.addresses import EmailAddress, is_address
from aionserver.kit.json_bounds import require_small

MOST_DOMAINS = 100
LONGEST_URL = 2083
MOST_CONFIG_BYTES = 16 * 1024
MOST_CONFIG_DEPTH = 8
Provider = Literal["openai", "anthropic", "google", "azure", "aws"]
GivenRole = Literal["viewer", "editor", "admin"]


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value.strip()


def _webhook(value: str) -> str:
    """`http(s)://host…`, without user and password."""
    try:
        parts = urlsplit(value)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not value.isprintable() or " " in value:
        raise ValueError("must be an address such as https://example.org/hooks")
    if "@" in urlsplit(value).netloc:
        raise ValueError("must not contain a user or a password")
    return value


def _domains(values: list[str]) -> list[str]:
    """In small letters, each once."""
    found = list(dict.fromkeys(value.strip().lower() for value in values))
    if len(found) > MOST_DOMAINS:
        raise ValueError(f"must not be more than {MOST_DOMAINS}")
    for value in found:
        if not is_address(f"someone@{value}"):
            raise ValueError("must be domains of e-mail addresses, such as example.org")
    return found


def _small(value: dict[str, Any]) -> dict[str, Any]:
    require_small(value, MOST_CONFIG_BYTES, MOST_CONFIG_DEPTH)
    return value


def _each_once(values: list[Provider]) -> list[Provider]:
    return list(dict.fromkeys(values))


def _by_plan(_: object) -> object:
    raise ValueError("is what the plan says and can't be changed here")


Domains = Annotated[list[Text], AfterValidator(_domains)]
Providers = Annotated[list[Provider], AfterValidator(_each_once)]
WebhookUrl = Annotated[
    Text, Field(min_length=1, max_length=LONGEST_URL, json_schema_extra={"format": "uri"}), AfterValidator(_webhook)
]
Name = Annotated[Text, Field(min_length=1, max_length=255), AfterValidator(_not_blank)]
OfPlan = SkipJsonSchema[Annotated[object, BeforeValidator(_by_plan)]]


class TenantSettingsUpdate(BaseModel):
    """What to change; what is left out or null stays as it is, but a `webhook_url` of null is removed."""

    name: Name | None = None
    webhook_url: WebhookUrl | None = None
    allowed_vlm_providers: Providers | None = None
    allowed_domains: Domains | None = Field(
        None, description="Only people with e-mail addresses of these domains may be invited; [] for all."
    )
    custom_config: Annotated[dict[str, Any], AfterValidator(_small)] | None = Field(
        None, description="Whatever you keep here, in place of what was there: at most 16 KiB, 8 levels deep."
    )
    max_monthly_credits: OfPlan = None
    max_requests_per_minute: OfPlan = None


class TenantSettingsResponse(BaseModel):
    """A tenant's settings, with what it used. -1 is unlimited; credits cost no money on a server of one's own."""

    id: str
    name: str
    owner_user_id: str | None = None
    created_at: datetime
    updated_at: datetime
    is_active: bool
    webhook_url: str | None = None
    allowed_vlm_providers: list[str]
    allowed_domains: list[str]
    max_monthly_credits: int
    max_requests_per_minute: int
    custom_config: dict[str, Any]
    subscription_tier: str
    subscription_expires_at: datetime | None = None
    current_month_credits: int
    current_month_cost: float
    total_credits: int
    total_cost: float
    included_credits: int = Field(0, description="Credits of the plan a month; -1 is unlimited.")
    supports_overage: bool = Field(False, deprecated=True)
    overage_credits_used: int = Field(0, deprecated=True)
    max_overage_credits: int = Field(0, deprecated=True)
    overage_cost: float = Field(0.0, deprecated=True)


class TenantLimitsResponse(BaseModel):
    """What the plan allows, what of it is used, and what is left. -1 is unlimited."""

    limits: dict[str, int]
    usage: dict[str, int]
    remaining: dict[str, int]
    subscription_tier: str = "free"


class InviteMemberRequest(BaseModel):
    """Whom to invite, and as what."""

    email: EmailAddress
    role: GivenRole = "viewer"


class UpdateMemberRoleRequest(BaseModel):
    """The new role."""

    role: GivenRole


class TenantMemberResponse(BaseModel):
    """A person of the tenant."""

    id: str
    email: str
    name: str
    role: Role
    joined_at: datetime | None = None
    last_active_at: datetime | None = None


class MemberRemovalResponse(BaseModel):
    """What was done."""

    detail: str
