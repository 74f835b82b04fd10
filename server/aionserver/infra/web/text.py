"""Text from outside, in the form in which it is stored."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator


def storable(text: str) -> str:
    """The text with its accents composed (NFC); ValueError for the one character that PostgreSQL can't store."""
    if "\0" in text:
        raise ValueError("must not contain the character U+0000")
    return unicodedata.normalize("NFC", text)


Text = Annotated[str, AfterValidator(storable)]
