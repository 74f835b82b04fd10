"""Logging in, on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from aionserver.infra.web.text import EchoedText, Text
from aionserver.kit.addresses import EmailAddress


class LoginRequest(BaseModel):
    """Who logs in. `remember_me`: for 30 days instead of one."""

    email: Text
    password: Text
    remember_me: bool = False


class LoginResponse(BaseModel):
    """Who is logged in now; `session_token` is shown once, and is in the cookie too."""

    user_id: str
    email: str
    name: str
    email_verified: bool
    is_active: bool
    session_id: str
    session_token: str | None = None
    message: str = "Login successful"


class RegisterRequest(BaseModel):
    """Who registers; the organisation gets the person's name when it is given none."""

    email: EmailAddress
    password: Annotated[Text, Field(min_length=8, max_length=128)]
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    organization_name: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    auto_login: bool = False


class RegisterResponse(BaseModel):
    """The same, whether the address had an account or not; a session only where no confirmation is asked for."""

    user_id: str
    email: EchoedText
    name: EchoedText
    tenant_id: str
    session_id: str | None = None
    session_token: str | None = None
    email_verification_required: bool = True
    email_sent: bool = True
    email_error: str | None = None
    message: str = "Registration successful"


class RefreshResponse(BaseModel):
    """A session whose token was replaced."""

    session_id: str
    session_token: str
    expires_at: datetime
    message: str = "Session refreshed successfully"


class SessionRotateResponse(BaseModel):
    """A session whose token was replaced."""

    session_id: str
    session_token: str
    expires_at: datetime
    message: str = "Session rotated successfully"


class UserInfo(BaseModel):
    """Who is logged in."""

    user_id: str
    email: str
    name: str
    email_verified: bool
    is_active: bool
    created_at: datetime
    last_login_at: datetime | None = None


class SessionInfo(BaseModel):
    """A device on which the person is logged in."""

    session_id: str
    device_name: str
    ip_address: str
    last_accessed_at: datetime
    created_at: datetime
    expires_at: datetime
    is_current: bool = False


class Done(BaseModel):
    """What was done, in a sentence."""

    message: str


class LogoutResponse(BaseModel):
    """How many sessions were ended."""

    message: str
    sessions_ended: int


class PasswordResetRequest(BaseModel):
    """Who forgot the password."""

    email: Text


class ResetTokenStatus(BaseModel):
    """Whether a link that sets a password still does; until when."""

    valid: bool
    expires_at: datetime | None = None


class CompletePasswordResetRequest(BaseModel):
    """The token of a letter's link, and the new password."""

    token: Text
    new_password: Text


class EmailVerificationRequest(BaseModel):
    """The token of a letter's link."""

    token: Text


class EmailVerified(BaseModel):
    """An address that is known to be its person's."""

    email: str
    email_verified: bool = True
    message: str = "Your e-mail address is confirmed: you can log in."


class ResendVerificationByEmailRequest(BaseModel):
    """Whose letter did not arrive."""

    email: Text


class VerificationSent(BaseModel):
    """Whether another letter is on its way."""

    message: str
    email_sent: bool


class EmailVerificationStatus(BaseModel):
    """How far the person's address is confirmed; `verification_required` to log in."""

    email: str
    email_verified: bool
    verified_at: datetime | None
    verification_required: bool
