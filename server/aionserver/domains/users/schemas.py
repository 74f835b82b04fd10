"""A person's own account over the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from aionserver.infra.web.text import Text
from aionserver.kit.addresses import EmailAddress
from aionserver.kit.json_bounds import require_small

MOST_PREFERENCES_BYTES = 16 * 1024
MOST_PREFERENCES_DEPTH = 8


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value.strip()


def _small(value: dict[str, Any]) -> dict[str, Any]:
    require_small(value, MOST_PREFERENCES_BYTES, MOST_PREFERENCES_DEPTH)
    return value


class UserProfileResponse(BaseModel):
    """A person, as they see themselves."""

    id: str
    email: str
    name: str
    is_active: bool
    email_verified: bool
    created_at: datetime
    last_login_at: datetime | None = None
    preferences: dict[str, Any]


class UserProfileUpdate(BaseModel):
    """What to change; what is left out or null stays as it is."""

    name: Annotated[Text, Field(min_length=1, max_length=255), AfterValidator(_not_blank)] | None = None
    preferences: Annotated[dict[str, Any], AfterValidator(_small)] | None = Field(
        None, description="In place of what was there: whatever a client keeps here, at most 16 KiB, 8 levels deep."
    )


class ChangePasswordRequest(BaseModel):
    """The password as it is, and as it shall be: 8 to 128 characters, upper-case, lower-case and a digit among them."""

    current_password: Annotated[Text, Field(repr=False)]
    new_password: Annotated[Text, Field(min_length=8, repr=False)]


class PasswordChangeResponse(BaseModel):
    """What was done, and what to do next."""

    message: str
    session_rotation_required: bool = True
    rotation_endpoint: str = "/api/v2/auth/session/rotate-session"


class EmailChangeRequest(BaseModel):
    """The new address, and the password."""

    new_email: EmailAddress
    password: Annotated[Text, Field(repr=False)]


class ConfirmEmailChangeRequest(BaseModel):
    """The token of the link that was sent to the new address."""

    token: Annotated[str, Field(repr=False)]


class MessageResponse(BaseModel):
    """What was done."""

    message: str


class EmailChangedResponse(BaseModel):
    """What was done, and the address that the account has now."""

    message: str
    email: str


class InitialPasswordResponse(BaseModel):
    """By what the person can log in now."""

    success: bool = True
    auth_provider: Literal["both"] = "both"


class DeleteAccountRequest(BaseModel):
    """The phrase `delete my account`."""

    confirmation: str


class SessionResponse(BaseModel):
    """A device on which the person is logged in."""

    id: str
    user_agent: str | None = None
    ip_address: str | None = None
    created_at: datetime
    last_activity_at: datetime
    expires_at: datetime
    is_current: bool
