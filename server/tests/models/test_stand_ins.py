from typing import Any

import numpy as np

from aionserver.kit.ranking import Candidate, rank
from aionserver.models.bundled import EVERY_ROLE, QUERY_ROLES, load_bundled, load_deterministic
from aionserver.models.captioning import Describer, PictureFacts
from aionserver.models.image_embedding import ImageEmbedder, SearchablePicture
from aionserver.models.objects import ObjectDetector
from aionserver.models.ocr import TextReader
from aionserver.models.ocr.deterministic import written
from aionserver.models.pixels import Pixels
from aionserver.models.safe_search import SafeSearch
from aionserver.models.tagging import Tagger
from aionserver.models.text_embedding import TextEmbedder

StandIns = dict[type, Any]


def square(colour: tuple[int, int, int], ground: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    image = np.full((100, 200, 3), ground, np.uint8)
    image[25:75, 50:100] = colour
    return image


def seen(stand_ins: StandIns, image: Pixels) -> tuple[SearchablePicture, Any]:
    tags, objects = stand_ins[Tagger].tag(image), stand_ins[ObjectDetector].survey(image).objects
    facts = PictureFacts(200, 100, tags.top, objects, stand_ins[TextReader].read(image))
    description = stand_ins[Describer].describe(facts)
    return SearchablePicture(tags, objects, description.text), description


def test_both_ways_of_loading_serve_every_role(stand_ins: StandIns, networks: StandIns) -> None:
    assert set(stand_ins) == set(networks) == set(EVERY_ROLE)
    assert stand_ins[ImageEmbedder].dimensions == networks[ImageEmbedder].dimensions == {"words": 384, "labels": 1084}


def test_only_the_named_roles_are_loaded() -> None:
    assert set(load_deterministic(Tagger)) == {Tagger}
    assert set(load_deterministic(ImageEmbedder)) == {ImageEmbedder}
    assert set(load_bundled(1, *QUERY_ROLES)) == set(QUERY_ROLES)


def test_a_coloured_shape_is_boxed_named_and_described(stand_ins: StandIns) -> None:
    picture, description = seen(stand_ins, square((220, 30, 30)))
    (shape,) = picture.objects
    assert (shape.label, shape.x1, shape.y1, shape.x2, shape.y2) == ("red shape", 0.25, 0.25, 0.5, 0.75)
    assert picture.tags.top[0].label == "white"
    assert description.text.startswith("A red shape")
    assert description.tags == ("red shape", "white")


def test_an_even_picture_is_a_surface(stand_ins: StandIns) -> None:
    picture, description = seen(stand_ins, np.full((50, 50, 3), (30, 70, 220), np.uint8))
    assert picture.objects[0].label == "blue surface"
    assert 10 <= len(description.text.split()) <= 60


def test_written_text_is_read_back_even_after_jpeg(stand_ins: StandIns) -> None:
    from io import BytesIO

    from PIL import Image

    text = "Total 12.50\nThank you"
    assert stand_ins[TextReader].read(written(text)).text == text
    file = BytesIO()
    Image.fromarray(written(text)).save(file, "JPEG", quality=80)
    assert stand_ins[TextReader].read(np.asarray(Image.open(file))).text == text
    assert stand_ins[TextReader].read(square((0, 0, 0))).rows == ()


def test_magenta_stands_for_what_is_unfit(stand_ins: StandIns) -> None:
    assert stand_ins[SafeSearch].score(square((255, 0, 255), (255, 0, 255))) == 1.0
    assert stand_ins[SafeSearch].score(square((200, 30, 30))) == 0.0


def test_texts_that_share_words_are_nearer(stand_ins: StandIns) -> None:
    vectors = stand_ins[TextEmbedder].embed(["red boats", "a red boat", "green hill", ""])
    assert vectors[0] @ vectors[1] > 0.99
    assert abs(vectors[0] @ vectors[2]) < 0.01
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert stand_ins[TextEmbedder].embed([]).shape == (0, 384)
    assert stand_ins[TextEmbedder].count_tokens("two  words\n") == 2


def test_words_find_pictures_from_pixels_to_score(stand_ins: StandIns) -> None:
    embedder = stand_ins[ImageEmbedder]
    query = embedder.embed_query("red shape")
    candidates: list[Candidate] = []
    for name, colour in {"red": (220, 30, 30), "blue": (30, 70, 220), "green": (40, 160, 60)}.items():
        picture, description = seen(stand_ins, square(colour))
        found = embedder.embed_picture(picture)
        assert {key: vector.shape for key, vector in found.items()} == {"words": (384,), "labels": (1084,)}
        near = {key: float(vector @ found[key]) for key, vector in query.items()}
        candidates.append(Candidate(name, near, description.tags, description=description.text))
    ranked = rank("red shape", candidates)
    assert ranked[0].id == "red" and ranked[0].score > 0.5 > ranked[1].score
