"""What a file is, told by its first bytes; its name only tells kinds of text, and of office files, from each other."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal

from aionserver.kit.documents.wide_texts import wide_encoding

# So many first bytes settle every type below.
HEAD_BYTES: Final = 4096

MediaKind = Literal["image", "document", "video"]


@dataclass(frozen=True)
class MediaType:
    content_type: str
    media_type: MediaKind
    format: str


JPEG = MediaType("image/jpeg", "image", "JPEG")
PNG = MediaType("image/png", "image", "PNG")
WEBP = MediaType("image/webp", "image", "WebP")
GIF = MediaType("image/gif", "image", "GIF")
HEIC = MediaType("image/heic", "image", "HEIC")
AVIF = MediaType("image/avif", "image", "AVIF")
PDF = MediaType("application/pdf", "document", "PDF")
DOCX = MediaType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", "DOCX")
PPTX = MediaType("application/vnd.openxmlformats-officedocument.presentationml.presentation", "document", "PPTX")
XLSX = MediaType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document", "XLSX")
ODT = MediaType("application/vnd.oasis.opendocument.text", "document", "ODT")
EPUB = MediaType("application/epub+zip", "document", "EPUB")
RTF = MediaType("application/rtf", "document", "RTF")
HTML = MediaType("text/html", "document", "HTML")
CSV = MediaType("text/csv", "document", "CSV")
TEXT = MediaType("text/plain", "document", "text")
MARKDOWN = MediaType("text/markdown", "document", "Markdown")
MP4 = MediaType("video/mp4", "video", "MP4")
QUICKTIME = MediaType("video/quicktime", "video", "QuickTime")
WEBM = MediaType("video/webm", "video", "WebM")

PICTURES: Final = (JPEG, PNG, WEBP, GIF, HEIC, AVIF)
DOCUMENTS: Final = (PDF, DOCX, PPTX, XLSX, ODT, EPUB, RTF, HTML, CSV, TEXT, MARKDOWN)

_PREFIXES: Final = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"\x1a\x45\xdf\xa3", WEBM),
)
_BRANDS: Final = (
    (frozenset({b"avif", b"avis"}), AVIF),
    (frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}), HEIC),
    (frozenset({b"qt  "}), QUICKTIME),
    (frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "}), MP4),
)
_TEXT_CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")
_BY_SUFFIX: Final = (
    ((".md", ".markdown", ".mdown", ".mkd"), MARKDOWN),
    ((".csv", ".tsv", ".tab"), CSV),
    ((".html", ".htm", ".xhtml"), HTML),
)
# Names of texts, which may be in an encoding that only those who know its language can tell from noise.
_TEXT_SUFFIXES: Final = frozenset(
    {".txt", ".text", ".log", *(suffix for suffixes, _ in _BY_SUFFIX for suffix in suffixes)}
)
# Where the parts of an office file are kept, and what the file is called.
_OFFICE: Final = ((b"word/", ".docx", DOCX), (b"ppt/", ".pptx", PPTX), (b"xl/", ".xlsx", XLSX))
# What a ZIP says of itself in its first member, which is not packed.
_OWN_WORD: Final = (
    (b"application/epub+zip", EPUB),
    (b"application/vnd.oasis.opendocument.text", ODT),
)
# An office file of before 2007, or one that is encrypted.
COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML_START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,1000}?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
# A picture as XML, which is neither shown nor read.
_SVG_START: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!doctype|svg[\s>])", re.IGNORECASE)
_SVG_ROOT: Final = re.compile(rb"<svg[\s>]", re.IGNORECASE)


def sniff(head: bytes, filename: str | None = None) -> MediaType | None:
    """The type of the file that starts with `head` (the first 4 KiB do); None for what is not known."""
    head = head[:HEAD_BYTES]
    for prefix, found in _PREFIXES:
        if head.startswith(prefix):
            return found
    if head[:4] == b"RIFF":
        return WEBP if head[8:12] == b"WEBP" else None
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if b"%PDF-" in head[:1024]:
        return PDF
    if head[:4] == b"PK\x03\x04":
        return _by_members(head, filename)
    if head.startswith(COMPOUND):
        # Under such a name it is encrypted, which its reader says; any other is of before 2007.
        return _by_office_name(filename)
    if head.startswith(b"{\\rtf"):
        return RTF
    return _text(head, filename)


def _by_brand(head: bytes) -> MediaType | None:
    """The type by the major brand of an ISO base media file, then by the compatible ones."""
    size = min(max(int.from_bytes(head[:4], "big"), 16), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    for brand in brands:
        for known, found in _BRANDS:
            if brand in known:
                return found
    # A still picture of unknown coding: HEIF's general brands say only that it is one.
    return HEIC if {b"mif1", b"msf1"} & set(brands) else None


def _by_members(head: bytes, filename: str | None) -> MediaType | None:
    """What a ZIP is: by what it says itself, by names of its parts, or by its own name where these come later."""
    if head[30:38] == b"mimetype":
        said = head[38 + int.from_bytes(head[28:30], "little") :]
        return next((found for word, found in _OWN_WORD if said.startswith(word)), None)
    for part, _, found in _OFFICE:
        if part in head:
            return found
    if b"META-INF/container.xml" in head:
        return EPUB
    is_office = b"[Content_Types].xml" in head or b"_rels/" in head or b"docProps/" in head
    return _by_office_name(filename) if is_office else None


def _by_office_name(filename: str | None) -> MediaType | None:
    return next((found for _, suffix, found in _OFFICE if _suffix(filename) == suffix), None)


def _text(head: bytes, filename: str | None) -> MediaType | None:
    if not head or not _is_text(head, _suffix(filename) in _TEXT_SUFFIXES):
        return None
    if _HTML_START.match(head):
        return HTML
    if _SVG_START.match(head) and _SVG_ROOT.search(head):
        return None
    return next((found for suffixes, found in _BY_SUFFIX if _suffix(filename) in suffixes), TEXT)


def _is_text(head: bytes, is_named_so: bool) -> bool:
    """Whether the bytes read as UTF-8, UTF-16 with a mark, or an 8-bit encoding without control bytes.

    Where the name says that it is a text, its letters may be those of any script.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decodes(head[: len(head) // 2 * 2], "utf-16")
    if _TEXT_CONTROLS & set(head):
        return wide_encoding(head) is not None if is_named_so else _is_wide(head)
    return is_named_so or _decodes(head, "utf-8") or _mostly_letters(head)


def _is_wide(head: bytes) -> bool:
    """Whether the bytes are UTF-16 without a mark: every second one is zero, the others are plain letters."""
    for zeros, letters in ((head[::2], head[1::2]), (head[1::2], head[::2])):
        if not any(zeros) and letters and not _TEXT_CONTROLS & set(letters):
            return _mostly_letters(letters)
    return False


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        head.decode(encoding)
    except UnicodeDecodeError as fault:
        return fault.start >= len(head) - 3 and len(head) >= HEAD_BYTES - 1
    return True


def _mostly_letters(head: bytes) -> bool:
    return len(re.findall(rb"[A-Za-z0-9 \t\r\n.,;:]", head)) > len(head) * 0.7


def _suffix(filename: str | None) -> str:
    return PurePath(filename).suffix.lower() if filename else ""
