"""HTML is read as a browser shows it."""

import pytest

from aionserver.kit.documents.blocks import ReadingOptions
from plugins.documents import blocks, code_of, read, told


def page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def test_every_kind_of_block_is_known() -> None:
    body = """
      <h1>The <em>pump</em></h1><div>It is <b>red</b>
      and heavy.<p>Second<br>line</p>tail</div>
      <ol start="3"><li>three<li>four<ul><li><p>inner</p><p>more</p></ul></ol>
      <pre>if x:
    y()</pre><blockquote>quoted</blockquote>
    """
    assert told(page(body), "HTML") == [
        "h1: The pump",
        "paragraph: It is red and heavy.",
        "paragraph: Second\nline",
        "paragraph: tail",
        "list: 3. three\n4. four\n  - inner\n    more",
        "code: if x:\n    y()",
        "paragraph: quoted",
    ]


def test_what_a_browser_does_not_show_is_left_out() -> None:
    body = """<script>a()</script><style>b{}</style><nav>menu</nav><p hidden>no</p><p style="Display: none">no</p>
    <p aria-hidden="true">no</p><template>no</template><noscript>no</noscript><!-- no -->
    <p>yes<script>no</script>!</p>"""
    assert told(page(body), "HTML") == ["paragraph: yes!"]


def test_cells_that_span_others_stand_in_each_column_and_row() -> None:
    body = """<table><caption>Sales</caption>
      <thead><tr><th rowspan=2>Item<th colspan=2>Year<tr><th>2023<th>2022</thead>
      <tr><td rowspan="2">Pens<td>5<td>6<tr><td>7<td>8</table>"""
    assert told(page(body), "HTML") == [
        "paragraph: Sales",
        "table: | Item | Year 2023 | Year 2022 |\n| --- | --- | --- |\n| Pens | 5 | 6 |\n| Pens | 7 | 8 |",
    ]


def test_a_table_that_only_places_things_is_no_table() -> None:
    body = "<table><tr><td><h2>Left</h2><p>text</td><td><table><tr><td>a<td>b</table></td></tr></table>"
    assert told(page(body), "HTML") == ["h2: Left", "paragraph: text", "table: | a | b |\n| --- | --- |"]


def test_a_list_of_terms_is_a_list() -> None:
    assert told(page("<dl><dt>Lid<dd>It closes.<dt>Screw<dd>It holds.</dl>"), "HTML") == [
        "list: - Lid\n  It closes.\n- Screw\n  It holds."
    ]


def test_a_page_says_its_title_and_author() -> None:
    head = '<title>The\n pump</title><meta name="Author" content="Jane"><meta name=description content="On pumps">'
    reading = read(page("x", head), "HTML")
    assert (reading.title, reading.properties) == ("The pump", {"author": "Jane", "subject": "On pumps"})


@pytest.mark.parametrize(
    "data",
    [
        '<meta charset="windows-1252"><p>Café für 5 €'.encode("cp1252"),
        '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>Café für 5 €'.encode("cp1252"),
        '<?xml version="1.0" encoding="utf-8"?><html><p>Café für 5 €</p></html>'.encode(),
        "<p>Café für 5 €".encode("utf-16"),
        '<meta charset="nonsense"><p>Café für 5 €'.encode(),
        '<meta charset="utf-8"><p>Café für 5 €'.encode("cp1252"),
        '<meta charset="rot13"><p>Café für 5 €'.encode(),
    ],
)
def test_a_page_is_read_in_its_encoding(data: bytes) -> None:
    assert told(data, "HTML") == ["paragraph: Café für 5 €"]


def test_entities_are_read_and_files_are_not() -> None:
    data = b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>a &amp; b &nbsp;&x;</p>'
    assert "root:" not in str(told(data, "HTML")) and "a & b" in str(told(data, "HTML"))


@pytest.mark.parametrize("data", [b"", b" ", b"<html></html>", b"<!-- -->"])
def test_an_empty_page_has_no_blocks(data: bytes) -> None:
    assert blocks(data, "HTML") == []


def test_a_page_as_deep_as_a_well_is_read_or_refused() -> None:
    for tag in ("div", "ul><li", "table><tr><td", "blockquote", "b"):
        assert code_of(f"<{tag}>".encode() * 20_000 + b"x", "HTML") in ("read", "too_large", "corrupt_file")


def test_text_below_many_elements_is_still_read() -> None:
    assert told(page("<div>" * 200 + "deep" + "</div>" * 200), "HTML") == ["paragraph: deep"]


@pytest.mark.parametrize(
    "table",
    [
        "<table>" + ("<tr>" + "<td colspan=99999>x</td>" * 3) * 2_000 + "</table>",
        "<table><tr><td>a<td rowspan=999999>" + "y" * 100_000 + "<tr><td>b" * 5_000 + "</table>",
        "<table><tr><td colspan=1000 rowspan=5000>"
        + "z" * 100
        + "</td><td>q</td></tr>"
        + "<tr><td>x" * 5_000
        + "</table>",
    ],
)
def test_cells_that_span_thousands_are_bounded(table: str) -> None:
    assert code_of(page(table), "HTML", ReadingOptions(most_characters=1_000_000)) in ("read", "too_large")
