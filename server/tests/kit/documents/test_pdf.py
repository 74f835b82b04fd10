"""PDFs are read as people read them: columns, tables, headings, whole words, upright pages."""

import io
import os
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw

from aionserver.kit.documents.blocks import Page, ReadingOptions
from aionserver.kit.documents.pdf_scans import SCAN_DPI
from aionserver.kit.documents.repeats import edge_texts, repeated_edges, without_repeats
from plugins.documents import Placed, code_of, pdf, read, told

ROOT = Path(__file__).parents[4]
SET = ROOT / os.environ.get("AION_EVAL_DIR", "../shared/eval") / "hostile" / "dev" / "files"
needs_set = pytest.mark.skipif(not SET.is_dir(), reason="the evaluation data is not here (AION_EVAL_DIR)")
RUNNING = "The pump has to be switched off before any of its covers is opened by"


def lines(x: float, top: float, *texts: str, size: float = 10, step: float = 12) -> list[Placed]:
    return [(x, top - number * step, size, text) for number, text in enumerate(texts)]


def text_page(number: int = 1) -> list[Placed]:
    return lines(72, 700, *[f"{RUNNING} page {number} line {line}" for line in range(20)])


def pictured(*pictures: Image.Image) -> bytes:
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=100)
    return out.getvalue()


def test_lines_are_paragraphs_and_large_letters_are_headings() -> None:
    page = [
        (72, 740, 20, "The pump"),
        (72, 700, 14, "1.1 Covers"),
        *lines(72, 680, RUNNING, "the operator, who wears gloves.", RUNNING, "the operator."),
        (72, 610, 10, "*Safety first"),
        *lines(72, 590, RUNNING, "the operator."),
    ]
    assert told(pdf(page), "PDF") == [
        "h1*: The pump",
        "h3: 1.1 Covers",
        f"paragraph: {RUNNING} the operator, who wears gloves.",
        f"paragraph: {RUNNING} the operator.",
        "h4: Safety first",
        f"paragraph: {RUNNING} the operator.",
    ]


def test_columns_are_read_one_after_the_other() -> None:
    left = [f"left column line {n} goes on as text" for n in range(12)]
    right = [f"right column line {n} goes on as text" for n in range(12)]
    page = [
        *lines(60, 700, *left),
        *lines(320, 700, *right),
        (60, 740, 10, f"{RUNNING} the operator over both columns"),
    ]
    said = " ".join(told(pdf(page), "PDF"))
    assert said.index("left column line 11") < said.index("right column line 0")
    places = [said.index(line) for line in (*left, *right)]
    assert places == sorted(places)


def test_a_word_cut_at_the_end_of_a_line_is_whole_and_a_hyphen_of_its_own_stays() -> None:
    page = lines(
        72,
        700,
        "Whoever opens a cover of the pump without gloves risks a severe in-",
        "jury of his hands, says the manual, which is a well-",
        "known one; and this well-known manual has to be read by all of them.",
    )
    (said,) = told(pdf(page), "PDF")
    assert "severe injury of" in said and "a well-known one" in said


def test_a_table_has_its_heads_and_every_figure_in_its_column() -> None:
    rows = [("Sales of pumps", "1,234", "(567)"), ("Sales of lids", "89.5", "—"), ("Total", "1,323.5", "(567)")]
    page = [
        *lines(72, 740, RUNNING, "the operator, and these are the figures of both of the years:"),
        (300, 700, 10, "2023"),
        (400, 700, 10, "2022"),
        *(
            (x, 685 - 14 * number, 10, text)
            for number, row in enumerate(rows)
            for x, text in zip((72, 300, 400), row, strict=True)
        ),
    ]
    table = told(pdf(page), "PDF")[-1]
    assert table.splitlines() == [
        "table: |  | 2023 | 2022 |",
        "| --- | --- | --- |",
        "| Sales of pumps | 1,234 | (567) |",
        "| Sales of lids | 89.5 | — |",
        "| Total | 1,323.5 | (567) |",
    ]


