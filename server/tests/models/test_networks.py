"""The bundled networks on real input; they load once for all tests of models."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aionserver.kit.late_interaction import WORD_DIMENSIONS
from aionserver.models.image_embedding import ImageEmbedder, SearchablePicture
from aionserver.models.objects import ObjectDetector
from aionserver.models.ocr import TextReader
from aionserver.models.pixels import Pixels
from aionserver.models.safe_search import SafeSearch
from aionserver.models.tagging import Tagger
from aionserver.models.text_embedding import TextEmbedder

Networks = dict[type, Any]
Open = Callable[[Path], Pixels]
Page = Callable[[list[str]], Pixels]


def test_every_network_names_itself_and_its_version(networks: Networks) -> None:
    marks = {(network.name, network.version) for network in networks.values()}
    assert len(marks) == len(networks) == 7
    assert all(name and version for name, version in marks)


def test_printed_lines_are_read_in_order(networks: Networks, page: Page) -> None:
    found = networks[TextReader].read(page(["Harbour Cafe", "Open 9 to 17", "No dogs"]))
    assert found.text.split("\n") == ["Harbour Cafe", "Open 9 to 17", "No dogs"]
    first = found.lines[0]
    assert first.confidence > 0.8
    assert 0.02 < first.quad[0][0] < 0.08 and 0.03 < first.quad[0][1] < 0.12


def test_a_picture_without_text_reads_as_nothing(networks: Networks) -> None:
    assert networks[TextReader].read(np.full((200, 300, 3), 120, np.uint8)).rows == ()


def test_a_strip_of_extreme_shape_is_read_within_bounds(networks: Networks) -> None:
    strip = np.full((20, 6000, 3), 255, np.uint8)
    assert networks[TextReader].read(strip).rows == ()


def test_probabilities_sum_to_one_and_keep_their_tail(networks: Networks, page: Page) -> None:
    tags = networks[Tagger].tag(page(["word"]))
    assert tags.probabilities.shape == (1000,) and tags.probabilities.dtype == np.float32
    assert tags.probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert (tags.probabilities > 0).all()
    assert [tag.confidence for tag in tags.top] == sorted((tag.confidence for tag in tags.top), reverse=True)
    assert len(tags.top) == 20


def test_photos_are_tagged_and_their_objects_boxed(networks: Networks, photos: Path, opened: Open) -> None:
    zebras = opened(photos / "000000281789.jpg")
    assert networks[Tagger].tag(zebras).shown[0].label == "zebra"
    found = networks[ObjectDetector].survey(zebras).objects
    assert [thing.label for thing in found] == ["zebra", "zebra"]
    assert all(0 <= thing.x1 < thing.x2 <= 1 and 0 <= thing.y1 < thing.y2 <= 1 for thing in found)


def test_a_tiny_picture_passes_through_every_network(networks: Networks) -> None:
    dot = np.zeros((1, 1, 3), np.uint8)
    assert networks[Tagger].tag(dot).top
    assert networks[ObjectDetector].survey(dot).objects == ()
    assert networks[TextReader].read(dot).rows == ()
    assert 0 <= networks[SafeSearch].score(dot) <= 1


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 5), (5, 5, 4)])
def test_what_is_no_rgb_picture_is_refused(networks: Networks, shape: tuple[int, ...]) -> None:
    for role, call in ((Tagger, "tag"), (ObjectDetector, "survey"), (TextReader, "read"), (SafeSearch, "score")):
        with pytest.raises(ValueError, match="expected H x W x 3"):
            getattr(networks[role], call)(np.zeros(shape, np.uint8))


def test_a_photo_of_people_at_a_table_is_harmless(networks: Networks, photos: Path, opened: Open) -> None:
    assert networks[SafeSearch].score(opened(photos / "000000000790.jpg")) < 0.1


def test_texts_near_in_meaning_are_near_as_vectors(networks: Networks) -> None:
    embedder = networks[TextEmbedder]
    vectors = embedder.embed(["a puppy asleep on the sofa", "a dog sleeping on a couch", "quarterly tax report"])
    assert vectors.shape == (3, embedder.dimensions) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > 0.2 > vectors[0] @ vectors[2]


def test_a_text_has_the_same_vector_alone_and_among_others(networks: Networks) -> None:
    embedder = networks[TextEmbedder]
    alone = embedder.embed(["a red bus"])[0]
    assert (embedder.embed(["x " * 3000, "a red bus"])[1] == alone).all()


def test_words_have_the_meaning_they_have_in_their_place(networks: Networks) -> None:
    embedder = networks[TextEmbedder]
    text = "She sat by the river on its grassy bank."
    river, water, money = embedder.embed_with_words([text, "The shore of the stream", "The bank\u2019s 5 % loan 𓀀"])
    assert (river.vector == embedder.embed([text])[0]).all()
    assert list(river.words) == ["sat", "river", "grassy", "bank"]
    assert list(water.words) == ["shore", "stream"]
    assert "loan" in money.words and "𓀀" not in money.words
    assert np.linalg.norm(river.word_vectors, axis=1) == pytest.approx(1, abs=1e-5)
    said, near, far = river.word_vectors[1], water.word_vectors[1], money.word_vectors[list(money.words).index("loan")]
    assert said @ near > 0.3 > said @ far
    (nothing,) = embedder.embed_with_words([" of the "])
    assert nothing.word_vectors.shape == (0, WORD_DIMENSIONS)


def test_tokens_are_counted_as_the_network_reads_them(networks: Networks) -> None:
    embedder = networks[TextEmbedder]
    text = "Unbelievable: the naïve café's revenue was $46,298 (+3.6 %) in a_b 文字."
    assert embedder.count_tokens(text) == 27
    assert embedder.count_tokens("a cat sat") == 3 and embedder.count_tokens(" \n") == 0
    assert embedder.count_tokens(f"{text}\n{text}") == 2 * embedder.count_tokens(text)
    assert embedder.count_tokens("word " * 1000) == 1000
    assert embedder.count_tokens("x" * 1010) == 10


def test_no_text_at_all_can_be_embedded(networks: Networks) -> None:
    assert networks[TextEmbedder].embed([]).shape == (0, 384)
    assert np.isfinite(networks[TextEmbedder].embed([""])).all()


def test_a_caption_is_nearest_to_its_own_picture(networks: Networks, photos: Path, opened: Open) -> None:
    embedder: ImageEmbedder = networks[ImageEmbedder]
    names = {"zebras": "000000281789", "bus": "000000252639", "toothbrushes": "000000072258"}
    vectors = {
        name: embedder.embed_picture(_seen(networks, opened(photos / f"{id_}.jpg"))) for name, id_ in names.items()
    }
    for caption, expected in (("two striped animals grazing", "zebras"), ("public transport in town", "bus")):
        query = embedder.embed_query(caption)
        near = {name: sum(float(query[key] @ found[key]) for key in query) for name, found in vectors.items()}
        assert max(near, key=lambda name: near[name]) == expected


def _seen(networks: Networks, image: Pixels) -> SearchablePicture:
    surveyed = networks[ObjectDetector].survey(image)
    return SearchablePicture(networks[Tagger].tag(image), surveyed.objects, "", surveyed.hints)


def test_queries_load_no_image_runtime() -> None:
    program = """
