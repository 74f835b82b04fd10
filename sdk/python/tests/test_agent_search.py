"""Search agents, and the collections their results become."""

from __future__ import annotations

import pytest

from aion import ValidationError

from .stand_in import Answer

IMAGES = {
    "success": True,
    "results": [{"image_id": "i1", "score": 0.9, "filename": "a.png"}, {"image_id": "i2", "score": 1}],
    "count": 2,
    "result_ids": ["i1", "i2"],
    "summary": "2 pictures",
    "summary_raw": "[[ref:search_1]]",
    "result_refs": {"search_1": {"count": 2, "ids": ["i1", "i2"], "id_type": "image", "label": "x"}},
    "execution_time_ms": 12,
    "iterations": 1,
    "token_usage": {"input_tokens": 3},
}
CHUNKS = [
    {"chunk_id": "c1", "document_id": "d1", "document_filename": "a.pdf", "text": "t", "score": 0.5},
    {"chunk_id": "c2", "document_id": "d1", "document_filename": "a.pdf", "text": "u", "score": 0.4},
]


async def test_pictures_are_found(client, api):
    api.plan("POST /api/v2/agents/search/images", Answer(data=IMAGES))
    answer = await client.agent_search.images("red door", limit=5, folder_id="f", image_ids=["i1"])
    assert api.asked[0].json == {"query": "red door", "limit": 5, "folder_id": "f", "image_ids": ["i1"]}
    assert [(item.image_id, item.score) for item in answer.results] == [("i1", 0.9), ("i2", 1.0)]
    assert answer.result_refs["search_1"].ids == ["i1", "i2"]


async def test_found_pictures_become_a_collection(client, api):
    api.plan("POST /api/v2/agents/search/images", Answer(data=IMAGES))
    collection = (await client.agent_search.images("x")).as_collection()
    assert (collection.ids, collection.content_type) == (["i1", "i2"], "image")
    assert (collection[0].media_type, collection.source_capability) == ("image/png", "image_search")


async def test_found_passages_become_documents_or_passages(client, api):
    api.plan("POST /api/v2/agents/search/documents", Answer(data={"results": CHUNKS, "search_mode": "hybrid"}))
    answer = await client.agent_search.documents("x", document_types=["pdf"])
    assert (answer.search_mode, answer.success, answer.count) == ("hybrid", False, 0)
    assert answer.as_collection().ids == ["d1"]
    assert answer.as_collection(by="chunk").ids == ["c1", "c2"]
    with pytest.raises(ValueError, match="by must be"):
        answer.as_collection(by="page")


async def test_videos_come_with_their_scenes(client, api):
    scene = {"scene_id": "s", "scene_index": 0, "start_time": 1, "end_time": 2.5, "score": 0.3}
    video = {"video_id": "v", "video_filename": "a.mp4", "score": 0.3, "matched_scenes": [scene]}
    api.plan("POST /api/v2/agents/search/videos", Answer(data={"results": [video]}))
    answer = await client.agent_search.videos("x", video_ids=["v"])
    assert answer.results[0].matched_scenes[0].end_time == 2.5
    assert answer.as_collection().ids == ["v"]


@pytest.mark.parametrize(("query", "limit"), [("", 5), ("x" * 2001, 5), ("x", 0), ("x", 501)])
async def test_a_question_that_cannot_be_right_is_refused(client, api, query, limit):
    with pytest.raises(ValidationError):
        await client.agent_search.images(query, limit=limit)
    assert not api.asked
