import numpy as np
import pytest
from numpy.typing import NDArray

from aionserver.kit.late_interaction import WORD_DIMENSIONS, matches, packed


def unit_vectors(count: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, WORD_DIMENSIONS)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_packed_words_take_half_a_byte_a_number_and_keep_their_direction() -> None:
    vectors = unit_vectors(40, 1)
    kept = packed(vectors)
    assert len(kept) == 40 * WORD_DIMENSIONS // 2
    for vector in vectors:
        (found,) = matches(vector[None], np.ones(1, np.float32), [kept])
        assert found is not None and 0.98 < found <= 1.0001


def test_each_word_looks_for_its_nearest_and_rare_words_count_more() -> None:
    first, second, other = unit_vectors(3, 2)
    passages = [packed(np.stack([first, other])), packed(np.stack([second, other, other])), packed(first[None])]
    both, one, same = matches(np.stack([first, second]), np.array([3.0, 1.0], np.float32), passages)
    assert both is not None and one is not None and same is not None
    assert both > one
    even = matches(np.stack([first, second]), np.array([1.0, 1.0], np.float32), passages)
    assert even[0] == pytest.approx(even[1], abs=0.15)


def test_what_is_not_known_does_not_match() -> None:
    word, weight = unit_vectors(1, 3), np.ones(1, np.float32)
    assert matches(word, weight, []) == []
    assert matches(word, weight, [None, b""]) == [None, None]
    assert matches(word, 0 * weight, [packed(word)]) == [None]
    assert matches(np.empty((0,), np.float32), np.empty(0, np.float32), [packed(word)]) == [None]
    unknown, known, empty = matches(word, weight, [None, packed(word), packed(word[:0])])
    assert unknown is None and empty is None and known == pytest.approx(1, abs=0.02)
