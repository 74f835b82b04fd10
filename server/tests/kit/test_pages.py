"""What pages say of themselves, in all the ways in which pages say it."""

import pytest

from aionserver.kit.page_metadata import PageImage, PageMetadata
from aionserver.kit.pages import decoded, main_text, read_page, summary_of

PLACE = "https://example.org/news/today"
JSON_LD = """
<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
  {"@type": "Organization", "name": "Example Press", "image": "/logo.png"},
  {"@type": ["NewsArticle"], "headline": "From the graph", "description": "Said in JSON.",
   "image": [{"@type": "ImageObject", "url": "graph.jpg"}], "author": [{"name": "Ada"}, {"name": "Bob"}],
   "publisher": {"name": "Example Press"}, "datePublished": "2026-01-02T03:04:05Z"}]}</script>
"""


def said(head: str, body: str = "") -> PageMetadata:
    html = f"<html lang='de'><head>{head}</head><body>{body}</body></html>"
    return read_page(html.encode(), "text/html", "utf-8", PLACE).metadata


def test_linked_data_is_read_where_nothing_else_is_said() -> None:
    found = said(JSON_LD)
    assert (found.title, found.description, found.image) == (
        "From the graph",
        "Said in JSON.",
        "https://example.org/news/graph.jpg",
    )
    assert (found.author, found.site_name, found.published) == ("Ada", "Example Press", "2026-01-02T03:04:05Z")
    assert found.language == "de"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>Plain</title>", "Plain"),
        ("<title>Plain</title>" + JSON_LD, "From the graph"),
        ('<meta name="twitter:title" content="Card">' + JSON_LD, "Card"),
        ('<meta name="twitter:title" content="Card"><meta property="og:title" content=" Open\n Graph ">', "Open Graph"),
        ('<meta property="og:title" content=""><title>Plain</title>', "Plain"),
        ("<svg><title>Drawing</title></svg><h1>Heading</h1>", "Heading"),
        ("<script type='application/ld+json'>{broken</script><title>Plain</title>", "Plain"),
    ],
)
def test_the_title_is_the_one_that_was_written_for_this(head: str, title: str) -> None:
    assert said(head).title == title


def test_addresses_are_made_whole_by_the_pages_base() -> None:
    found = said('<base href="/other/"><link rel="canonical" href="x?a=1"><link rel="apple-touch-icon" href="i.png">')
    assert found.url == "https://example.org/other/x?a=1"
    assert found.favicon == "https://example.org/other/i.png"


def test_pictures_of_a_page_are_told_once_each_and_the_first_of_the_article_stands_for_it() -> None:
    body = "<img src='logo.png'><article><img src='a.jpg' alt=' An  A '><img src='a.jpg'><img src='data:x'></article>"
    found = said("", body)
    assert found.images == (
        PageImage("https://example.org/news/logo.png", None),
        PageImage("https://example.org/news/a.jpg", "An A"),
    )
    assert found.image == "https://example.org/news/a.jpg"


def test_long_titles_end_at_a_word() -> None:
    found = said(f"<title>{'word ' * 200}</title>").title
    assert found is not None
    assert len(found) <= 500
    assert found.endswith("word…")


def test_main_text_leaves_out_what_stands_around_it() -> None:
    paragraph = "<p>The committee met on Tuesday and agreed on the budget of the coming year after a long debate.</p>"
    html = f"<html><body><nav>Start Shop</nav><main>{paragraph * 3}</main><footer>Imprint</footer></body></html>"
    text = main_text(html.encode(), "text/html", "utf-8", PLACE)
    assert "agreed on the budget" in text
    assert "Imprint" not in text
    assert main_text(b"<p>Few words</p><script>x()</script>", "text/html", "utf-8", PLACE).strip() == "Few words"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("", None),
        (" \n ", None),
        ("Only a heading", "Only a heading"),
        ("Heading\nA sentence. Another one.", "A sentence. Another one."),
        ("First. " + "x" * 400 + ".", "First."),
        ("word " * 100, "word " * 58 + "word…"),
    ],
)
def test_a_summary_is_the_first_whole_sentences(text: str, summary: str | None) -> None:
    assert summary_of(text) == summary


@pytest.mark.parametrize("charset", [None, "utf-8", "zlib", "punycode", "unicode_escape", "utf-7", "x" * 50, "idna"])
def test_bytes_are_read_whatever_their_charset_is_said_to_be(charset: str | None) -> None:
    assert decoded("Grüße".encode(), charset) == "Grüße"


def test_a_charset_that_fits_no_byte_is_guessed() -> None:
    russian = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 20
    assert decoded(russian.encode("windows-1251"), "utf-8") == russian
