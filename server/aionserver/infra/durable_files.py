"""Names of files that last through a power cut."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Puts on the disk what was created, renamed or removed in the folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
