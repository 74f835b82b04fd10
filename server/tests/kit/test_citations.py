"""Citations: written, found, settled against what is known, and never shown half."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.citations import Citation, cite_pages, complete_part, find_citations, settle

PHOTO = Citation("img", "0190aaaa", "pole.jpg")
MANUAL = Citation("doc", "0190bbbb", "manual.pdf", 3, 3)
KNOWN = {
    ("img", "0190aaaa"): PHOTO,
    ("doc", "0190bbbb"): MANUAL,
    ("ref", "search_1"): Citation("ref", "search_1", "12"),
}


def known(citation: Citation) -> Citation | None:
    return KNOWN.get((citation.kind, citation.id))


def test_what_is_known_stays_and_reads_well() -> None:
    settled = settle(f"See {PHOTO.markup} and {MANUAL.markup}: [[ref:search_1]] photos.", known)
    assert (
        settled.content == "See [[img:0190aaaa|pole.jpg]] and [[doc:0190bbbb|manual.pdf|p:3]]: [[ref:search_1]] photos."
    )
    assert settled.resolved == "See pole.jpg and manual.pdf (p.3): 12 photos."
    assert settled.dropped == ()


@pytest.mark.parametrize(
    "bad",
    [
        "[[img:ffffffff|made up.jpg]]",
        "[[doc:0190bbbb|manual.pdf|page three]]",
        "[[link:]]",
        "[[ref:search_9]]",
        "[[doc:0190bbbb|manual.pdf",
        "[[img:ffffffff|a.jpg]",
    ],
)
def test_what_is_not_known_or_malformed_is_taken_out_and_named(bad: str) -> None:
    settled = settle(f"The pole leans ({bad}).", known)
    assert "[[" not in settled.content
    assert settled.resolved in {"The pole leans.", "The pole leans ("}
    assert settled.dropped


def test_a_name_can_not_end_its_citation() -> None:
    evil = Citation("img", "0190aaaa", "a]] [[img:ffffffff|b|p:1]] \n c")
    assert find_citations(evil.markup) == [Citation("img", "0190aaaa", "a img:ffffffff b p:1 c")]


def test_pages_are_a_page_or_a_range() -> None:
    assert cite_pages("a", "m.pdf", [4]).markup == "[[doc:a|m.pdf|p:4]]"
    assert cite_pages("a", "m.pdf", [7, 5]).markup == "[[doc:a|m.pdf|pp:5-7]]"
    assert cite_pages("a", "m.pdf", [7, 5]).readable == "m.pdf (pp.5-7)"
    assert cite_pages("a", "m.pdf", None).markup == "[[doc:a|m.pdf]]"


@given(st.integers(0, 60))
def test_a_stream_never_shows_half_a_citation(cut: int) -> None:
    text = f"The pole {PHOTO.markup} leans [1]."
    shown = text[: complete_part(text[:cut])]
    assert shown.count("[[") == len(find_citations(shown))


@given(st.text("[]|:imgdoc p0123-", max_size=80))
def test_any_text_can_be_settled(text: str) -> None:
    settled = settle(text, known)
    assert all(known(one) for one in find_citations(settled.content))
