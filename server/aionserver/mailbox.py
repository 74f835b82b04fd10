"""`aionvision mails` and `aionvision support`: what the operator reads of letters and of messages to support."""

from collections.abc import Sequence
from datetime import datetime

from aionserver.domains.mail import service as mail
from aionserver.domains.support import service as support
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.settings import Settings
from aionserver.preparing import in_database


def letters(urls: DatabaseUrls, settings: Settings, most: int, *, with_sent: bool) -> str:
    """The newest letters, each with its link or else its text; what was sent is no longer known."""
    secret = settings.read_secret()
    found = in_database(urls, lambda session: mail.list_mails(session, secret, most, with_sent=with_sent))
    return "\n\n".join(map(_letter, found)) or "No letters."


def support_messages(urls: DatabaseUrls, most: int) -> str:
    """The newest messages to support."""
    found = in_database(urls, lambda session: support.list_messages(session, most))
    texts = [
        _paragraphs(
            f"{_moment(one.created_at)}  {one.name} <{one.email}>", [f"Subject: {one.subject}", "", one.message]
        )
        for one in found
    ]
    return "\n\n".join(texts) or "No messages."


def _letter(one: mail.MailListing) -> str:
    lines = [f"Subject: {one.subject}"]
    if one.last_error:
        lines.append(f"Error:   {one.last_error}")
    if one.link:
        lines.append(f"Link:    {one.link}")
    elif one.text:
        lines += ["", one.text]
    return _paragraphs(f"{_moment(one.created_at)}  {one.state:8}  {one.recipient}", lines)


def _paragraphs(head: str, lines: Sequence[str]) -> str:
    body = [f"    {line}".rstrip() for line in "\n".join(lines).strip().splitlines()]
    return "\n".join(_visible(line) for line in [head, *body])


def _visible(line: str) -> str:
    """The line without what a terminal would obey: much of it was written by strangers."""
    return "".join(one if one.isprintable() or one == "\t" else "\N{REPLACEMENT CHARACTER}" for one in line)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
