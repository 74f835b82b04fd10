"""ZIP files that documents come as: what they declare is checked before anything is unpacked."""

import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from aionserver.kit.documents.faults import CorruptDocument, DocumentTooLarge, PasswordProtected, UnsupportedFormat
from aionserver.kit.documents.sources import bytes_of

MOST_MEMBERS: Final = 20_000
# A part becomes a tree that takes several times its size, of the gibibyte that its reader may have.
MOST_PART_BYTES: Final = 96 << 20
MOST_READ_BYTES: Final = 256 << 20
# What is said and written by people packs to a hundredth at best.
MOST_RATIO: Final = 300
RATIO_FROM_BYTES: Final = 1 << 20
_ENCRYPTED: Final = 0x1
# An office file that is encrypted is no ZIP but this, with a stream of this name.
COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_FAULTS: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


class Archive:
    """The members of a ZIP; names are alike in capital and small letters, as office programs have it."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        members = packed.infolist()
        if len(members) > MOST_MEMBERS:
            raise DocumentTooLarge(f"The file has {len(members):,} parts; {MOST_MEMBERS:,} are read at most.")
        for member in members:
            _require_modest(member)
        self._members = {member.filename.replace("\\", "/").lstrip("/").lower(): member for member in members}
        self._left = MOST_READ_BYTES

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    @property
    def real_names(self) -> list[tuple[str, str]]:
        """All members in small letters, each with its own name."""
        return [(name, member.filename) for name, member in self._members.items()]

    def read(self, name: str) -> bytes:
        """A member's bytes; raises CorruptDocument where it is not there or damaged, DocumentTooLarge."""
        member = self._members.get(name.lower())
        if member is None:
            raise CorruptDocument(f"The file is damaged: it has no part {name[:100]}.")
        self._left -= member.file_size
        if member.file_size > MOST_PART_BYTES or self._left < 0:
            raise DocumentTooLarge(f"Unpacked, the file has more than {MOST_PART_BYTES >> 20} MiB.")
        try:
            return self._packed.read(member)
        except NotImplementedError as fault:
            raise UnsupportedFormat("The file is packed in a way that is not read.") from fault
        except _FAULTS as fault:
            raise CorruptDocument(f"The file is damaged: its part {name[:100]} can't be unpacked.") from fault


def _require_modest(member: zipfile.ZipInfo) -> None:
    """Raises DocumentError for a member that would be a bomb, or that is locked."""
    if member.flag_bits & _ENCRYPTED:
        raise PasswordProtected("The file opens with a password only; upload a copy without one.")
    if member.file_size > max(RATIO_FROM_BYTES, MOST_RATIO * member.compress_size):
        raise DocumentTooLarge("The file unpacks to far more than a document has; it was not unpacked.")


@contextmanager
def opened_zip(source: Path | bytes) -> Generator[Archive]:
    """The archive, its declared sizes checked; raises DocumentError."""
    data = bytes_of(source)
    if data.startswith(COMPOUND):
        raise _compound_fault(data)
    try:
        packed = zipfile.ZipFile(BytesIO(data))
    except NotImplementedError as fault:
        raise UnsupportedFormat("The file is packed in a way that is not read.") from fault
    except _FAULTS as fault:
        raise CorruptDocument("The file is damaged: it can't be unpacked.") from fault
    with packed:
        yield Archive(packed)


def _compound_fault(data: bytes) -> Exception:
    if _ENCRYPTED_PACKAGE in data:
        return PasswordProtected("The file opens with a password only; upload a copy without one.")
    return UnsupportedFormat("The file is in a format of before 2007; save it in the present one and upload that.")
