"""Workbooks are read as tables of what their cells show."""

import datetime
import io
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.comments import Comment

from aionserver.kit.documents.cell_formats import shown
from plugins.documents import blocks, code_of, package, read, told, word


def written(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def book_of(*rows: tuple[object, ...]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # pyright: ignore[reportOptionalMemberAccess]
    return book


def repacked(data: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The package with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w") as changed:
        for one in packed.namelist():
            part = packed.read(one)
            changed.writestr(one, change(part.decode()).encode() if one == name else part)
    return out.getvalue()


def test_every_sheet_is_a_part_under_its_name() -> None:
    book = book_of(("Part", "Price"), ("Lid", 5), ("Screw", 0.25))
    book.create_sheet("Empty")
    book.create_sheet("Stock").append(["Lid", 7])
    book.properties.title, book.properties.creator = "Parts", "Jane"
    reading = read(written(book), "XLSX")
    assert told(written(book), "XLSX") == [
        "h1: Sheet",
        "table: | Part | Price |\n| --- | --- |\n| Lid | 5 |\n| Screw | 0.25 |",
        "h1: Empty",
        "h1: Stock",
        "table: |  |  |\n| --- | --- |\n| Lid | 7 |",
    ]
    assert (reading.title, reading.properties["author"]) == ("Parts", "Jane")
    assert ([page.number for page in reading.pages], reading.has_pages) == ([1, 2, 3], False)


def test_empty_rows_part_tables_and_empty_columns_are_none() -> None:
    book = book_of(
        (None, "Report of May"), (None,), (None, "Part", None, "2023"), (None, "Lid", None, 5), (), ("x", "y")
    )
    assert told(written(book), "XLSX")[1:] == [
        "table: | Report of May |\n| --- |",
        "table: | Part | 2023 |\n| --- | --- |\n| Lid | 5 |",
        "table: | x | y |\n| --- | --- |",
    ]


def test_merged_cells_are_said_in_each_of_them() -> None:
    book = book_of(("Part", "Price", None), (None, "2023", "2022"), ("Lid", 5, 6), (None, 7, 8))
    for cells in ("A1:A2", "B1:C1", "A3:A4"):
        book.active.merge_cells(cells)  # pyright: ignore[reportOptionalMemberAccess]
    assert told(written(book), "XLSX")[1].splitlines()[0::2] == [
        "table: | Part | Price | Price |",
        "| Part | 2023 | 2022 |",
        "| Lid | 7 | 8 |",
    ]


def test_rows_after_a_gap_have_the_heads_from_above() -> None:
    book = book_of(("Part", "Price"), ("Lid", 5), (), ("Screw", 7))
    assert told(written(book), "XLSX")[2] == "table: | Part | Price |\n| --- | --- |\n| Screw | 7 |"


@pytest.mark.parametrize(
    "value, form, text",
    [
        (5, "General", "5"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, "#,##0.00", "1,234.50"),
        (1234.5, '"€" #,##0', "€ 1,235"),
        (1234.5, "#,##0.00 [$€-407]", "1,234.50 €"),
        (-1234, "[$¥-411]#,##0;[Red]-[$¥-411]#,##0", "-¥1,234"),
        (-1234.5, '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', "$(1,234.50)"),
        (0, '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', "$-"),
        (1234567, '#,##0,"K"', "1,235K"),
        (1500, '[>=1000]#,##0,"k";0', "1500"),
        (2138, "00000", "02138"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (123456789, "000-00-0000", "123-45-6789"),
        (5.5, "0.##", "5.5"),
        (5, "0.##", "5"),
        (1234.5, "#,###.0", "1,234.5"),
        (12, '0 "pcs"', "12 pcs"),
        (-3, "0;[Red]0", "-3"),
        (float("inf"), "0.00", "inf"),
        (1e300, "0", "1" + "0" * 300),
        (3, ";;;", ""),
        (datetime.timedelta(hours=30, minutes=15), "[h]:mm", "30:15"),
        (datetime.timedelta(seconds=-61), "[m]:ss", "-0:01:01"),
        (1234.5, "$#,##0.00_);($#,##0.00)", "$1,234.50"),
        (0.125, "0.0%", "12.5%"),
        (1e-9, "0.00E+00", "1.00E-09"),
        (True, "General", "TRUE"),
        ("text", "@", "text"),
        (datetime.datetime.fromisoformat("2024-05-06"), "yyyy-mm-dd", "2024-05-06"),
        (datetime.datetime.fromisoformat("2024-05-06T07:08"), "yyyy-mm-dd hh:mm", "2024-05-06 07:08"),
        (datetime.time(7, 8), "hh:mm", "07:08"),
    ],
)
def test_a_cell_shows_its_value_in_its_form(value: object, form: str, text: str) -> None:
    assert shown(value, form) == text


def test_a_row_with_a_price_in_any_currency_is_no_row_of_heads() -> None:
    book = book_of(("Lid", 5), ("Screw", 7))
    for cell in ("B1", "B2"):
        book.active[cell].number_format = '0.00 "€"'  # pyright: ignore
    assert told(written(book), "XLSX")[1].splitlines()[2:] == ["| Lid | 5.00 € |", "| Screw | 7.00 € |"]


def test_a_formula_without_a_result_is_shown_itself() -> None:
    book = book_of(("Part", "Price"), ("Lid", 5), ("Sum", "=SUM(B2:B2)"))
    assert told(written(book), "XLSX")[1].splitlines()[-1] == "| Sum | =SUM(B2:B2) |"


def test_a_formula_with_a_result_shows_that() -> None:
    plain = written(book_of(("Part", "Price"), ("Lid", 5), ("Sum", "=SUM(B2:B2)")))
    data = repacked(plain, "xl/worksheets/sheet1.xml", lambda text: re.sub(r"<v ?/>|<v></v>", "<v>5</v>", text))
    assert told(data, "XLSX")[1].splitlines()[-1] == "| Sum | 5 |"


def test_remarks_on_cells_come_after_their_sheet() -> None:
    book = book_of(("Part", "Price"), ("Lid", 5))
    book.active["B2"].comment = Comment("Too\nexpensive", "Jane")  # pyright: ignore
    assert told(written(book), "XLSX")[-1] == "note: Comment on B2: Too expensive"


def test_hidden_sheets_are_read_but_for_those_that_only_programs_see() -> None:
    book = book_of(("Part",))
    for name, state in (("Old", "hidden"), ("Cache", "veryHidden")):
        book.create_sheet(name).sheet_state = state
    assert told(written(book), "XLSX")[::2] == ["h1: Sheet", "h1: Old"]


def test_a_strict_workbook_is_read_as_any_other() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(written(book_of(("Part", "Price"), ("Lid", 5))))) as usual,
        zipfile.ZipFile(out, "w") as strict,
    ):
        for name in usual.namelist():
            part = usual.read(name)
            for kind in (b"spreadsheetml", b"officeDocument", b"drawingml"):
                usual_name = b"http://schemas.openxmlformats.org/" + kind + b"/2006/"
                part = part.replace(usual_name, b"http://purl.oclc.org/ooxml/" + kind + b"/")
            strict.writestr(name, part)
    assert b"purl.oclc.org" in zipfile.ZipFile(out).read("xl/workbook.xml")
    assert told(out.getvalue(), "XLSX")[1] == "table: | Part | Price |\n| --- | --- |\n| Lid | 5 |"


def test_a_sheet_that_is_cut_says_so() -> None:
    said = told(written(book_of(tuple(range(1001)), tuple(range(1000)))), "XLSX")
    assert said[-1] == "note: Columns after the 1,000th are not read."
    assert told(written(book_of(tuple(range(1000)))), "XLSX")[-1].startswith("table: ")


def test_a_sheet_that_lies_about_its_extent_is_read_by_what_it_has() -> None:
    data = written(book_of(("Part", "Price"), ("Lid", 5)))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    for extent in (b"A1:A1", b"A1:XFD1048576"):
        lying = {**parts, "xl/worksheets/sheet1.xml": sheet.replace(b"A1:B2", extent)}
        assert len(blocks(package(lying), "XLSX")) == 2
        assert told(package(lying), "XLSX")[1] == "table: | Part | Price |\n| --- | --- |\n| Lid | 5 |"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", word("<w:p/>")])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    assert code_of(data, "XLSX") in ("corrupt_file", "unsupported_format")


def test_a_workbook_without_its_sheet_is_damaged() -> None:
    with zipfile.ZipFile(io.BytesIO(written(book_of(("Lid", 5))))) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    del parts["xl/worksheets/sheet1.xml"]
    assert code_of(package(parts), "XLSX") == "corrupt_file"
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet><sheetData><row r='x'><c r='?' t='s'><v>99</v></c></row>"
    assert code_of(package(parts), "XLSX") == "corrupt_file"
