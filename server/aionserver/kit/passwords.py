"""Passwords: hashed with Argon2id. A hash takes 64 MiB and a tenth of a second: callers bound how many run at once."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8
LONGEST = 128
_HASHER = PasswordHasher()
# Verified in place of a hash that is not there, so that it takes as long.
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$T9wSU6KBYhawNN+jeoRkYg$HFo0m8YjB+lp3j+FWAzHS2jdHmzsHvMHQvyxo2zd9js"
_WANTED = ((r"[A-Z]", "an upper-case letter"), (r"[a-z]", "a lower-case letter"), (r"[0-9]", "a digit"))


def hash_password(password: str) -> str:
    """The password's hash, with its salt and parameters."""
    return _HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Whether the hash is of this password; as slow for no hash as for one."""
    try:
        return _HASHER.verify(stored or _NOBODYS, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than are used now."""
    return _HASHER.check_needs_rehash(stored)


def weakness_of(password: str) -> str | None:
    """What the password lacks, or None when it will do."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    missing = [name for pattern, name in _WANTED if not re.search(pattern, password)]
    return f"must contain {', '.join(missing)}" if missing else None
