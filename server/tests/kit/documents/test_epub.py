"""Books are read chapter by chapter."""

import io

import pytest
from PIL import Image

from aionserver.kit.document_covers import cover
from plugins.documents import code_of, package, read, told

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)
BOOK = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <metadata><dc:title>On pumps</dc:title><dc:creator>Jane</dc:creator><dc:language>en</dc:language></metadata>
  <manifest>
    <item id="toc" href="toc.xhtml" media-type="application/xhtml+xml" properties="nav"/>
    <item id="two" href="two.xhtml" media-type="application/xhtml+xml"/>
    <item id="one" href="chapters/the%20one.xhtml" media-type="application/xhtml+xml"/>
    <item id="cover" href="cover.jpg" media-type="image/jpeg"/>
    <item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/>
  </manifest>
  <spine><itemref idref="cover"/><itemref idref="toc"/><itemref idref="one"/><itemref idref="gone"/>
    <itemref idref="two"/><itemref idref="unknown"/></spine>
</package>"""
DOCTYPE = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
ONE = f"""<?xml version="1.0" encoding="utf-8"?>{DOCTYPE}<html xmlns="http://www.w3.org/1999/xhtml">
  <head><title/><script src="x"/></head>
  <body><h1>One</h1><p>It&nbsp;is&#160;red &amp; heavy<a id="x"/>.</p></body></html>"""


def book(**parts: str | bytes) -> bytes:
    files: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": BOOK,
        "OPS/chapters/the one.xhtml": ONE,
    }
    return package({"mimetype": "application/epub+zip", **files, "OPS/two.xhtml": "<p>Two<br>lines", **parts})


def test_chapters_come_in_the_order_of_the_spine() -> None:
    reading = read(book(**{"OPS/toc.xhtml": "<p>Contents</p>"}), "EPUB")
    assert told(book(), "EPUB") == ["h1: One", "paragraph: It\u00a0is\u00a0red & heavy.", "paragraph: Two\nlines"]
    assert [page.number for page in reading.pages] == [1, 2]
    assert (reading.title, reading.properties) == ("On pumps", {"author": "Jane", "language": "en"})
    assert reading.has_pages is False


CONTENTS = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>
  <nav epub:type="page-list"><ol><li><a href="two.xhtml">42</a></li></ol></nav>
  <nav epub:type="toc"><ol><li><a href="chapters/the%20one.xhtml">The first</a>
    <ol><li><a href="two.xhtml#a"><i>The</i> second</a></li><li><a href="two.xhtml#b">More</a></li></ol></li></ol>
  </nav></body></html>"""
OLDER = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>
  <navPoint><navLabel><text>The first</text></navLabel><content src="chapters/the%20one.xhtml"/>
    <navPoint><navLabel><text>The second</text></navLabel><content src="two.xhtml"/></navPoint></navPoint>
</navMap></ncx>"""


@pytest.mark.parametrize(
    "contents, kind", [(CONTENTS, 'application/xhtml+xml" properties="nav'), (OLDER, "application/x-dtbncx+xml")]
)
def test_a_chapter_without_a_heading_has_the_title_of_the_table_of_contents(contents: str, kind: str) -> None:
    package_part = BOOK.replace('application/xhtml+xml" properties="nav', kind)
    said = told(book(**{"OPS/toc.xhtml": contents, "OPS/book.opf": package_part}), "EPUB")
    assert [line for line in said if line.startswith("h")] == ["h1: One", "h2: The second"]


def test_a_title_that_stands_there_as_a_paragraph_becomes_the_heading() -> None:
    said = told(book(**{"OPS/toc.xhtml": CONTENTS, "OPS/two.xhtml": "<p>THE SECOND</p><p>It began."}), "EPUB")
    assert said[-2:] == ["h2: The second", "paragraph: It began."]


def test_a_title_that_programs_give_is_none() -> None:
    contents = CONTENTS.replace("<i>The</i> second", "Untitled document").replace(">More<", "> <")
    assert told(book(**{"OPS/toc.xhtml": contents}), "EPUB") == told(book(), "EPUB")


def test_a_damaged_table_of_contents_costs_its_titles_only() -> None:
    assert told(book(**{"OPS/toc.xhtml": "<nav><ol><a href='two.xhtml'>"}), "EPUB")[0] == "h1: One"


def cover_picture(**options: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 900), "navy").save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "said",
    [
        BOOK.replace('media-type="image/jpeg"', 'media-type="image/jpeg" properties="cover-image"'),
        BOOK.replace("<dc:creator>", '<meta name="cover" content="cover"/><dc:creator>'),
    ],
)
def test_a_book_is_shown_by_its_cover(said: str) -> None:
    shown = cover(book(**{"OPS/book.opf": said, "OPS/cover.jpg": cover_picture()}), "EPUB")
    assert shown is not None
    assert [(one.name, one.width, one.height) for one in shown.variants][1:3] == [
        ("medium_750", 500, 750),
        ("small_256", 171, 256),
    ]


def test_a_book_without_a_cover_that_can_be_read_is_shown_by_none() -> None:
    said = BOOK.replace('media-type="image/jpeg"', 'media-type="image/jpeg" properties="cover-image"')
    assert cover(book(), "EPUB") is None
    assert cover(book(**{"OPS/book.opf": said}), "EPUB") is None
    assert cover(book(**{"OPS/book.opf": said, "OPS/cover.jpg": cover_picture()[:200]}), "EPUB") is None


def test_scrambled_fonts_do_not_lock_a_book_and_scrambled_chapters_do() -> None:
    locked = '<encryption><EncryptedData><CipherReference URI="{}"/></EncryptedData></encryption>'.format
    assert code_of(book(**{"META-INF/encryption.xml": locked("OPS/a.otf")}), "EPUB") == "read"
    assert code_of(book(**{"META-INF/encryption.xml": locked("OPS/two.xhtml")}), "EPUB") == "password_protected"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        package({"mimetype": "application/epub+zip"}),
        book(**{"META-INF/container.xml": "<container/>"}),
        book(**{"OPS/book.opf": "<package>"}),
    ],
)
def test_what_is_no_book_is_refused(data: bytes) -> None:
    assert code_of(data, "EPUB") == "corrupt_file"
