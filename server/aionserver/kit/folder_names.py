"""Names of folders: what may be one."""

import unicodedata

LONGEST_NAME = 255
# They turn the direction of writing, so that a name is read as another.
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = frozenset({"Cc", "Zl", "Zp"})


def clean_name(name: str) -> str:
    """The name without space around it; ValueError where nothing is left, or something in it can't be seen.

    Any other character may be in it, "/" too: names are shown, and never made into paths.
    """
    trimmed = name.strip()
    if not trimmed:
        raise ValueError("must not be blank")
    if any(one in TURNS or unicodedata.category(one) in UNSEEN for one in trimmed):
        raise ValueError("must not contain control characters")
    return trimmed


def name_problem(name: str) -> str | None:
    """Why a folder can't be called so; None where it can."""
    try:
        return None if len(clean_name(name)) <= LONGEST_NAME else f"at most {LONGEST_NAME} characters"
    except ValueError as error:
        return str(error)
