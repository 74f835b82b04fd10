"""Workbooks read sheet by sheet, as tables of what their cells show."""

import datetime
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.utils import column_index_from_string

from aionserver.kit.documents.archives import Archive, opened_zip
from aionserver.kit.documents.blocks import Page, Reading, ReadingOptions
from aionserver.kit.documents.delimited import put_rows
from aionserver.kit.documents.drafts import Budget, Draft
from aionserver.kit.documents.faults import CorruptDocument, DocumentTooLarge
from aionserver.kit.documents.ooxml import Package, S, in_usual_names
from aionserver.kit.documents.tables import MOST_COLUMNS, repeated
from aionserver.kit.documents.trees import require_no_entities

MOST_CELLS: Final = 1_000_000
MOST_SHEETS: Final = 1_000
# Empty rows between two that say something; a sheet may have a million of them.
MOST_ROWS: Final = 1_100_000
_PARTS: Final = (".xml", ".rels")
# Cells that are one: the upper row, how many rows, the left column from 0, how many columns.
Merge = tuple[int, int, int, int]
_MERGED: Final = re.compile(rb"<(?:\w{1,20}:)?mergeCell ref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})\"")
MOST_MERGED, MOST_SPANNED = 20_000, 100
_DECIMALS: Final = re.compile(r"0\.(0+)")
_CURRENCY: Final = re.compile(r"[$€£¥]")
_LITERAL: Final = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[[^\]]*\]")


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """All sheets as parts; raises DocumentError."""
    with opened_zip(source) as archive:
        package = Package(archive)
        package.main(f"{S}workbook")
        title, properties = package.properties()
        plain, merged = _plain_package(archive)
    try:
        pages = tuple(_pages(plain, merged, Budget(options), _Cells()))
    except DocumentTooLarge:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, zipfile.BadZipFile, SyntaxError) as fault:
        raise CorruptDocument("The workbook is damaged: a sheet of it can't be read.") from fault
    if not pages:
        raise CorruptDocument("The workbook has no sheet that can be read.")
    return Reading(pages, len(pages), has_pages=False, title=title, properties=properties)


def _plain_package(archive: Archive) -> tuple[BytesIO, dict[str, list[Merge]]]:
    """The parts that cells are in, checked, in the names that all programs know; and cells of each that are one."""
    out, merged = BytesIO(), dict[str, list[Merge]]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, real in archive.real_names:
            if name.endswith(_PARTS) and not name.startswith(("xl/drawings", "xl/charts", "customxml", "xl/media")):
                data = archive.read(name)
                require_no_entities(data)
                packed.writestr(real, in_usual_names(data))
                merged[name] = list(islice(_merged_in(data), MOST_MERGED))
    out.seek(0)
    return out, merged


def _merged_in(data: bytes) -> Iterator[Merge]:
    for found in _MERGED.finditer(data):
        left, top, right, bottom = (part.decode() for part in found.groups())
        first, last = column_index_from_string(left), column_index_from_string(right)
        height = int(bottom) - int(top)
        if 0 <= last - first <= MOST_SPANNED and 0 <= height <= MOST_SPANNED:
            yield int(top), height + 1, first - 1, last - first + 1


class _Cells:
    """Counts cells and rows of a workbook; raises DocumentTooLarge past the bounds."""

    def __init__(self) -> None:
        self._cells, self._rows = MOST_CELLS, MOST_ROWS

    def take(self, cells: int) -> None:
        """A row with so many cells that say something."""
        self._cells -= cells
        self._rows -= 1
        if self._cells < 0 or self._rows < 0:
            raise DocumentTooLarge(f"The workbook has more than {MOST_CELLS:,} cells.")


