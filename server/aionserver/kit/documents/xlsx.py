"""Workbooks read sheet by sheet, as tables of what their cells show."""

import datetime
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import openpyxl

from aionserver.kit.documents.archives import Archive, opened_zip
from aionserver.kit.documents.blocks import Page, Reading, ReadingOptions
from aionserver.kit.documents.delimited import put_rows
from aionserver.kit.documents.drafts import Budget, Draft
from aionserver.kit.documents.faults import CorruptDocument, DocumentTooLarge
from aionserver.kit.documents.ooxml import Package, S, in_usual_names
from aionserver.kit.documents.tables import MOST_COLUMNS
from aionserver.kit.documents.trees import require_no_entities

MOST_CELLS: Final = 1_000_000
MOST_SHEETS: Final = 1_000
# Empty rows between two that say something; a sheet may have a million of them.
MOST_ROWS: Final = 1_100_000
_PARTS: Final = (".xml", ".rels")
_DECIMALS: Final = re.compile(r"0\.(0+)")
_CURRENCY: Final = re.compile(r"[$€£¥]")
_LITERAL: Final = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[[^\]]*\]")


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """All sheets as parts; raises DocumentError."""
    with opened_zip(source) as archive:
        package = Package(archive)
        package.main(f"{S}workbook")
        title, properties = package.properties()
        plain = _plain_package(archive)
    budget, counter = Budget(options), _Cells()
    try:
        pages = tuple(_pages(plain, budget, counter))
    except DocumentTooLarge:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, zipfile.BadZipFile, SyntaxError) as fault:
        raise CorruptDocument("The workbook is damaged: a sheet of it can't be read.") from fault
    if not pages:
        raise CorruptDocument("The workbook has no sheet that can be read.")
    return Reading(pages, len(pages), has_pages=False, title=title, properties=properties)


def _plain_package(archive: Archive) -> BytesIO:
    """The parts that cells are in, checked, in the names that all programs know."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, real in archive.real_names:
            if name.endswith(_PARTS) and not name.startswith(("xl/drawings", "xl/charts", "customxml", "xl/media")):
                data = archive.read(name)
                require_no_entities(data)
                packed.writestr(real, in_usual_names(data))
    out.seek(0)
    return out


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


def _pages(plain: BytesIO, budget: Budget, counter: _Cells) -> Iterator[Page]:
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
            _put_sheet(draft, _rows(sheet, counter))
            yield Page(number, draft.blocks())
        book.close()


def _rows(sheet: Any, counter: _Cells) -> Iterator[list[str]]:
    # Given a number of columns it would make as many cells in each row of a gap.
    for row in sheet.iter_rows():
        cells = row[:MOST_COLUMNS]
        texts = [shown(cell.value, cell.number_format) if cell.value is not None else "" for cell in cells]
        counter.take(sum(bool(text) for text in texts))
        yield texts


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
