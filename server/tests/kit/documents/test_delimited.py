"""Lines of values are read as tables, whatever parts the values."""

import pytest

from aionserver.kit.documents.blocks import ReadingOptions
from plugins.documents import blocks, code_of, told

TABLE = "table: | Part | Price | Note |\n| --- | --- | --- |\n| Lid | 5 | red, heavy |\n| Screw | 0.5 | a \\| b |"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_what_parts_the_values_is_told_by_the_text(delimiter: str) -> None:
    rows = [["Part", "Price", "Note"], ["Lid", "5", '"red, heavy"'], ["Screw", "0.5", '"a | b"']]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode()
    assert told(data, "CSV") == [TABLE]


@pytest.mark.parametrize(
    "encoding, rows",
    [
        ("cp932", ["名前,値段,備考", "りんご,100,青森県産の赤いりんご", "みかん,200,和歌山県産"]),
        ("gb18030", ["名称,价格", "苹果,100", "橘子,200"]),
        ("cp949", ["이름,가격", "사과,100", "귤,200"]),
        ("cp1252", ["Größe,Preis", "groß,100", "klein,200"]),
        ("utf-16-le", ["name,price", "apple,100"]),
    ],
)
def test_a_short_table_is_read_in_the_encoding_of_its_country(encoding: str, rows: list[str]) -> None:
    table = blocks("\r\n".join(rows).encode(encoding), "CSV")[0].text.splitlines()
    assert [table[0], *table[2:]] == [f"| {row.replace(',', ' | ')} |" for row in rows]


def test_a_spreadsheet_may_say_itself_what_parts_its_values() -> None:
    assert told(b"sep=;\nA;B,C\n1;2,3\n", "CSV") == ["table: | A | B,C |\n| --- | --- |\n| 1 | 2,3 |"]


def test_a_value_may_have_lines_and_quotation_marks() -> None:
    data = b'Name,Said\nJane,"one\ntwo ""three"""\n'
    assert told(data, "CSV") == ['table: | Name | Said |\n| --- | --- |\n| Jane | one two "three" |']


def test_lines_above_a_table_are_no_heads() -> None:
    data = "Report of May\n\nPart,2023,2022\nLid,5,6\nScrew,7,8\n".encode("utf-16")
    assert told(data, "CSV") == [
        "paragraph: Report of May",
        "table: | Part | 2023 | 2022 |\n| --- | --- | --- |\n| Lid | 5 | 6 |\n| Screw | 7 | 8 |",
    ]


def test_numbers_alone_have_no_heads() -> None:
    assert told(b"1,2.5\n3,4\n", "CSV") == ["table: |  |  |\n| --- | --- |\n| 1 | 2.5 |\n| 3 | 4 |"]


def test_every_part_of_a_long_table_has_its_heads() -> None:
    data = "Part,Price\n" + "".join(f"part number {n},{n}\n" for n in range(4_000))
    found = blocks(data.encode(), "CSV")
    assert len(found) > 3 and all(block.text.startswith("| Part | Price |\n| --- | --- |\n") for block in found)
    rows = [line for block in found for line in block.text.splitlines()[2:]]
    assert rows == [f"| part number {n} | {n} |" for n in range(4_000)]


def test_a_quotation_mark_that_never_ends_is_a_sign() -> None:
    data = 'Size,Price\n19" screen,5\n"24 inch,6\n' + "x,7\n" * 400_000
    assert code_of(data.encode(), "CSV", ReadingOptions()) == "read"
    assert '"24 inch' in blocks(data.encode(), "CSV", ReadingOptions())[0].text


@pytest.mark.parametrize("data", [b"", b"\n \n", b",,,\n,,\n"])
def test_an_empty_table_has_no_blocks(data: bytes) -> None:
    assert blocks(data, "CSV") == []


def test_one_column_is_a_table_too() -> None:
    assert told(b"Name\nJane\nJoe\n", "CSV") == ["table: | Name |\n| --- |\n| Jane |\n| Joe |"]


def test_more_columns_or_signs_than_anyone_reads_are_bounded() -> None:
    (block,) = blocks((b"x," * 5_000 + b"\n") * 2, "CSV")
    assert block.text.splitlines()[0].count("x") == 1_000
    assert code_of(b"a" * 1_500_000, "CSV", ReadingOptions()) == "too_large"
