"""What other nouns need of sessions, links and passwords: the way in."""

from aionserver.domains.sessions.devices import device_cookie
from aionserver.domains.sessions.keeping import (
    Begun,
    begin,
    claim_address,
    end,
    end_all,
    hash_password,
    is_live,
    is_password,
    list_sessions,
    log_in,
    login_response,
    require_strong,
)
from aionserver.domains.sessions.links import Link, Opened, Purpose, issue, look, use, void
from aionserver.domains.sessions.login import LoggedIn
from aionserver.domains.sessions.login import log_in as log_in_by_password

__all__ = [
    "Begun",
    "Link",
    "LoggedIn",
    "Opened",
    "Purpose",
    "begin",
    "claim_address",
    "device_cookie",
    "end",
    "end_all",
    "hash_password",
    "is_live",
    "is_password",
    "issue",
    "list_sessions",
    "log_in",
    "log_in_by_password",
    "login_response",
    "look",
    "require_strong",
    "use",
    "void",
]
