"""Word documents are read as they stand on paper."""

import io
from datetime import UTC, datetime

import docx
import pytest

from plugins.documents import SPACES, code_of, package, paragraph, read, references, told, word

TWO_LISTS = f"""<w:numbering {SPACES}>
  <w:abstractNum w:abstractNumId="7">
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>
    <w:lvl w:ilvl="1"><w:start w:val="3"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
  </w:abstractNum>
  <w:abstractNum w:abstractNumId="8">
    <w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl>
  </w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>
  <w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>
  <w:num w:numId="3">
    <w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>
  </w:num>
</w:numbering>"""
STYLES = f"""<w:styles {SPACES}>
  <w:style w:type="paragraph" w:default="1" w:styleId="N"><w:name w:val="Normal"/></w:style>
  <w:style w:type="paragraph" w:styleId="U1"><w:name w:val="heading 1"/>
    <w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="U2"><w:name w:val="heading 2"/><w:basedOn w:val="U1"/></w:style>
  <w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Clause"/><w:basedOn w:val="Loop"/>
    <w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Own"/></w:style>
  <w:style w:type="paragraph" w:styleId="C"><w:name w:val="Source Code"/></w:style>
</w:styles>"""


def style(name: str) -> str:
    return f'<w:pStyle w:val="{name}"/>'


