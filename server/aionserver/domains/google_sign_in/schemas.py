"""Sign-in on the wire."""

from typing import Literal

from pydantic import BaseModel, SecretStr

from aionserver.infra.web.text import Text


class GoogleOAuthRequest(BaseModel):
    """An ID token from Google's button; the password once, to link it to an account that has one."""

    id_token: Text
    remember_me: bool = False
    password: SecretStr | None = None


class GoogleInitiated(BaseModel):
    """Where to send the browser, and what the provider will send back with it."""

    authorization_url: str
    state: str


class LinkProviderRequest(BaseModel):
    """An identity to link to the account: an ID token of it."""

    provider: Literal["google"] = "google"
    id_token: Text = ""


class LinkedProvider(BaseModel):
    """What is linked, and how the account can be entered now."""

    success: bool = True
    provider: str = "google"
    email: str | None = None
    auth_provider: Literal["password", "google", "both"]
    message: str