def test_items_are_a_list() -> None:
    page = lines(72, 700, "You need these things:", "\u2022 gloves that reach far", "\u2022 a wrench", step=14)
    assert told(pdf(page), "PDF")[-1] == "list: - gloves that reach far\n- a wrench"


# How content is turned so that a page shows it upright again, by the page's own turn.
TURNS = {90: "0 1 -1 0 612 0", 180: "-1 0 0 -1 612 792", 270: "0 -1 1 0 0 792"}
UPRIGHT = [
    "h1*: The pump",
    f"paragraph: {RUNNING} the operator, who wears gloves.",
    f"paragraph: {RUNNING} the operator.",
]
TURNED_PAGE = [
    (72, 560, 20, "The pump"),
    *lines(72, 520, RUNNING, "the operator, who wears gloves.", RUNNING, "the operator."),
]


@pytest.mark.parametrize("rotation", TURNS)
def test_a_page_that_is_shown_turned_is_read_as_it_is_shown(rotation: int) -> None:
    assert told(pdf(TURNED_PAGE, rotation=rotation, matrix=TURNS[rotation]), "PDF") == UPRIGHT


@pytest.mark.parametrize("turn", [90, 270])
def test_a_page_whose_text_runs_up_or_down_is_turned(turn: int) -> None:
    assert told(pdf(TURNED_PAGE, matrix=TURNS[turn]), "PDF") == UPRIGHT


def test_heads_and_feet_that_repeat_are_set_aside_and_others_stay() -> None:
    def page(number: int) -> list[Placed]:
        foot = (290, 30, 9, f"Page {number} of 5")
        return [(72, 770, 9, "ACME pumps, annual report"), *text_page(number), foot]

    pages = read(pdf(*(page(number) for number in range(1, 6))), "PDF").pages
    kept = list(without_repeats(pages, repeated_edges(map(edge_texts, pages))))
    said = [block.text for one in kept for block in one.blocks]
    assert len(said) == 5 and not any("ACME" in text or "of 5" in text for text in said)
    alone: tuple[Page, ...] = read(pdf(page(1)), "PDF").pages
    kept = list(without_repeats(alone, repeated_edges(map(edge_texts, alone))))
    assert any("ACME" in block.text for block in kept[0].blocks)


def with_picture(picture: Image.Image, width: float, height: float, lines_beside: int = 12) -> bytes:
    """A page of lines with a picture of this size, in points, below them."""
    jpeg, out = io.BytesIO(), io.BytesIO()
    picture.save(jpeg, "JPEG", quality=90)
    texts = [f"{RUNNING} the operator, line {line}" for line in range(lines_beside)]
    document = pdfium.PdfDocument(pdf(lines(72, 760, *texts)))
    page, image = document[0], pdfium.PdfImage.new(document)
    image.load_jpeg(jpeg, inline=True)
    image.set_matrix(pdfium.PdfMatrix().scale(width, height).translate(60, 40))
    page.insert_obj(image)
    page.gen_content()
    document.save(out)
    return out.getvalue()


def drawn_text() -> Image.Image:
    picture = Image.new("RGB", (1000, 600), "white")
    for line in range(14):
        ImageDraw.Draw(picture).text(
            (40, 30 + 40 * line), f"Row {line} of the table: 4,885", fill="black", font_size=28
        )
    return picture


def test_a_picture_of_text_beside_text_comes_with_it() -> None:
    (page,) = read(with_picture(drawn_text(), 450, 270), "PDF").pages
    assert page.scan is not None and page.scan.is_part and len(page.blocks) == 1
    found = Image.frombytes("RGB", (page.scan.width, page.scan.height), page.scan.rgb)
    assert found.width == round(450 * SCAN_DPI / 72) and 630 < found.height < 730
    assert found.getpixel((2, 2)) == (255, 255, 255) and min(found.convert("L").tobytes()) < 80


