"""Text from outside: in the form in which it is stored, and in the form in which it is sent back."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator


def storable(text: str) -> str:
    """The text with its accents composed (NFC); ValueError for characters that PostgreSQL can't store."""
    if "\0" in text:
        raise ValueError("must not contain the character U+0000")
    if sendable(text) != text:
        raise ValueError("must not contain halves of characters (lone surrogates)")
    return unicodedata.normalize("NFC", text)


def sendable(text: str) -> str:
    """The text with question marks for what JSON can carry and UTF-8 can't."""
    return text.encode("utf-8", "replace").decode()


def saying(text: str) -> str:
    """The text; ValueError when it is blank."""
    if not text.strip():
        raise ValueError("must have at least one character that is not blank")
    return text


Text = Annotated[str, AfterValidator(storable)]
SayingText = Annotated[Text, AfterValidator(saying)]
EchoedText = Annotated[str, AfterValidator(sendable)]
