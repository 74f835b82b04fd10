"""Devices on which a person has shown who they are: what others get wrong elsewhere does not count for them.

A device shows a cookie that is signed for its person; nothing of it is stored. Source: OWASP, device cookies.
"""

from uuid import UUID

from aionserver.kit.ids import random_text
from aionserver.kit.signatures import derive_key, matches, sign

NAME_LENGTH = 22


def known_device(secret: bytes, user_id: UUID, cookie: str | None) -> str | None:
    """The name of the person's device that shows this cookie; None where it is not one of theirs."""
    name, _, signature = (cookie or "").partition(".")
    return name if matches(_key(secret), [str(user_id), name], signature) else None


def device_cookie(secret: bytes, user_id: UUID, cookie: str | None) -> str:
    """What the person's device is to show from now on: what it shows already, where that is theirs."""
    name = known_device(secret, user_id, cookie) or random_text(NAME_LENGTH)
    return f"{name}.{sign(_key(secret), [str(user_id), name])}"


def _key(secret: bytes) -> bytes:
    return derive_key(secret, "devices")
