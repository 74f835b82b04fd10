"""A letter as a message of RFC 5322."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from pydantic import BaseModel

from aionserver.kit.addresses import parse_sender

LONGEST_SUBJECT = 200


class Body(BaseModel):
    """What is sealed of a letter: its text, the link in it for who has to read it out, and who gets the answers."""

    text: str
    link: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True)
class Letter:
    """A letter as it is to be sent."""

    id: UUID
    recipient: str
    subject: str
    body: Body
    created_at: datetime


def one_line(text: str, most: int = LONGEST_SUBJECT) -> str:
    """The text without breaks and other characters that are not seen, cut to a length: safe in a header."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def message_of(letter: Letter, mail_from: str) -> EmailMessage:
    """The message; the same each time, so that who gets it twice can tell by its Message-ID."""
    name, sender = parse_sender(mail_from)
    message = EmailMessage(SMTP)
    message["From"] = Address(one_line(name), addr_spec=sender)
    message["To"] = letter.recipient
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.body.reply_to:
        message["Reply-To"] = letter.body.reply_to
    message.set_content(letter.body.text)
    return message
