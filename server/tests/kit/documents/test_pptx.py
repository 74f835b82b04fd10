"""Presentations are read slide by slide."""

import io

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from aionserver.kit.documents.blocks import ReadingOptions
from plugins.documents import SMALL, code_of, read, references, told, word

PLACE = (Inches(1), Inches(1), Inches(4), Inches(2))


def written(show: object) -> bytes:
    out = io.BytesIO()
    show.save(out)  # pyright: ignore[reportAttributeAccessIssue]
    return out.getvalue()


def test_a_slide_has_title_points_texts_tables_and_notes() -> None:
    show = Presentation()
    show.core_properties.title = "On pumps"
    slide = show.slides.add_slide(show.slide_layouts[1])
    box = slide.shapes.add_textbox(*PLACE)
    box.text_frame.text = "free text"
    slide.shapes.title.text = "The pump"
    points = slide.placeholders[1].text_frame
    points.text = "Switch it off"
    points.add_paragraph().text = "and lock it"
    points.paragraphs[1].level = 1
    table = slide.shapes.add_table(3, 2, *PLACE).table
    table.cell(0, 0).merge(table.cell(0, 1))
    for place, text in (((0, 0), "Year"), ((1, 0), "2023"), ((1, 1), "2022"), ((2, 0), "5"), ((2, 1), "6")):
        table.cell(*place).text = text
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    data = written(show)
    reading = read(data, "PPTX")
    assert told(data, "PPTX") == [
        "h1: The pump",
        "list: - Switch it off\n  - and lock it",
        "paragraph: free text",
        "table: | Year | Year |\n| --- | --- |\n| 2023 | 2022 |\n| 5 | 6 |",
        "note: Say it slowly.",
    ]
    assert (reading.title, reading.has_pages, reading.page_count, reading.next_page) == ("On pumps", True, 1, None)


def test_slides_are_pages_in_their_order() -> None:
    show = Presentation()
    for number in range(3):
        show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = f"Slide {number}"
    order = show.slides._sldIdLst
    order.insert(0, order[2])
    pages = read(written(show), "PPTX").pages
    assert [(page.number, page.blocks[0].text) for page in pages] == [(1, "Slide 2"), (2, "Slide 0"), (3, "Slide 1")]


def test_a_chart_says_its_figures() -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    figures = CategoryChartData()
    figures.categories = ["2022", "2023"]
    figures.add_series("Sales", (5, 6.5))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, figures).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "By year"
    assert told(written(show), "PPTX") == [
        "paragraph: By year",
        "table: |  | Sales |\n| --- | --- |\n| 2022 | 5 |\n| 2023 | 6.5 |",
    ]


def test_shapes_in_groups_are_read() -> None:
    show = Presentation()
    group = show.slides.add_slide(show.slide_layouts[6]).shapes.add_group_shape()
    group.shapes.add_textbox(*PLACE).text_frame.text = "inside"
    assert told(written(show), "PPTX") == ["paragraph: inside"]


def test_more_slides_than_are_read_are_refused() -> None:
    show = Presentation()
    for _ in range(3):
        show.slides.add_slide(show.slide_layouts[6])
    assert code_of(written(show), "PPTX", ReadingOptions(most_pages=2)) == "too_large"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", word("<w:p/>"), references().encode()])
def test_what_is_no_presentation_is_refused(data: bytes) -> None:
    assert code_of(data, "PPTX", SMALL) in ("corrupt_file", "unsupported_format")
