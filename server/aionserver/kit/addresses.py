"""E-mail addresses: what is one, and as what type a request carries it."""

import re
from email.utils import parseaddr
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

MAX_LENGTH = 254
# Narrower than RFC 5322, where quotes and comments may hold anything: nothing in it has a meaning in a header.
# Names without a dot and `.local` are taken, for a network of one's own has them.
_LOCAL = r"[^\s@<>()\[\]\\,;:\"]{1,64}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})*")


def is_address(text: str) -> bool:
    """Whether text is one e-mail address, and nothing else."""
    return len(text) <= MAX_LENGTH and text.isprintable() and _ADDRESS.fullmatch(text) is not None


def parse_sender(text: str) -> tuple[str, str]:
    """Name (may be empty) and address of `Name <address>` or of an address alone; ValueError when it is neither."""
    name, address = parseaddr(text)
    if not is_address(address) or not text.isprintable():
        raise ValueError("must be an e-mail address, or 'Name <address>'")
    return name, address


def _checked(text: str) -> str:
    if not is_address(text):
        raise ValueError("must be an e-mail address")
    return text


EmailAddress = Annotated[str, AfterValidator(_checked), WithJsonSchema({"type": "string", "format": "email"})]