def numbered(list_id: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'


def cell(text: str, properties: str = "") -> str:
    inner = text if text.startswith("<w:") else paragraph(text)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def test_a_document_of_a_word_processor_is_read_whole() -> None:
    made = docx.Document()
    made.core_properties.title, made.core_properties.author = "On pumps", "Jane Doe"
    made.core_properties.created = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    made.add_heading("The pump", 0)
    made.add_heading("Covers", 1)
    made.add_paragraph("Switch it off.")
    made.add_paragraph("gloves", "List Bullet")
    made.add_paragraph("wrench", "List Bullet")
    made.add_paragraph("first", "List Number")
    table = made.add_table(2, 2)
    for place, text in enumerate(("Part", "Price", "Lid", "5")):
        table.cell(place // 2, place % 2).text = text
    made.sections[0].header.paragraphs[0].text = "ACME"
    made.sections[0].footer.paragraphs[0].text = "Page 1 of 3"
    out = io.BytesIO()
    made.save(out)
    reading = read(out.getvalue(), "DOCX")
    assert told(out.getvalue(), "DOCX") == [
        "paragraph*: ACME",
        "h1: The pump",
        "h1: Covers",
        "paragraph: Switch it off.",
        "list: - gloves\n- wrench\n1. first",
        "table: | Part | Price |\n| --- | --- |\n| Lid | 5 |",
    ]
    assert (reading.title, reading.properties["author"]) == ("On pumps", "Jane Doe")
    assert reading.properties["created"] == "2024-05-06T07:08:09Z"
    assert (reading.has_pages, reading.page_count, reading.next_page) == (False, 1, None)


def test_changes_are_accepted_and_hidden_text_is_not_shown() -> None:
    body = paragraph(
        "<w:r><w:t>It is </w:t></w:r><w:ins><w:r><w:t>red</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>blue</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>!</w:t></w:r></w:moveTo>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t> Yes</w:t></w:r>"
    )
    table = "<w:tbl>" + row(cell("a"), cell("b")) + row(cell("c"), cell("d"), properties="<w:del/>") + "</w:tbl>"
    assert told(word(body + table), "DOCX") == ["paragraph: It is red! Yes", "table: | a | b |\n| --- | --- |"]


def test_signs_between_letters_are_kept() -> None:
    body = paragraph(
        "<w:r><w:t>day</w:t><w:noBreakHyphen/><w:t>to</w:t><w:softHyphen/><w:t>night</w:t><w:tab/><w:t>a</w:t>"
        "<w:br/><w:t>b</w:t>"
        '<w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:font="Arial" w:char="00E9"/><w:sym w:char="zz"/></w:r>'
    )
    assert told(word(body), "DOCX") == ["paragraph: day-tonight\ta\nb✓é"]


def test_a_field_shows_its_result() -> None:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    body = paragraph(
        f"<w:r><w:t>See </w:t></w:r>{mark('begin')}<w:r><w:instrText>REF x</w:instrText><w:t>no</w:t></w:r>"
        f"{mark('separate')}<w:r><w:t>Section 2</w:t></w:r>{mark('end')}"
        "<w:fldSimple w:instr='PAGE'><w:r><w:t>, p. 3</w:t></w:r></w:fldSimple>"
        '<w:hyperlink r:id="x"><w:r><w:t>, there</w:t></w:r></w:hyperlink>'
    )
    assert told(word(body), "DOCX") == ["paragraph: See Section 2, p. 3, there"]


def test_form_fields_are_read_and_their_prompts_are_not() -> None:
    control = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>".format
    body = (
        control("", paragraph("block"))
        + paragraph(
            control("", "<w:r><w:t>inline</w:t></w:r>") + control("<w:showingPlcHdr/>", "<w:r><w:t>Click</w:t></w:r>")
        )
        + control("<w:showingPlcHdr/>", paragraph("Click here"))
        + "<w:tbl>"
        + control("", row(control("", cell("a")), cell("b")))
        + "</w:tbl>"
    )
    assert told(word(body), "DOCX") == ["paragraph: block", "paragraph: inline", "table: | a | b |\n| --- | --- |"]


def test_text_boxes_come_once_after_the_paragraph_they_hang_on() -> None:
    box = "<w:txbxContent>" + paragraph("in the box") + "</w:txbxContent>"
    drawn = f"<w:drawing><a:graphic><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></a:graphic></w:drawing>"
    old = f"<w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict>"
    body = paragraph(
        f"<w:r><w:t>text</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'>{drawn}</mc:Choice>"
        f"<mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert told(word(body), "DOCX") == ["paragraph: text", "paragraph: in the box"]
    assert told(word(paragraph(f"<w:r>{old}</w:r>")), "DOCX") == ["paragraph: in the box"]


def test_texts_of_drawn_shapes_are_read() -> None:
    line = "<a:p><a:r><a:t>{}</a:t></a:r></a:p>".format
    shape = f"<w:drawing><a:txSp><a:txBody>{line('in the')}{line('shape')}</a:txBody></a:txSp></w:drawing>"
    assert told(word(paragraph(f"<w:r>{shape}</w:r>")), "DOCX") == ["paragraph: in the\nshape"]


def test_notes_follow_what_refers_to_them() -> None:
    notes = (
        "<w:{kind}s {spaces}><w:{kind} w:id='0' w:type='separator'><w:p/></w:{kind}>"
        "<w:{kind} w:id='2'>{text}</w:{kind}></w:{kind}s>"
    )
    body = (
        paragraph("<w:r><w:t>One</w:t><w:footnoteReference w:id='2'/><w:endnoteReference w:id='2'/></w:r>")
        + paragraph("two")
        + "<w:tbl>"
        + row(cell("a"), cell("<w:p><w:r><w:footnoteReference w:id='2'/><w:t>b</w:t></w:r></w:p>"))
        + "</w:tbl>"
    )
    data = word(
        body,
        {"n1": "footnotes footnotes.xml", "n2": "endnotes endnotes.xml"},
        footnotes_xml=notes.format(kind="footnote", spaces=SPACES, text=paragraph("at the foot")),
        endnotes_xml=notes.format(kind="endnote", spaces=SPACES, text=paragraph("at the end")),
    )
    assert told(data, "DOCX") == [
        "paragraph: One[^2][^e2]",
        "note: [^2]: at the foot",
        "paragraph: two",
        "table: | a | [^2]b |\n| --- | --- |",
        "note: [^e2]: at the end",
    ]


def test_remarks_come_after_what_they_are_about_with_who_made_them() -> None:
    body = paragraph(
        "<w:commentRangeStart w:id='1'/><w:r><w:t>Price</w:t></w:r><w:commentRangeEnd w:id='1'/>"
        "<w:r><w:commentReference w:id='1'/></w:r>"
    )
    remarks = (
        f"<w:comments {SPACES}><w:comment w:id='1' w:author='Jane'>{paragraph('Too high')}</w:comment></w:comments>"
    )
    data = word(body + paragraph("next"), {"c": "comments comments.xml"}, comments_xml=remarks)
    assert told(data, "DOCX") == ["paragraph: Price", "note: Comment by Jane: Too high", "paragraph: next"]


def test_headings_are_told_by_outline_and_by_style() -> None:
    body = (
        paragraph("A", style("U1"))
        + paragraph("B", style("U2"))
        + paragraph("C", '<w:outlineLvl w:val="2"/>')
        + paragraph("D", style("U1") + '<w:outlineLvl w:val="9"/>')
        + paragraph("E", style("Heading4"))
        + paragraph("F", style("Subtitle"))
    )
    data = word(body, {"s": "styles styles.xml"}, styles_xml=STYLES)
    assert told(data, "DOCX") == ["h1: A", "h1: B", "h3: C", "paragraph: D", "h4: E", "h2: F"]


def test_bold_or_large_lines_alone_are_headings_and_bold_words_in_a_text_are_not() -> None:
    bold = "<w:r><w:rPr><w:b/></w:rPr><w:t>{}</w:t></w:r>".format
    large = "<w:r><w:rPr><w:sz w:val='40'/></w:rPr><w:t>{}</w:t></w:r>".format
    plain = "<w:r><w:t>{}</w:t></w:r>".format
    body = (
        paragraph(large("The pump"))
        + paragraph(bold("Safety first"))
        + paragraph(bold("Never") + plain(" open it while it runs, whatever the reason may be"))
        + paragraph(bold("Switch it off."))
        + paragraph(bold("Never so long: ") + bold("word " * 30))
    )
    assert [line.split(":")[0] for line in told(word(body + paragraph("text " * 100)), "DOCX")] == [
        *("h1", "h4", "paragraph", "paragraph", "paragraph", "paragraph")
    ]


def test_a_document_all_in_bold_has_no_headings() -> None:
    bold = "<w:r><w:rPr><w:b/></w:rPr><w:t>{}</w:t></w:r>".format
    data = word(paragraph(bold("One")) + paragraph(bold("two and three")))
    assert told(data, "DOCX") == ["paragraph: One", "paragraph: two and three"]


def test_items_are_numbered_as_word_numbers_them() -> None:
    body = (
        paragraph("one", numbered(1))
        + paragraph("inner", numbered(1, 1))
        + paragraph("inner too", numbered(1, 1))
        + paragraph("two", style("Own"))
        + paragraph("again", numbered(3))
        + paragraph("bullet", numbered(2))
        + paragraph("Head", style("U1") + numbered(1))
        + paragraph("out of it", style("Own") + numbered(0))
        + paragraph("long " * 80, numbered(1))
    )
    data = word(
        body, {"l": "numbering numbering.xml", "s": "styles styles.xml"}, numbering_xml=TWO_LISTS, styles_xml=STYLES
    )
    assert told(data, "DOCX") == [
        "list: I. one\n  I.c) inner\n  I.d) inner too\nII. two\nI. again\n- bullet",
        "h1: II. Head",
        "paragraph: out of it",
        "paragraph: III. " + ("long " * 80).strip(),
    ]


def test_code_keeps_its_lines() -> None:
    data = word(
        paragraph("if x:", style("C")) + paragraph("  y()", style("C")) + paragraph("done"),
        {"s": "styles styles.xml"},
        styles_xml=STYLES,
    )
    assert told(data, "DOCX") == ["code: if x:\n  y()", "paragraph: done"]


def test_merged_cells_stand_in_each_row_and_column() -> None:
    body = (
        "<w:tbl>"
        + (
            row(
                cell("Item", '<w:vMerge w:val="restart"/>'),
                cell("Year", '<w:gridSpan w:val="2"/>'),
                properties="<w:tblHeader/>",
            )
            + row(cell("x", "<w:vMerge/>"), cell("2023"), cell("2022"), properties="<w:tblHeader/>")
            + row(cell("5"), cell("6"), properties='<w:gridBefore w:val="1"/>')
            + row(cell("Pens"), cell("7"), cell(paragraph("8") + paragraph("9")))
        )
        + "</w:tbl>"
    )
    assert told(word(body), "DOCX") == [
        "table: | Item | Year 2023 | Year 2022 |\n| --- | --- | --- |\n|  | 5 | 6 |\n| Pens | 7 | 8 9 |"
    ]


def test_a_table_that_only_places_things_is_no_table() -> None:
    inner = "<w:tbl>" + row(cell("a"), cell("b")) + "</w:tbl>"
    body = "<w:tbl>" + row(cell(paragraph("left")), cell(inner + paragraph("right"))) + "</w:tbl>"
    single = "<w:tbl>" + row(cell("box")) + "</w:tbl>"
    assert told(word(body + single), "DOCX") == [
        "paragraph: left",
        "table: | a | b |\n| --- | --- |",
        "paragraph: right",
        "paragraph: box",
    ]


@pytest.mark.parametrize(
    "formula, text",
    [
        ("<m:f><m:num>{x}</m:num><m:den><m:r><m:t>a+b</m:t></m:r></m:den></m:f>", "x/(a+b)"),
        ("<m:sSup><m:e>{x}</m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>", "x^2"),
        ("<m:sSub><m:e>{x}</m:e><m:sub><m:r><m:t>i</m:t></m:r></m:sub></m:sSub>", "x_i"),
        ("<m:rad><m:deg/><m:e>{x}</m:e></m:rad>", "sqrt(x)"),
        ("<m:rad><m:deg><m:r><m:t>3</m:t></m:r></m:deg><m:e>{x}</m:e></m:rad>", "root(3, x)"),
        ("<m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=']'/></m:dPr><m:e>{x}</m:e></m:d>", "[x]"),
        (
            "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub><m:r><m:t>i=1</m:t></m:r></m:sub>"
            "<m:sup><m:r><m:t>n</m:t></m:r></m:sup><m:e>{x}</m:e></m:nary>",
            "∑_(i=1)^n x",
        ),
        ("<m:m><m:mr><m:e>{x}</m:e><m:e>{x}</m:e></m:mr><m:mr><m:e>{x}</m:e></m:mr></m:m>", "[x, x; x]"),
    ],
)
def test_formulas_are_written_on_one_line(formula: str, text: str) -> None:
    math = formula.replace("{x}", "<m:r><m:t>x</m:t></m:r>")
    body = f"<w:p><w:r><w:t>so</w:t></w:r><m:oMathPara><m:oMath>{math}</m:oMath></m:oMathPara></w:p>"
    assert told(word(body), "DOCX") == [f"paragraph: so {text}"]


def test_charts_are_tables_and_diagrams_lists() -> None:
    point = "<c:pt idx='{}'><c:v>{}</c:v></c:pt>".format

    def points(name: str, *values: object) -> str:
        said = "".join(point(place, value) for place, value in enumerate(values))
        return f"<c:{name}><c:strCache>{said}</c:strCache></c:{name}>"

    series = f"<c:ser><c:tx>{points('strRef', 'Sales')}</c:tx>{points('cat', 2022, 2023)}{points('val', 5, 6)}</c:ser>"
    title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>By year</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    chart = f"<c:chartSpace {SPACES}><c:chart>{title}<c:plotArea>{series}</c:plotArea></c:chart></c:chartSpace>"
    shape = "<dgm:pt><dgm:t><a:p><a:r><a:t>{}</a:t></a:r></a:p></dgm:t></dgm:pt>".format
    body = paragraph(
        "<w:r><w:drawing><c:chart r:id='c1'/></w:drawing><w:drawing><dgm:relIds r:dm='d1'/></w:drawing></w:r>"
    )
    data = word(
        body,
        {"c1": "chart chart1.xml", "d1": "diagramData data1.xml"},
        chart1_xml=chart,
        data1_xml=f"<dgm:dataModel {SPACES}><dgm:ptLst>{shape('plan')}{shape('do')}</dgm:ptLst></dgm:dataModel>",
    )
    assert told(data, "DOCX") == [
        "list: - plan\n- do",
        "paragraph: By year",
        "table: |  | Sales |\n| --- | --- |\n| 2022 | 5 |\n| 2023 | 6 |",
    ]


def test_an_embedded_page_is_read_too() -> None:
    data = word('<w:altChunk r:id="h"/>', {"h": "aFChunk page.html"}, page_html="<h2>Inside</h2><p>a page")
    assert told(data, "DOCX") == ["h2: Inside", "paragraph: a page"]


def test_a_strict_document_is_read_as_any_other() -> None:
    strict = "http://purl.oclc.org/ooxml/"
    usual = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    start = references(a="officeDocument /Word/Document.xml").replace(usual, f"{strict}officeDocument/relationships")
    body = f'<w:document xmlns:w="{strict}wordprocessingml/main"><w:body>{paragraph("Hello")}</w:body></w:document>'
    assert told(package({"_rels/.rels": start, "word/document.xml": body}), "DOCX") == ["paragraph: Hello"]


def test_heads_and_feet_are_edges_and_come_once() -> None:
    table = "<w:tbl>" + row(cell("left"), cell("right")) + "</w:tbl>"
    head = f"<w:hdr {SPACES}>{paragraph('ACME')}{table}{paragraph('Page 3')}</w:hdr>"
    data = word(
        paragraph("text"),
        {"h1": "header header1.xml", "h2": "header header2.xml", "f": "footer footer1.xml"},
        header1_xml=head,
        header2_xml=head,
        footer1_xml=f"<w:ftr {SPACES}>{paragraph('secret')}</w:ftr>",
    )
    assert told(data, "DOCX") == ["paragraph*: ACME", "paragraph*: left right", "paragraph: text", "paragraph*: secret"]


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "corrupt_file"),
        (b"no zip", "corrupt_file"),
        (package({"holiday.jpg": b"x"}), "corrupt_file"),
        (package({"_rels/.rels": "no xml"}), "corrupt_file"),
        (package({"_rels/.rels": references(a="officeDocument word/document.xml")}), "corrupt_file"),
        (word("<w:p>"), "corrupt_file"),
        (word(paragraph("x"))[:-30], "corrupt_file"),
        (word(paragraph("x")).replace(b"word/document.xml", b"word/DOCUMENT.xml"), "read"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "password_protected",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "unsupported_format"),
        (
            package({"_rels/.rels": references(a="officeDocument x.xml"), "x.xml": "<workbook/>"}),
            "unsupported_format",
        ),
    ],
)
def test_what_is_no_word_document_says_why(data: bytes, code: str) -> None:
    assert code_of(data, "DOCX") == code


@pytest.mark.parametrize("digit", ["\u00b2", "\u2460", "9" * 5000])
def test_what_is_no_number_is_none(digit: str) -> None:
    heads = row(cell("Item", f'<w:gridSpan w:val="{digit}"/>'), cell("Price"))
    table = f"<w:tbl>{heads}{row(cell('Pens'), cell('7'))}</w:tbl>"
    body = table + paragraph("After it.", numbered(1).replace('"0"', f'"{digit}"'))
    found = told(word(body), "DOCX")
    assert "Pens | 7" in found[0]
    assert found[-1].endswith("After it.")