@pytest.mark.parametrize(
    "picture, width, height, beside",
    [
        (Image.effect_noise((1000, 600), 90).convert("RGB"), 450, 270, 12),  # no plain ground, as photos have none
        (Image.new("RGB", (1000, 600), "white"), 450, 270, 12),
        (drawn_text(), 90, 54, 12),  # a logo
        (drawn_text(), 590, 800, 12),  # behind the whole page
        (drawn_text(), 450, 270, 40),  # on a page full of text
    ],
)
def test_other_pictures_beside_text_do_not(picture: Image.Image, width: float, height: float, beside: int) -> None:
    (page,) = read(with_picture(picture, width, height, beside), "PDF").pages
    assert page.scan is None and page.blocks


def test_a_scanned_page_comes_as_a_picture_and_a_written_one_does_not() -> None:
    scanned = Image.new("RGB", (850, 1100), "white")
    ImageDraw.Draw(scanned).rectangle((0, 0, 400, 300), fill=(200, 30, 30))
    (page,) = read(pictured(scanned), "PDF").pages
    assert page.blocks == () and page.scan is not None
    found = Image.frombytes("RGB", (page.scan.width, page.scan.height), page.scan.rgb)
    assert abs(found.width / found.height - 850 / 1100) < 0.01
    red, green, blue = found.getpixel((20, 20))  # pyright: ignore[reportGeneralTypeIssues]
    assert red > 150 > 100 > max(green, blue)
    (written,) = read(pdf(text_page()), "PDF").pages
    assert written.scan is None and written.blocks


def test_a_page_is_no_larger_a_picture_than_asked() -> None:
    options = ReadingOptions(most_scan_pixels=10_000)
    (page,) = read(pictured(Image.new("RGB", (850, 1100), "gray")), "PDF", options).pages
    assert page.scan is not None and page.scan.width * page.scan.height <= 10_500
    assert len(page.scan.rgb) == page.scan.width * page.scan.height * 3


def test_pages_are_read_in_parts_that_go_on_where_the_last_ended() -> None:
    data = pdf(*(text_page(number) for number in range(1, 61)))
    options = ReadingOptions(pages_at_once=25, most_characters=5_000_000)
    numbers, first, calls = list[int](), 1, 0
    while first:
        reading = read(data, "PDF", options, first)
        assert (reading.page_count, reading.has_pages) == (60, True)
        numbers += [page.number for page in reading.pages]
        assert all(f"page {page.number} line 7" in page.blocks[0].text for page in reading.pages)
        first, calls = reading.next_page or 0, calls + 1
    assert (numbers, calls) == (list(range(1, 61)), 3)
    assert read(data, "PDF", options, 61).pages == ()


def test_it_says_its_title_and_author_and_when_it_was_made() -> None:
    said = {"Title": "On pumps", "Author": "Jane Doe", "CreationDate": "D:20240506070809+02'00'"}
    reading = read(pdf(text_page(), info=said), "PDF")
    assert reading.title == "On pumps"
    assert reading.properties == {"author": "Jane Doe", "created": "2024-05-06T07:08:09+02:00"}


def test_too_many_pages_or_characters_are_refused() -> None:
    data = pdf(*(text_page(number) for number in range(1, 4)))
    assert code_of(data, "PDF", ReadingOptions(most_pages=2)) == "too_large"
    assert code_of(data, "PDF", ReadingOptions(most_characters=500)) == "too_large"


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"no pdf at all", pdf(text_page())[:200]])
def test_what_is_no_pdf_is_damaged(data: bytes) -> None:
    assert code_of(data, "PDF") == "corrupt_file"


@needs_set
def test_a_pdf_that_opens_without_a_password_is_read_and_another_says_that_it_has_one() -> None:
    folder = SET / "pypdf_enc"
    for name in ("r2-empty-password", "r4-owner-password", "r6-empty-password", "r6-owner-password"):
        assert read((folder / f"{name}.pdf").read_bytes(), "PDF").pages[0].blocks, name
    for name in ("r3-user-password", "r4-aes-user-password", "r6-user-password", "r6-both-passwords"):
        assert code_of((folder / f"{name}.pdf").read_bytes(), "PDF") == "password_protected", name