def _pages(plain: BytesIO, merged: dict[str, list[Merge]], budget: Budget, counter: _Cells) -> Iterator[Page]:
    with warnings.catch_warnings():
        # What it does not know of a workbook it says by warnings; cells are not among it.
        warnings.simplefilter("ignore")
        book: Any = openpyxl.load_workbook(plain, read_only=True, data_only=True, keep_links=False)
        if len(book.worksheets) > MOST_SHEETS:
            raise DocumentTooLarge(f"The workbook has more than {MOST_SHEETS:,} sheets.")
        for number, sheet in enumerate(book.worksheets, 1):
            draft = Draft(budget)
            draft.add("heading", str(sheet.title), 1)
            # What a sheet says of its own extent is often wrong, and may be a lie.
            sheet.reset_dimensions()
            path = str(sheet._worksheet_path).lstrip("/").lower()  # the only way to a sheet's own part
            _put_sheet(draft, _spanned(_rows(sheet, counter), merged.get(path, [])))
            yield Page(number, draft.blocks())
        book.close()


def _rows(sheet: Any, counter: _Cells) -> Iterator[list[str]]:
    # Given a number of columns it would make as many cells in each row of a gap.
    for row in sheet.iter_rows():
        cells = row[:MOST_COLUMNS]
        texts = [shown(cell.value, cell.number_format) if cell.value is not None else "" for cell in cells]
        counter.take(sum(bool(text) for text in texts))
        yield texts


def _spanned(rows: Iterator[list[str]], merged: Sequence[Merge]) -> Iterator[list[str]]:
    """The rows with what one cell says in all the cells that it spans."""
    starts, open_merges = dict[int, list[Merge]](), list[tuple[int, Merge, str]]()
    for merge in merged:
        starts.setdefault(merge[0], []).append(merge)
    for number, row in enumerate(rows, 1):
        for merge in starts.get(number, ()):
            open_merges.append((number + merge[1], merge, row[merge[2]] if merge[2] < len(row) else ""))
        open_merges = [one for one in open_merges if one[0] > number]
        for _, (top, _, first, wide), text in open_merges:
            row += [""] * (min(first + wide, MOST_COLUMNS) - len(row))
            for place in range(first + (top == number), min(first + wide, MOST_COLUMNS)):
                row[place] = row[place] or repeated(text)
        yield row


def _put_sheet(draft: Draft, rows: Iterator[list[str]]) -> None:
    """Put down the tables of a sheet: empty rows part them."""
    held, heads = list[list[str]](), list[str]()
    for row in rows:
        if any(row):
            held.append(row)
        elif held:
            heads = _put_table(draft, held, heads)
            held = []
    _put_table(draft, held, heads)


def _put_table(draft: Draft, rows: list[list[str]], heads: Sequence[str]) -> list[str]:
    """Put a table down without its empty columns; gives its heads, column by column of the sheet."""
    width = max((len(row) for row in rows), default=0)
    used = [at for at in range(width) if any(at < len(row) and row[at] for row in rows)]
    above = [heads[at] if at < len(heads) else "" for at in used]
    above = above if all(above) else []
    found = put_rows(draft, iter([[row[at] if at < len(row) else "" for at in used] for row in rows]), above)
    line = [""] * width
    for at, text in zip(used, found, strict=False):
        line[at] = text
    return line


def shown(value: Any, form: str) -> str:
    """A cell's value as a sheet shows it, near enough to be found: dates in ISO 8601."""
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            return _number(value, form or "General")
        case datetime.datetime() if not (value.hour or value.minute or value.second):
            return value.date().isoformat()
        case datetime.datetime() | datetime.time():
            return value.isoformat(timespec="minutes").replace("T", " ")
        case datetime.date():
            return value.isoformat()
        case _:
            return str(value)


def _number(value: float, form: str) -> str:
    form = form.split(";")[0]
    sign = _CURRENCY.search(form)
    bare = _LITERAL.sub("", form)
    if "%" in bare:
        return f"{value * 100:.{_decimals(bare)}f}%"
    if "0" not in bare or "E" in bare.upper() or "/" in bare:
        return f"{value:.15g}"
    comma = "," if "#,#" in bare or "0,0" in bare else ""
    return f"{sign[0] if sign else ''}{value:{comma}.{_decimals(bare)}f}"


def _decimals(form: str) -> int:
    found = _DECIMALS.search(form)
    return len(found[1]) if found and len(found[1]) < 16 else 0