import sys
from aionserver.models.bundled import QUERY_ROLES, load_bundled
from aionserver.models.image_embedding import ImageEmbedder
vectors = load_bundled(1, *QUERY_ROLES)[ImageEmbedder].embed_query("a dog")
assert {name: len(vector) for name, vector in vectors.items()} == {"words": 384, "labels": 1084}
print([name for name in ("cv2", "rapidocr", "ai_edge_litert", "PIL", "httpx2", "torch") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_loading_and_reading_open_no_connection() -> None:
    program = """
import socket, sys, numpy as np
sys.addaudithook(lambda event, args: sys.exit(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
from aionserver.models.bundled import load_bundled
from aionserver.models.ocr import TextReader
load_bundled(1, TextReader)[TextReader].read(np.full((64, 64, 3), 255, np.uint8))
print("quiet")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "quiet"


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_it_is_told_how_a_page_lies(networks: Networks, page: Page, turns: int) -> None:
    lines = [
        "Harbour Cafe by the old bridge",
        "Open from nine to seventeen",
        "No dogs in the kitchen",
        "Ask for coffee",
        "Pay at the door",
    ]
    lying = np.ascontiguousarray(np.rot90(page(lines), turns))
    found = networks[TextReader].read(lying)
    assert found.turns == turns
    upright = networks[TextReader].read(np.ascontiguousarray(np.rot90(lying, -found.turns)))
    assert upright.text.split("\n") == lines
