import pytest

from aionserver.kit.ranking import WEIGHTS, Candidate, RankedPicture, rank

NEAR = {"words": 0.6, "labels": 0.6}
FAR = {"words": 0.05, "labels": 0.0}


def best(query: str, *candidates: Candidate) -> RankedPicture:
    return rank(query, candidates)[0]


def test_the_more_similar_picture_comes_first() -> None:
    found = rank("a dog", [Candidate("far", FAR), Candidate("near", NEAR)])
    assert [picture.id for picture in found] == ["near", "far"]
    assert found[0].score > 0.8 > 0.1 > found[1].score


def test_a_score_does_not_depend_on_the_other_candidates() -> None:
    alone = rank("a dog", [Candidate("near", NEAR, tags=["dog"])])[0]
    among = best("a dog", Candidate("near", NEAR, tags=["dog"]), *[Candidate(str(n), FAR) for n in range(50)])
    assert alone == among


def test_quoted_text_that_can_be_read_outweighs_similarity() -> None:
    sign = Candidate("sign", FAR, visible_text="PLEASE\nKeep off the grass")
    found = rank('lawn "keep off the grass"', [Candidate("lawn", NEAR), sign])
    assert found[0].id == "sign" and found[0].score > 0.9
    assert {"type": "visible_text", "matched": ["keep off the grass", "keep", "grass"]} in found[0].features


def test_quoted_words_must_stand_together() -> None:
    apart = Candidate("apart", FAR, visible_text="grass ... off, keep the")
    assert rank('"keep off the grass"', [apart])[0].score < 0.5


@pytest.mark.parametrize("query", ["IMG_2041.jpg", "img 2041", "IMG2041", "show me IMG_2041"])
def test_a_file_is_found_by_its_name(query: str) -> None:
    named = Candidate("named", FAR, filename="IMG_2041.jpg")
    found = rank(query, [Candidate("near", {"words": 0.3, "labels": 0.2}), named])
    assert found[0].id == "named" and found[0].score > 0.5
    assert found[0].features[-1]["type"] == "filename"


def test_one_shared_word_of_a_file_name_is_no_proof() -> None:
    assert best("a dog on a red bench in the park", Candidate("x", FAR, filename="dog.jpg")).score < 0.2


def test_a_tag_that_is_the_query_finds_its_picture() -> None:
    tagged = Candidate("tagged", FAR, tags=["Aunt Mary"])
    found = rank("aunt mary", [Candidate("other", {"words": 0.3, "labels": 0.1}), tagged])
    assert found[0].id == "tagged" and found[0].score > 0.6
    assert found[0].features == ({"type": "tags", "matched": ["Aunt Mary"]},)


def test_a_title_in_whole_finds_its_picture() -> None:
    assert best("summer party 2021", Candidate("titled", FAR, title="Summer Party 2021")).score > 0.9


def test_nothing_in_common_scores_low_and_gives_no_reason() -> None:
    found = best("a zebra", Candidate("x", FAR, tags=["boat"], title="Harbour", visible_text="Port"))
    assert found.score < 0.05 and found.features == ()


def test_a_query_without_words_ranks_by_similarity_alone() -> None:
    found = rank("?!", [Candidate("b", FAR), Candidate("a", FAR), Candidate("c", NEAR)])
    assert [picture.id for picture in found] == ["c", "a", "b"]


def test_unknown_vectors_are_ignored() -> None:
    with_unknown = Candidate("x", {**NEAR, "pixels": 0.9})
    assert rank("dog", [with_unknown])[0].score == rank("dog", [Candidate("x", NEAR)])[0].score


def test_every_score_is_between_0_and_1_however_much_matches() -> None:
    everything = Candidate(
        "x", {"words": 1.0, "labels": 1.0}, ["red bus"], ["bus"], "red bus", "red_bus.png", "A red bus.", "red bus"
    )
    assert rank('"red bus"', [everything])[0].score == 1.0
    assert rank("x", [Candidate("x", {"words": -1.0, "labels": -1.0})])[0].score == 0.0


def test_hostile_text_is_bounded() -> None:
    huge = Candidate("x", FAR, visible_text="a b " * 500_000, filename="_" * 100_000)
    assert rank('"' * 100_000 + "word " * 100_000, [huge])[0].score < 0.5


def test_the_weights_cover_every_signal() -> None:
    assert set(WEIGHTS) >= {"bias", "words", "labels", "tags", "visible_text", "quoted", "title", "filename"}
