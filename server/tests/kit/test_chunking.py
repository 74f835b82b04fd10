"""Documents split into pieces."""

from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.chunking import Piece, Rules, chunk_ids, split, text_to_embed
from aionserver.kit.documents.blocks import Block, BlockKind, Page

RULES = Rules(most_tokens=40, least_tokens=12, overlap_tokens=6, caption_tokens=5, most_with_leads=48)
FILE = UUID("01980000-0000-7000-8000-000000000001")
OTHER = UUID("01980000-0000-7000-8000-000000000002")

words = st.text("abcABC019.,!?:é文字。", min_size=1, max_size=60)
sentences = st.lists(words, min_size=1, max_size=30).map(" ".join)
plain_kinds = st.sampled_from(["paragraph", "note", "list", "code"])
blocks = st.one_of(
    st.builds(Block, plain_kinds, st.lists(sentences, min_size=1, max_size=4).map("\n".join)),
    st.builds(Block, st.just("heading"), sentences, st.integers(0, 7)),
)
documents = st.lists(st.lists(blocks, max_size=6).map(tuple), max_size=5).map(
    lambda pages: [Page(number, page) for number, page in enumerate(pages, 1)]
)


def count(text: str) -> int:
    return len(text.split())


def pieces_of(*pages: tuple[Block, ...], rules: Rules = RULES, has_pages: bool = True) -> list[Piece]:
    return list(split((Page(number, page) for number, page in enumerate(pages, 1)), has_pages, count, rules))


def paragraph(text: str, kind: BlockKind = "paragraph") -> Block:
    return Block(kind, text)


def heading(text: str, level: int = 1) -> Block:
    return Block("heading", text, level)


def table(rows: int) -> Block:
    lines = ["| Item | 2023 | 2022 |", "|---|---|---|", *(f"| Row {n} | {n}1 | {n}2 |" for n in range(rows))]
    return Block("table", "\n".join(lines))


@given(documents)
def test_no_text_is_lost_and_its_order_stays(pages: list[Page]) -> None:
    read = "".join("".join(piece.content.split()) for piece in split(pages, True, count, RULES))
    rest = iter(read)
    assert all(sign in rest for page in pages for block in page.blocks for sign in "".join(block.text.split()))


@given(documents)
def test_pieces_are_as_long_as_the_rules_say(pages: list[Page]) -> None:
    for piece in split(pages, True, count, RULES):
        assert piece.content.strip() == piece.content != ""
        assert piece.token_count == count(piece.content) <= RULES.most_with_leads


@given(documents)
def test_a_piece_names_the_pages_it_stands_on(pages: list[Page]) -> None:
    pieces = list(split(pages, True, count, RULES))
    named = [number for piece in pieces for number in piece.page_numbers]
    assert named == sorted(named)
    assert set(named) == {page.number for page in pages if any(block.text.strip() for block in page.blocks)}


@given(documents)
def test_the_same_document_is_split_alike_each_time(pages: list[Page]) -> None:
    assert list(split(pages, False, count, RULES)) == list(split(iter(pages), False, count, RULES))


@given(st.lists(st.text(max_size=3), max_size=12))
def test_every_piece_has_an_id_of_its_own_that_stays(contents: list[str]) -> None:
    ids = chunk_ids(FILE, contents)
    assert len(set(ids)) == len(contents)
    assert ids == chunk_ids(FILE, contents)
    assert not set(ids) & set(chunk_ids(OTHER, contents))


def test_a_text_keeps_its_id_when_others_come_and_go() -> None:
    first, second, again = chunk_ids(FILE, ["one", "two", "one"])
    assert chunk_ids(FILE, ["new", "two", "one", "more", "one"])[1:] == [
        second,
        first,
        chunk_ids(FILE, ["more"])[0],
        again,
    ]


def test_a_long_passage_is_cut_at_sentences_and_its_parts_overlap() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(20))
    pieces = pieces_of((paragraph(text),))
    assert len(pieces) > 2 and all(piece.content.endswith("here.") for piece in pieces)
    for last, piece in pairwise(pieces):
        assert last.content.endswith(piece.content[: piece.content.index("here.") + 5])


def test_whole_paragraphs_do_not_overlap() -> None:
    contents = [piece.content for piece in pieces_of(tuple(paragraph(f"p{n} " * 30) for n in range(4)))]
    assert contents == [("p0 " * 30).strip(), ("p1 " * 30).strip(), ("p2 " * 30).strip(), ("p3 " * 30).strip()]


def test_short_neighbours_under_one_heading_are_one_piece() -> None:
    (piece,) = pieces_of((heading("Prices"), paragraph("One euro."), paragraph("- two\n- three", "list")))
    assert piece.content == "Prices\n\nOne euro.\n\n- two\n- three"
    assert (piece.heading_path, piece.kind, piece.page_numbers) == (("Prices",), "list", (1,))


def test_a_heading_stays_with_what_it_leads_into() -> None:
    first, second = pieces_of((paragraph("a " * 30), heading("Next"), paragraph("b " * 30)))
    assert first.content == ("a " * 30).strip()
    assert second.content.startswith("Next\n\nb") and second.heading_path == ("Next",)


def test_the_path_of_headings_follows_their_levels() -> None:
    text = paragraph("word " * 20)
    pieces = pieces_of(
        (heading("A"), heading("B", 2), text, heading("C", 3), text, heading("D", 2), text, heading("E"), text)
    )
    assert [piece.heading_path for piece in pieces] == [("A", "B"), ("A", "B", "C"), ("A", "D"), ("E",)]


