"""Devices, as browsers and programs name themselves."""

import re

UNKNOWN = "Unknown device"
LONGEST = 60
# The first that is found counts: later ones are named by the earlier too.
_PROGRAMS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][\w.-]*")


def device_name(user_agent: str | None) -> str:
    """A name for people, such as `Firefox on Linux`; of a program that is no browser, its first word."""
    if not user_agent:
        return UNKNOWN
    program = next((name for mark, name in _PROGRAMS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if program and system:
        return f"{program} on {system}"
    product = _PRODUCT.match(user_agent)
    return program or (product.group()[:LONGEST] if product else UNKNOWN)
