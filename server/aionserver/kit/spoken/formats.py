"""Formats of files, as people call them."""

import re
from dataclasses import dataclass
from typing import Final, Literal

_OF_PICTURES: Final = frozenset(("jpeg", "png", "gif", "webp", "heic", "avif"))


@dataclass(frozen=True, slots=True)
class NamedFormat:
    """What files of some formats are called, and the formats as they are stored, in small letters."""

    one: str
    many: str
    formats: frozenset[str]

    @property
    def kind(self) -> Literal["document", "image", "video"]:
        """The kind of things that files of it are."""
        return "video" if "mp4" in self.formats else "image" if self.formats & _OF_PICTURES else "document"


_NAMES: Final = (
    (r"pdfs?", "PDF", "PDFs", "pdf"),
    (r"(?:(?:ms|microsoft) )?word|docx?s?", "Word document", "Word documents", "docx"),
    (r"spreadsheets?", "spreadsheet", "spreadsheets", "xlsx csv"),
    (r"(?:(?:ms|microsoft) )?excel(?: (?:spreads)?sheets?| tables?)?|xlsx?s?", "Excel file", "Excel files", "xlsx"),
    (r"presentations?|(?:(?:ms|microsoft) )?power ?points?|pptx?s?", "presentation", "presentations", "pptx"),
    (r"open ?documents?|odts?", "OpenDocument text", "OpenDocument texts", "odt"),
    (r"e-?books?|epubs?", "e-book", "e-books", "epub"),
    (r"rtfs?", "RTF document", "RTF documents", "rtf"),
    (r"html", "HTML page", "HTML pages", "html"),
    (r"csvs?", "CSV file", "CSV files", "csv"),
    (r"(?:plain )?text|txts?", "text file", "text files", "text"),
    (r"markdowns?|mds?", "Markdown file", "Markdown files", "markdown"),
    (r"jpe?gs?", "JPEG", "JPEGs", "jpeg"),
    (r"pngs?", "PNG", "PNGs", "png"),
    (r"gifs?", "GIF", "GIFs", "gif"),
    (r"webps?", "WebP picture", "WebP pictures", "webp"),
    (r"heics?|heifs?", "HEIC picture", "HEIC pictures", "heic"),
    (r"avifs?", "AVIF picture", "AVIF pictures", "avif"),
    (r"mp4s?", "MP4 video", "MP4 videos", "mp4"),
)
_OF_FILES = r"(?:files?|documents?|docs?|pictures?|images?|photos?|videos?|pages?)"
_FORMATS: Final = tuple(
    (re.compile(rf"(?:{words})(?: {_OF_FILES})?", re.I), NamedFormat(one, many, frozenset(formats.split())))
    for words, one, many, formats in _NAMES
)
_EVERY: Final = "|".join(words for words, *_ in _NAMES)
# These name other things as well, so that alone they say nothing of files.
_ALONE_UNCLEAR: Final = re.compile(r"(?:plain )?text|word|excel|power ?point|presentation|html|csv", re.I)
_LEADING: Final = re.compile(
    rf"(?:(?:{_EVERY})(?: {_OF_FILES})?(?:(?:,| and| or|, and|, or) )?)+?"
    r"(?:$|\s+(?=(?:about|on|of|with|that|which|from|regarding|concerning|mentioning|for|called|named)\b))",
    re.I,
)
_TRAILING: Final = re.compile(rf"\s+(?:as|in) (?:an? )?((?:{_EVERY})(?: {_OF_FILES})?)(?: format)?$", re.I)
_AND: Final = re.compile(r"\s*,\s*(?:and |or )?|\s+(?:and|or) ", re.I)


def formats_named(subject: str) -> tuple[NamedFormat, ...]:
    """The formats that a subject consists of, as "PDFs and Word documents"; none where it says anything else."""
    found = [_format(part.strip()) for part in _AND.split(subject)]
    return tuple(dict.fromkeys(one for one in found if one)) if all(found) else ()


def take_formats(subject: str) -> tuple[str, tuple[NamedFormat, ...]]:
    """A subject without the formats that it begins or ends with, as "PDFs about pumps", and these."""
    for found in (_LEADING.match(subject), _TRAILING.search(subject)):
        named = found[found.lastindex or 0].strip() if found is not None else ""
        formats = formats_named(named)
        if found is not None and formats and not _ALONE_UNCLEAR.fullmatch(named):
            return f"{subject[: found.start()]}{subject[found.end() :]}".strip(), formats
    return subject, ()


def _format(part: str) -> NamedFormat | None:
    return next((known for pattern, known in _FORMATS if pattern.fullmatch(part)), None)