def test_tiny_sections_are_joined_under_the_heading_they_share() -> None:
    (piece,) = pieces_of((heading("A"), heading("B", 2), paragraph("b"), heading("C", 2), paragraph("c")))
    assert piece.heading_path == ("A",) and piece.content == "A\n\nB\n\nb\n\nC\n\nc"


def test_every_part_of_a_table_has_its_caption_and_its_heads() -> None:
    pieces = pieces_of((heading("Results"), paragraph("In millions"), table(40)))
    assert len(pieces) > 2 and {piece.kind for piece in pieces} == {"table"}
    for piece in pieces:
        assert "In millions" in piece.content and "| Item | 2023 | 2022 |\n|---|---|---|" in piece.content
        assert piece.heading_path == ("Results",)
    rows = [line for piece in pieces for line in piece.content.splitlines() if line.startswith("| Row")]
    assert rows == table(40).text.splitlines()[2:]


def test_a_row_as_long_as_a_page_is_cut_but_not_lost() -> None:
    row = "| " + " ".join(f"word{n}" for n in range(200)) + " | 5 |"
    pieces = pieces_of((paragraph(f"| A | B |\n|---|---|\n{row}", "table"),))
    said = [word for piece in pieces for word in piece.content.split() if word.startswith("word")]
    assert said == [f"word{n}" for n in range(200)]
    assert all(count(text_to_embed(piece.content, ())) <= 40 for piece in pieces)


def test_heads_wider_than_a_piece_are_not_repeated() -> None:
    head = "|" + "|".join(f" h{n} " for n in range(30)) + "|\n|" + "---|" * 30
    pieces = pieces_of((paragraph(head + "\n" + "\n".join(f"| r{n} |" for n in range(60)), "table"),))
    assert sum("h7" in piece.content for piece in pieces) == 1


def test_a_table_is_searched_as_words_without_bars() -> None:
    content = "Sales\n\n| Item | 2023 | 2023 |\n|:--|--:|---|\n| Pens \\| ink |  | 5 |"
    assert text_to_embed(content, ("Report", "Sales"), "Annual report") == (
        "Annual report\nReport\nSales\n\nItem 2023\nPens | ink 5"
    )


def test_a_title_that_the_piece_says_itself_is_not_repeated() -> None:
    assert (
        text_to_embed("Annual report\n\nIt grew.", ("Annual report",), "Annual report") == "Annual report\n\nIt grew."
    )


def test_headings_above_a_piece_leave_room_for_it() -> None:
    path = tuple(f"{n} " + "long " * 30 for n in range(6))
    assert len(text_to_embed("text", path)) <= 210


def test_a_sentence_over_the_end_of_a_page_stays_one() -> None:
    (piece,) = pieces_of((paragraph("It ends on the " * 4 + "next"),), (paragraph("page, as it may."),))
    assert "next page" in piece.content and piece.page_numbers == (1, 2)


def test_a_short_rest_joins_the_piece_before_it_and_not_the_next_section() -> None:
    first, second = pieces_of(
        (heading("A"), paragraph("One thing. " * 19), paragraph("See the notes.")), (heading("B"), paragraph("b"))
    )
    assert first.content.endswith("One thing.\n\nSee the notes.") and first.page_numbers == (1,)
    assert second.content == "B\n\nb" and second.page_numbers == (2,)


def test_pages_are_not_mixed_where_both_say_enough() -> None:
    first, second = pieces_of((paragraph("One thing. " * 7),), (paragraph("Another thing. " * 7),))
    assert (first.page_numbers, second.page_numbers) == ((1,), (2,))


def test_a_format_without_pages_has_no_page_numbers() -> None:
    (piece,) = pieces_of((paragraph("Hello there."),), has_pages=False)
    assert piece.page_numbers == ()


def test_a_text_without_blanks_is_cut_all_the_same() -> None:
    def signs(text: str) -> int:
        return len("".join(text.split()))

    (page,) = [Page(1, (paragraph("文" * 1000),))]
    pieces = list(split([page], True, signs, Rules(most_tokens=100)))
    assert len(pieces) > 9 and all(piece.token_count <= 100 for piece in pieces)


def test_a_heading_of_many_words_is_a_paragraph() -> None:
    (piece,) = pieces_of((heading("loud words " * 19),))
    assert piece.heading_path == () and piece.kind == "paragraph"


def test_pieces_come_while_the_document_is_still_read() -> None:
    read: list[int] = []

    def pages() -> Iterator[Page]:
        for number in range(1, 1000):
            read.append(number)
            yield Page(number, (paragraph("A sentence. " * 15),))

    found = split(pages(), True, count, RULES)
    assert next(found).page_numbers == (1,)
    assert len(read) <= 3


@pytest.mark.parametrize("pages", [[], [Page(1, ())], [Page(1, (Block("paragraph", " \n"),))]])
def test_nothing_written_is_no_piece(pages: list[Page]) -> None:
    assert list(split(pages, True, count)) == []


def test_signs_that_no_model_reads_do_not_make_a_piece_without_end() -> None:
    pages = [Page(1, (paragraph("\u200b" * 500_000), paragraph("a" + " " * 50_000 + "b")))]
    assert all(len(piece.content) < 50_000 for piece in split(pages, True, lambda text: 0, Rules()))


def test_many_dashes_are_read_as_fast_as_words() -> None:
    (piece, *_) = pieces_of((paragraph("|" + "-" * 200_000 + "x|", "table"),))
    assert piece.content.startswith("|-") or piece.content.startswith("--")
