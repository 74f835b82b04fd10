"""Workbooks read sheet by sheet, as tables of what their cells show."""

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice, repeat
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.utils import column_index_from_string

from aionserver.kit.documents.archives import Archive, opened_zip
from aionserver.kit.documents.blocks import Page, Reading, ReadingOptions
from aionserver.kit.documents.cell_formats import shown
from aionserver.kit.documents.delimited import put_rows
from aionserver.kit.documents.drafts import Budget, Draft
from aionserver.kit.documents.faults import CorruptDocument, DocumentTooLarge
from aionserver.kit.documents.ooxml import Package, S, in_usual_names
from aionserver.kit.documents.sheet_remarks import remarks_of
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
# A formula whose result was never stored, as programs write it that do not compute.
_UNCOMPUTED: Final = re.compile(
    rb"(?:<(?:\w{1,20}:)?f(?:\s[^<>]{0,500})?/>|</(?:\w{1,20}:)?f>)\s{0,20}"
    rb"(?:<(?:\w{1,20}:)?v\s?(?:/>|></(?:\w{1,20}:)?v>)\s{0,20})?</(?:\w{1,20}:)?c>"
)


@dataclass
class _Workbook:
    """The parts that cells are in; by their names, which cells of them are one; whether formulas lack results."""

    package: Package
    plain: BytesIO = field(default_factory=BytesIO)
    merged: dict[str, list[Merge]] = field(default_factory=dict[str, list[Merge]])
    is_uncomputed: bool = False

    def opened(self, is_computed: bool) -> Any:
        """It with the results of formulas, or with these themselves."""
        data = BytesIO(self.plain.getvalue())
        return openpyxl.load_workbook(data, read_only=True, data_only=is_computed, keep_links=False)


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """All sheets as parts; raises DocumentError."""
    with opened_zip(source) as archive:
        package = Package(archive)
        package.main(f"{S}workbook")
        title, properties = package.properties()
        pages = _read_pages(_checked(archive, package), options)
    if not pages:
        raise CorruptDocument("The workbook has no sheet that can be read.")
    return Reading(pages, len(pages), has_pages=False, title=title, properties=properties)


def _read_pages(workbook: _Workbook, options: ReadingOptions) -> tuple[Page, ...]:
    try:
        return tuple(_pages(workbook, Budget(options), _Cells()))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, zipfile.BadZipFile, SyntaxError) as fault:
        raise CorruptDocument("The workbook is damaged: a sheet of it can't be read.") from fault


def _checked(archive: Archive, package: Package) -> _Workbook:
    """The parts that cells are in, checked, in the names that all programs know."""
    found = _Workbook(package)
    with zipfile.ZipFile(found.plain, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, real in archive.real_names:
            if name.endswith(_PARTS) and not name.startswith(("xl/drawings", "xl/charts", "customxml", "xl/media")):
                data = archive.read(name)
                require_no_entities(data)
                packed.writestr(real, in_usual_names(data))
                found.merged[name] = list(islice(_merged_in(data), MOST_MERGED))
                found.is_uncomputed = found.is_uncomputed or bool(_UNCOMPUTED.search(data))
    return found


def _merged_in(data: bytes) -> Iterator[Merge]:
    for found in _MERGED.finditer(data):
        left, top, right, bottom = (part.decode() for part in found.groups())
        first, last = column_index_from_string(left), column_index_from_string(right)
        height = int(bottom) - int(top)
        if 0 <= last - first <= MOST_SPANNED and 0 <= height <= MOST_SPANNED:
            yield int(top), height + 1, first - 1, last - first + 1


class _Cells:
    """Counts cells and rows of a workbook; raises DocumentTooLarge past the bounds. Notes rows that were cut."""

    def __init__(self) -> None:
        self._cells, self._rows = MOST_CELLS, MOST_ROWS
        self.has_cut = False

    def take(self, cells: int) -> None:
        """A row with so many cells that say something."""
        self._cells -= cells
        self._rows -= 1
        if self._cells < 0 or self._rows < 0:
            raise DocumentTooLarge(f"The workbook has more than {MOST_CELLS:,} cells.")


def _pages(workbook: _Workbook, budget: Budget, counter: _Cells) -> Iterator[Page]:
    with warnings.catch_warnings():
        # What it does not know of a workbook it says by warnings; cells are not among it.
        warnings.simplefilter("ignore")
        book = workbook.opened(is_computed=True)
        formulas = workbook.opened(is_computed=False).worksheets if workbook.is_uncomputed else repeat(None)
        if len(book.worksheets) > MOST_SHEETS:
            raise DocumentTooLarge(f"The workbook has more than {MOST_SHEETS:,} sheets.")
        sheets = [one for one in zip(book.worksheets, formulas, strict=False) if one[0].sheet_state != "veryHidden"]
        for number, (sheet, uncomputed) in enumerate(sheets, 1):
            draft = Draft(budget)
            draft.add("heading", str(sheet.title), 1)
            path = str(sheet._worksheet_path).lstrip("/")  # the only way to a sheet's own part
            merged = workbook.merged.get(path.lower(), [])
            _put_sheet(draft, _spanned(_rows(sheet, uncomputed, counter), merged))
            if counter.has_cut:
                draft.add("note", f"Columns after the {MOST_COLUMNS:,}th are not read.")
                counter.has_cut = False
            for remark in remarks_of(workbook.package, path):
                draft.add("note", remark)
            yield Page(number, draft.blocks())
        book.close()


def _rows(sheet: Any, uncomputed: Any | None, counter: _Cells) -> Iterator[list[str]]:
    # Given a number of columns it would make as many cells in each row of a gap.
    rows = zip(_rows_of(sheet), repeat(()) if uncomputed is None else _rows_of(uncomputed), strict=False)
    for whole, formulas in rows:
        row = whole[:MOST_COLUMNS]
        counter.has_cut = counter.has_cut or any(cell.value is not None for cell in whole[MOST_COLUMNS:])
        texts = [shown(cell.value, cell.number_format) if cell.value is not None else "" for cell in row]
        for at, cell in enumerate(formulas[:MOST_COLUMNS]):
            texts[at] = texts[at] or _formula(cell.value)
        counter.take(sum(bool(text) for text in texts))
        yield texts


def _rows_of(sheet: Any) -> Iterator[Any]:
    # What a sheet says of its own extent is often wrong, and may be a lie.
    sheet.reset_dimensions()
    return sheet.iter_rows()


def _formula(value: Any) -> str:
    """A cell's formula, which says more than nothing; those of a range of cells are objects."""
    text = getattr(value, "text", value)
    return text if isinstance(text, str) and text.startswith("=") else ""


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
