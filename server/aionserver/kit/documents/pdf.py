"""PDF documents read with PDFium, some pages a call; run in the sandbox, for hostile files can crash it."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from aionserver.kit.documents.blocks import Page, Reading, ReadingOptions, Scan
from aionserver.kit.documents.drafts import LONGEST_PROPERTY, one_line, properties_of
from aionserver.kit.documents.faults import CorruptDocument, DocumentTooLarge, PasswordProtected, UnsupportedFormat
from aionserver.kit.documents.pdf_blocks import Sheet, blocks_of, plain, style_of
from aionserver.kit.documents.pdf_lines import Face, Line, turn_of, whole_lines
from aionserver.kit.documents.pdf_paragraphs import Words
from aionserver.kit.documents.pdf_pictures import images_beside, pictures_of
from aionserver.kit.documents.pdf_scans import needs_scan, scan_of
from aionserver.kit.documents.pdf_text import PageText

_PROPERTIES: Final = ("Author", "Subject", "Keywords", "Creator")
_DATE: Final = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?)?")
MOST_OUTLINE_ITEMS: Final = 5_000
DEEPEST_OUTLINE: Final = 6

Titles = Mapping[int, Mapping[str, int]]


def read(source: Path | bytes, first_page: int, options: ReadingOptions) -> Reading:
    """`pages_at_once` pages from `first_page`; raises DocumentError."""
    with opened(source) as document:
        count = _page_count(document, options)
        numbers = range(first_page, min(count, first_page + options.pages_at_once - 1) + 1)
        pages = _pages(document, numbers, options)
        after = numbers.stop if numbers and numbers.stop <= count else None
        title, properties = _told(document)
        return Reading(pages, count, True, after, title, properties)


@contextmanager
def opened(source: Path | bytes) -> Generator[Any]:
    """The document, open with no password; PDFium's refusals as DocumentError."""
    try:
        document = pdfium.PdfDocument(source)
    except FileNotFoundError:
        raise
    except pdfium.PdfiumError as fault:
        raise _refusal(fault) from fault
    try:
        yield document
    except pdfium.PdfiumError as fault:
        raise CorruptDocument("The PDF is damaged: a page of it can't be read.") from fault
    finally:
        document.close()


def _refusal(fault: Exception) -> Exception:
    code = getattr(fault, "err_code", None)
    if code == pdfium_c.FPDF_ERR_PASSWORD:
        return PasswordProtected("The PDF opens with a password only; upload a copy without one.")
    if code == pdfium_c.FPDF_ERR_SECURITY:
        return UnsupportedFormat("The PDF is encrypted in a way that is not read.")
    return CorruptDocument("The file is damaged, or no PDF.")


def _page_count(document: Any, options: ReadingOptions) -> int:
    count = len(document)
    if count > options.most_pages:
        raise DocumentTooLarge(f"The PDF has {count:,} pages; {options.most_pages:,} are read at most.")
    if count < 1:
        raise CorruptDocument("The PDF is damaged: it has no page.")
    return count


def _pages(document: Any, numbers: range, options: ReadingOptions) -> tuple[Page, ...]:
    titles = _titles(document, numbers)
    sheets, scans, texts = list[Sheet](), list[Scan | None](), list[str]()
    fonts, letters = dict[bytes, Face](), 0
    for number in numbers:
        sheet, text, scan = _sheet(document, number, titles.get(number, {}), fonts, options)
        letters += len(text)
        if letters > options.most_characters:
            raise DocumentTooLarge(f"The PDF has more than {options.most_characters:,} characters.")
        sheets.append(sheet)
        scans.append(scan)
        texts.append(text)
    style = style_of(sheets)
    style.words = Words(texts)
    return tuple(
        Page(number, blocks_of(sheet, style), scan) for number, sheet, scan in zip(numbers, sheets, scans, strict=True)
    )


def _sheet(
    document: Any, number: int, titles: Mapping[str, int], fonts: dict[bytes, Face], options: ReadingOptions
) -> tuple[Sheet, str, Scan | None]:
    """The lines of a page, its text, and its picture where it needs one; nothing of a page that is damaged."""
    try:
        page: Any = document[number - 1]
    except pdfium.PdfiumError:
        return Sheet([], 1.0), "", None
    try:
        seen = _seen(page, fonts, options)
        turn = turn_of(seen.lines)
        if turn:
            page.set_rotation((page.get_rotation() + turn) % 360)
            seen = _seen(page, fonts, options)
        return Sheet(seen.lines, seen.height, titles), seen.text, _scan(page, seen, options)
    finally:
        page.close()


class _Seen(NamedTuple):
    """The lines of a page, its height and text, and the numbers of the images beside its text."""

    lines: list[Line]
    height: float
    text: str
    images: list[int]


def _scan(page: Any, seen: _Seen, options: ReadingOptions) -> Scan | None:
    """The page's picture where its text does not say what it shows, or the pictures of text beside its text."""
    if needs_scan(page, seen.text):
        return scan_of(page, options.most_scan_pixels)
    return pictures_of(page, seen.images, options.most_scan_pixels) if seen.images else None


def _seen(page: Any, fonts: dict[bytes, Face], options: ReadingOptions) -> _Seen:
    text = PageText(page, fonts)
    try:
        if text.count > options.most_characters:
            raise DocumentTooLarge(f"The PDF has more than {options.most_characters:,} characters.")
        images = images_beside(page, text.text)
        return _Seen(whole_lines(text.lines()), text.height, text.text, images)
    finally:
        text.close()


def _titles(document: Any, numbers: range) -> Titles:
    """The titles that the outline has for these pages, with their levels from 1."""
    found = dict[int, dict[str, int]]()
    for count, mark in enumerate(document.get_toc(max_depth=DEEPEST_OUTLINE)):
        if count >= MOST_OUTLINE_ITEMS:
            break
        dest = mark.get_dest()
        index = dest.get_index() if dest else None
        if index is not None and index + 1 in numbers:
            title = plain(mark.get_title()[:LONGEST_PROPERTY])
            if title:
                found.setdefault(index + 1, {})[title] = mark.level + 1
    return found


def _told(document: Any) -> tuple[str | None, dict[str, str]]:
    """The document's title, and what else it says of itself: author, subject, keywords, creator, created."""
    said = document.get_metadata_dict(skip_empty=True)
    properties = properties_of(**{name.lower(): said.get(name) for name in _PROPERTIES})
    created = _iso_date(said.get("CreationDate", ""))
    return one_line(said.get("Title")) or None, {**properties, "created": created} if created else properties


def _iso_date(text: str) -> str | None:
    """A date as PDF writes it, in ISO 8601; None where it is none."""
    found = _DATE.match(text)
    if not found:
        return None
    year, month, day, *time = (int(part or least) for part, least in zip(found.groups()[:6], "111000", strict=False))
    offset = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0)) * (-1 if found[7] == "-" else 1)
    try:
        return datetime(year, month, day, *time, tzinfo=timezone(offset)).isoformat()
    except ValueError:
        return None
