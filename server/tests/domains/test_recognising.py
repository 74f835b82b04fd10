"""Pages whose text is recognised: paragraphs, headings, edges, and pages that do not lie upright."""

import numpy as np

from aionserver.domains.documents.recognising import blocks_of, recognised
from aionserver.kit.documents.blocks import Block, Page, Scan
from aionserver.models.ocr import TextLine, TextLines, TextReader
from aionserver.models.pixels import Pixels
from plugins.product import Product


def row(text: str, top: float, height: float = 0.02, left: float = 0.1) -> tuple[TextLine, ...]:
    right = left + 0.01 * len(text)
    quad = ((left, top), (right, top), (right, top + height), (left, top + height))
    return (TextLine(text, 0.99, quad),)


def test_lines_become_headings_paragraphs_and_edges() -> None:
    found = TextLines(
        (
            row("Pump manual", 0.02),
            row("Maintenance", 0.1, height=0.04),
            row("Change the oil of the pump every five hun-", 0.16),
            row("dred hours of work.", 0.185),
            row("Use the right grade.", 0.25),
            row("Page 4", 0.95),
        )
    )
    assert blocks_of(found) == (
        Block("paragraph", "Pump manual", is_edge=True),
        Block("heading", "Maintenance", 2),
        Block("paragraph", "Change the oil of the pump every five hundred hours of work."),
        Block("paragraph", "Use the right grade."),
        Block("paragraph", "Page 4", is_edge=True),
    )
    assert blocks_of(TextLines(())) == ()


class Upright:
    """Reads a picture whose first pixel is white; of others it says that they are on their head."""

    name, version = "upright", "1"

    def read(self, image: Pixels) -> TextLines:
        is_upright = bool(image[0, 0, 0])
        return TextLines((row("upright" if is_upright else "on its head", 0.4),), turns=0 if is_upright else 2)


async def test_a_page_on_its_head_is_turned_before_it_is_read(product: Product) -> None:
    product.infra.models[TextReader] = Upright()
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[-1, -1] = 255
    page, is_recognised = await recognised(product.infra, Page(1, (), Scan(4, 4, pixels.tobytes())))
    assert is_recognised
    assert [block.text for block in page.blocks] == ["upright"]


async def test_a_page_that_says_more_itself_stays_as_it_is(product: Product) -> None:
    product.infra.models[TextReader] = Upright()
    said = Block("paragraph", "what the page says by itself is longer")
    pixels = np.full((4, 4, 3), 255, np.uint8)
    page, is_recognised = await recognised(product.infra, Page(1, (said,), Scan(4, 4, pixels.tobytes())))
    assert (page.blocks, is_recognised) == ((said,), False)


class Table:
    """Reads in every picture what the text beside it says, a row of a table, and a number."""

    name, version = "table", "1"

    def read(self, image: Pixels) -> TextLines:
        rows = ("What the page says by itself", "Net earnings 4,885 and 8,833", "17")
        return TextLines(tuple(row(text, 0.1 + 0.3 * number) for number, text in enumerate(rows)))


async def test_a_picture_beside_text_adds_what_the_text_does_not_say(product: Product) -> None:
    product.infra.models[TextReader] = Table()
    said = Block("heading", "What the page says by itself", 1)
    scan = Scan(4, 4, bytes(48), is_part=True)
    page, is_recognised = await recognised(product.infra, Page(1, (said,), scan))
    assert is_recognised
    assert page.blocks == (said, Block("paragraph", "Net earnings 4,885 and 8,833"))
