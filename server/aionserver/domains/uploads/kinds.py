"""Which kinds of files are taken, and how large they may be."""

from typing import Final

from aionserver.domains.uploads.errors import FileTooLarge, UnsupportedFormat
from aionserver.infra.settings import MIB, Settings
from aionserver.kit.media_types import COMPOUND, DOCUMENTS, PICTURES, MediaKind, MediaType

KINDS: Final = " and ".join(
    f"{name} ({', '.join(one.format for one in types)})"
    for name, types in (("pictures", PICTURES), ("documents", DOCUMENTS))
)
# What clients call some of them.
_TYPES: Final[dict[str, MediaKind]] = {
    **{one.content_type: one.media_type for one in (*PICTURES, *DOCUMENTS)},
    "image/jpg": "image",
    "image/heif": "image",
    "text/x-markdown": "document",
}


def takes(media: MediaType) -> bool:
    """Whether files of this type are taken."""
    return media in PICTURES or media in DOCUMENTS


def refusal(media: MediaType | None, head: bytes) -> str:
    """Why a file of this type that begins so is not taken."""
    if not head:
        return "The file is empty."
    if head.startswith(COMPOUND):
        return "It is an office file of before 2007; save it in the present format, such as DOCX, and upload that."
    what = "Its content is of no known type" if media is None else f"It is a {media.format} file"
    return f"{what}; this server takes {KINDS}."


def most_bytes_of(settings: Settings, kind: MediaKind) -> int:
    """How large a file of this kind may be."""
    return (
        min(settings.max_upload_bytes, settings.max_document_bytes) if kind == "document" else settings.max_upload_bytes
    )


def require_size(size_bytes: int, most_bytes: int) -> None:
    """Raise FileTooLarge where there are more bytes than there may be."""
    if size_bytes > most_bytes:
        raise FileTooLarge(f"The file is larger than {most_bytes // MIB} MB.")


def kind_of(content_type: str) -> MediaKind:
    """The kind of a file that is announced with this content type; UnsupportedFormat of one that is not taken."""
    found = _TYPES.get(content_type.partition(";")[0].strip().lower())
    if found is None:
        raise UnsupportedFormat(f"The content type is not one of a file that is taken; this server takes {KINDS}.")
    return found


def content_types(kind: MediaKind) -> list[str]:
    """The content types of files of this kind that are taken."""
    return sorted(name for name, found in _TYPES.items() if found == kind)


def require_kind(content_type: str, kind: MediaKind) -> None:
    """Raise UnsupportedFormat where a file of another kind is announced."""
    if kind_of(content_type) != kind:
        raise UnsupportedFormat(f"{content_type} is no content type of a {kind}.")
