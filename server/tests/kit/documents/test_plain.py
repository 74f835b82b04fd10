"""Plain text becomes paragraphs, lists and headings, whatever its encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.documents.blocks import ReadingOptions
from aionserver.kit.media_types import TEXT, sniff
from plugins.documents import blocks, code_of, told

WRAPPED = (
    "The pump has to be switched off before any of its covers is opened by\n"
    "the operator, who wears gloves; whoever does not do so risks a severe in-\n"
    "jury of his hands.\n"
)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp1252", "latin-1"],
)
def test_text_is_read_in_its_encoding(encoding: str) -> None:
    text = "Die schöne Frau trank für 3,50 Euro Kaffee und aß Kuchen. L'été était très chaud."
    assert told(text.encode(encoding), "text") == [f"paragraph: {text}"]


@pytest.mark.parametrize(
    "encoding, text",
    [
        ("cp1251", "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом."),
        ("shift_jis", "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"),
        ("gb18030", "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。"),
        ("euc_kr", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 이성과 양심을 가진다."),
        (
            "cp1250",
            "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw, są obdarzeni rozumem.",
        ),
        (
            "cp1253",
            "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα και έχουν λογική.",
        ),
    ],
)
def test_text_of_other_scripts_is_read_in_their_old_encodings(encoding: str, text: str) -> None:
    assert told(text.encode(encoding), "text") == [f"paragraph: {text}"]


@pytest.mark.parametrize(
    "encoding, text",
    [
        ("cp932", "りんごとみかん"),
        ("euc_jp", "りんごとみかん"),
        ("iso2022_jp", "日本語のテキストです"),
        ("gb18030", "苹果和橘子的价格"),
        ("cp949", "사과와 귤의 가격"),
        ("cp1251", "Яблоки и груши, цены на них"),
        ("cp1250", "Zażółć gęślą jaźń, proszę pana"),
        ("cp1253", "Μήλα και αχλάδια, οι τιμές τους"),
        ("koi8-r", "Привет, как дела?"),
        ("koi8-u", "Договір оренди приміщення укладено сторонами"),
        ("cp866", "Договор аренды помещения заключён сторонами"),
        ("iso-8859-2", "Łódź, Gdańsk, Kraków"),
        ("cp1254", "İstanbul’da güneşli bir gün"),
        ("cp1255", "חוזה השכירות נחתם"),
        ("cp1256", "يبرم عقد الإيجار بين الطرفين"),
        ("cp1257", "Nuomininkas įsipareigoja mokėti nuomą"),
        ("cp874", "สัญญาเช่าทำขึ้นระหว่างคู่สัญญา"),
        ("big5", "租賃合約由雙方在台北市簽訂。"),
        ("cp1252", "città;perché\nLuigi;è già"),
        ("cp1252", "Señor Núñez pagó 5 € mañana"),
        ("cp1252", "Größe: 12 mm"),
        ("cp1252", "Don’t use the “old” manual – it is 1 × 2 m²"),
        ("iso-8859-15", "Price: 30 € per piece"),
    ],
)
def test_a_few_words_are_enough_to_tell_their_encoding(encoding: str, text: str) -> None:
    assert told(text.encode(encoding), "text") == [f"paragraph: {text}"]


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "Договор аренды помещения заключён сторонами в городе Москве.",
        "Η σύμβαση μίσθωσης συνάπτεται μεταξύ των μερών.",
        "租赁合同由双方在北京市签订。承租人应当在每月十日之前支付租金。",
        "賃貸借契約は東京において当事者間で締結される。",
    ],
)
def test_two_bytes_a_letter_need_no_mark(order: str, text: str) -> None:
    data = text.encode(order)
    assert sniff(data, "contract.txt") == TEXT
    assert told(data, "text") == [f"paragraph: {text}"]


def test_lines_that_a_program_broke_are_one_paragraph_and_cut_words_whole() -> None:
    assert told(WRAPPED.encode(), "text") == [
        "paragraph: The pump has to be switched off before any of its covers is opened by the operator, who wears"
        " gloves; whoever does not do so risks a severe injury of his hands."
    ]


def test_a_log_keeps_its_lines() -> None:
    log = "".join(f"2026-11-29 10:00:0{second} ERROR the pump failed with code E4{second}\n" for second in range(5))
    assert told(log.encode(), "text") == [f"paragraph: {log.rstrip()}"]


def test_an_address_keeps_its_lines() -> None:
    assert told(b"Jane Doe\r\n12 High Street\r\nDoylestown", "text") == [
        "paragraph: Jane Doe\n12 High Street\nDoylestown"
    ]


def test_headings_stand_alone_and_are_numbered_or_loud_or_underlined() -> None:
    text = "Manual\n======\n\nSAFETY FIRST\n\n2.1 Covers of the pump\n\nChapter 3\n\nSwitch it off.\n\nA short line"
    assert told(text.encode(), "text") == [
        "h1: Manual",
        "h2: SAFETY FIRST",
        "h2: 2.1 Covers of the pump",
        "h1: Chapter 3",
        "paragraph: Switch it off.",
        "paragraph: A short line",
    ]


def test_items_are_a_list_with_what_goes_on_in_them() -> None:
    text = "You need:\n- gloves\n- a wrench of\n  ten millimetres\n  * or twelve\n"
    assert told(text.encode(), "text") == [
        "paragraph: You need:",
        "list: - gloves\n- a wrench of ten millimetres\n  * or twelve",
    ]


def test_a_form_feed_parts_paragraphs() -> None:
    assert told(b"one page\x0canother", "text") == ["paragraph: one page", "paragraph: another"]


def test_what_no_text_may_have_is_left_out() -> None:
    assert told("a\0b\u200bc\x1bd\u00ade".encode(), "text") == ["paragraph: abcde"]


def test_a_few_damaged_bytes_cost_their_letters_only() -> None:
    data = "Schöne Grüße über größere Straßen für Jürgen".encode() + b" and \xff here"
    assert told(data, "text") == ["paragraph: Schöne Grüße über größere Straßen für Jürgen and \ufffd here"]


@pytest.mark.parametrize("data", [b"", b" \n\t\n ", b"\xff\xfe"])
def test_an_empty_text_has_no_blocks(data: bytes) -> None:
    assert blocks(data, "text") == []


def test_too_long_a_text_is_refused() -> None:
    assert code_of(b"word " * 100, "text", ReadingOptions(most_characters=400)) == "too_large"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=300))
def test_no_word_is_lost(text: str) -> None:
    said = "".join("".join(block.text.split()) for block in blocks(text.encode("utf-8", "replace"), "text"))
    rest = iter("".join(text.split()))
    assert all(sign in rest for sign in said)
    letters = {letter for letter in text if letter.isalnum() and letter < "\ud800"}
    assert letters <= set(said) | {"\u00ad"}
