from aionserver.models.ocr import TextLine
from aionserver.models.ocr.reading_order import in_reading_order


def line(text: str, x: float, y: float, width: float, height: float = 0.02) -> TextLine:
    return TextLine(text, 0.99, ((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


def test_words_of_a_row_are_joined_from_the_left() -> None:
    found = in_reading_order([line("4.50", 0.8, 0.101, 0.1), line("Tea", 0.1, 0.1, 0.1), line("Total", 0.1, 0.2, 0.1)])
    assert found.text == "Tea 4.50\nTotal"


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    left = [line(f"left {n}", 0.05, 0.1 + n * 0.03, 0.4) for n in range(5)]
    right = [line(f"right {n}", 0.55, 0.1 + n * 0.03, 0.4) for n in range(5)]
    mixed = [found for pair in zip(right, left, strict=True) for found in pair]
    assert in_reading_order(mixed).text.split("\n") == [found.text for found in (*left, *right)]


def test_prices_beside_names_are_rows_not_columns() -> None:
    names = [line(f"item {n}", 0.05, 0.1 + n * 0.03, 0.4) for n in range(5)]
    prices = [line(f"{n}.00", 0.8, 0.1 + n * 0.03, 0.06) for n in range(5)]
    assert in_reading_order([*names, *prices]).text.split("\n")[0] == "item 0 0.00"


def test_no_lines_are_no_text() -> None:
    assert in_reading_order([]).text == ""
    assert in_reading_order([]).lines == ()
