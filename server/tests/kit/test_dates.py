"""Days in words."""

import pytest

from aionserver.kit.dates import spoken_span


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2023-05-02T10:00:00+00:00", "2023-05-02T18:00:00+00:00", "on 2 May 2023"),
        ("2023-05-02", "2024-11-30T01:00:00Z", "between 2 May 2023 and 30 November 2024"),
    ],
)
def test_when_things_were(first: str, last: str, words: str) -> None:
    assert spoken_span(first, last) == words
