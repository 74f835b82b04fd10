"""References in answers, read and put into words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aion import ChatMessage, ParsedReferences, parse_references, resolve_content

FULL = "0190b5a0-0000-7000-8000-000000000001"
OTHER = "0190b5a0-ffff-7000-8000-000000000002"
METADATA = {
    "image_context": [{"image_id": FULL, "filename": "a.jpg"}],
    "tool_document_data": [{"document_id": "d0000000-1", "filename": "a.pdf"}],
    "tool_link_data": [{"id": "l0000000-1", "source_url": "https://example.org/a", "domain": "example.org"}],
    "result_refs": {"search_1": {"count": 4, "ids": ["r0000000-1"]}},
}


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("[[ref:search_1]]", "4"),
        ("[[ref:unknown]]", "[[ref:unknown]]"),
        ("[[img:0190b5a0|a.jpg]]", "a.jpg"),
        ("[[doc:d0000000|a.pdf]]", "a.pdf"),
        ("[[doc:d0000000|a.pdf|p:5]]", "a.pdf (p.5)"),
        ("[[doc:d0000000|a.pdf|pp:3-7]]", "a.pdf (pp.3-7)"),
        ("[[link:l0000000|A page]]", "A page"),
        ("[[img:0190b5a0]]", "0190b5a0"),
        ("[[video:x|y]]", "[[video:x|y]]"),
        ("[[img:a|b", "[[img:a|b"),
    ],
)
def test_a_reference_is_put_into_words(mark, words):
    assert resolve_content(f"See {mark}.", METADATA) == f"See {words}."


def test_references_are_read_once_each_with_their_whole_ids():
    content = "[[img:0190b5a0|a.jpg]] [[img:0190b5a0|a.jpg]] [[doc:d0000000|a.pdf|pp:3-7]] [[doc:d0000000|a.pdf|p:5]] "
    found = parse_references(content + "[[link:l0000000|A page]] [[ref:search_1]]", METADATA)
    assert [(one.id_prefix, one.full_id) for one in found.images] == [("0190b5a0", FULL)]
    assert [(one.page, one.page_range) for one in found.documents] == [(None, (3, 7)), (5, None)]
    link = found.links[0]
    assert (link.title, link.source_url, link.domain) == ("A page", "https://example.org/a", "example.org")
    assert found.counts == {"search_1": 4}
    assert found.has_references


def test_a_short_id_that_fits_several_stays_short():
    metadata = {"image_context": {"x": {"image_id": FULL}, "y": {"image_id": OTHER}}}
    assert parse_references("[[img:0190b5a0|a.jpg]]", metadata).images[0].full_id is None
    assert parse_references(f"[[img:{OTHER}|a.jpg]]", metadata).images[0].full_id == OTHER
    assert parse_references(f"[[img:{'0' * 36}|a.jpg]]").images[0].full_id == "0" * 36


def test_a_text_without_references_has_none():
    assert parse_references("Nothing [here] [[neither]]") == ParsedReferences()
    assert not parse_references("").has_references


@settings(deadline=None)
@given(st.text(alphabet="[]|:refimgdoclinkp0123-\n ", max_size=200))
def test_no_text_breaks_the_reading(text):
    assert isinstance(resolve_content(text, {"result_refs": [1, None], "image_context": "x"}), str)
    parse_references(text, {"result_refs": {"a": 1}, "tool_link_data": [None, {"id": 5}]})


def test_a_long_hostile_text_is_read_in_no_time():
    begun = time.monotonic()
    resolve_content("[[img:" * 50_000 + "|a" * 50_000)
    assert time.monotonic() - begun < 5


def test_a_message_resolves_its_own_content():
    data = {"id": "m", "role": "assistant", "content": "[[ref:search_1]] found", "metadata": METADATA}
    message = ChatMessage.from_api_response({**data, "image_context": {FULL: {"filename": "a.jpg"}}})
    assert (message.resolved_content, message.image_context[0].image_id) == ("4 found", FULL)
    assert message.as_collection().ids == [FULL, "r0000000-1"]
    assert message.as_collection()[0].media_type == "image/jpeg"
