"""CIEDE2000 against the published pairs, and the cells and matches that searches by colour are made of, against it."""

from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aionserver.kit.color_cells import COUNTS, cells_of, cells_within, least_delta_e
from aionserver.kit.color_matching import Matches, Named, StoredColor, Wanted, stored_colors
from aionserver.kit.color_names import distinct_names, kinds_of, name_numbers, named_colors, similar_names
from aionserver.kit.color_spaces import ciede2000, hex_from_rgb, lab_from_rgb, rgb_from_hex
from aionserver.kit.colors import analyse

# Sharma, Wu and Dalal (2005), table 1: the Lab of both colours, and their difference.
SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
PAIRS = np.array([line.split() for line in SHARMA.split("\n") if line], dtype=np.float64)
ALL_LEVELS = np.random.default_rng(11).integers(0, 256, (20_000, 3), dtype=np.uint8)
colors = st.tuples(*[st.integers(0, 255)] * 3).map(lambda levels: np.array(levels, dtype=np.uint8))


def test_ciede2000_agrees_with_all_34_published_pairs_both_ways() -> None:
    assert len(PAIRS) == 34
    for first, second in ((PAIRS[:, :3], PAIRS[:, 3:6]), (PAIRS[:, 3:6], PAIRS[:, :3])):
        assert np.abs(ciede2000(first, second) - PAIRS[:, 6]).max() < 1e-4


def test_every_srgb_colour_is_in_a_cell_and_cells_do_not_overlap() -> None:
    extremes = np.stack([rgb_from_hex(code) for code in ("000000", "FFFFFF", "00FF00", "FF00FF", "0000FF", "FFFF00")])
    for levels in (ALL_LEVELS, extremes):
        cells = cells_of(lab_from_rgb(levels))
        assert cells.min() >= 0 and cells.max() < np.prod(COUNTS)
    assert cells_of([0.0, -88.0, -108.0]) == 0
    assert len(set(cells_of(lab_from_rgb(extremes)).tolist())) == 6


@given(colors, colors)
@example(rgb_from_hex("0000FF"), rgb_from_hex("FFFF00"))
@example(rgb_from_hex("1010F0"), rgb_from_hex("3030FF"))
@example(rgb_from_hex("808080"), rgb_from_hex("7F8080"))
@example(rgb_from_hex("000000"), rgb_from_hex("FFFFFF"))
def test_a_colour_lies_in_the_cells_within_its_difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> None:
    lab, other = lab_from_rgb(first), lab_from_rgb(second)
    assert int(cells_of(other)) in cells_within(lab, float(ciede2000(lab, other)))


@given(colors, st.floats(0, 60))
def test_no_colour_outside_of_the_cells_is_within_the_difference(color: NDArray[np.uint8], delta_e: float) -> None:
    lab, others = lab_from_rgb(color), lab_from_rgb(ALL_LEVELS)
    outside = ~np.isin(cells_of(others), cells_within(lab, delta_e))
    assert (ciede2000(lab, others)[outside] > delta_e).all()


@given(colors, st.integers(0, 2**32 - 1))
def test_the_bound_of_a_box_is_below_every_colour_in_it(color: NDArray[np.uint8], seed: int) -> None:
    dice = np.random.default_rng(seed)
    low = dice.uniform((0, -128, -128), (90, 110, 110), (200, 3))
    high = low + dice.uniform(0.1, 20, (200, 3))
    inside = dice.uniform(low, high)
    lab = lab_from_rgb(color)
    assert (least_delta_e(lab, low, high) <= ciede2000(lab, inside) + 1e-9).all()


def test_the_cells_leave_out_most_of_what_is_far() -> None:
    others = lab_from_rgb(ALL_LEVELS)
    cells, looked_at, near = cells_of(others), 0, 0
    for lab in others[:40]:
        looked_at += int(np.isin(cells, cells_within(lab, 15)).sum())
        near += int((ciede2000(lab, others) <= 15).sum())
    assert near < looked_at < 2.5 * near


def dominant(*parts: tuple[str, float]) -> list[dict[str, object]]:
    """The colours of an analysis."""
    pixels = np.concatenate([np.tile(rgb_from_hex(code), (int(share), 10, 1)) for code, share in parts])
    return [dict(color) for color in analyse(pixels)["dominant_colors"]]


def packed(*files: list[StoredColor]) -> bytes:
    return b"".join(color.packed for of_file in files for color in of_file)


def near(code: str, delta_e: float = 15, **more: Any) -> Wanted:
    return Wanted(delta_e, near=rgb_from_hex(code)[None], **more)


def test_of_each_file_the_nearest_colour_counts_once() -> None:
    both = stored_colors(UUID(int=5), dominant(("FF0000", 60), ("B03030", 40)))
    blue = stored_colors(UUID(int=6), dominant(("0000FF", 100)))
    matches = Matches(near("B23232", 25))
    matches.add(packed(both, blue))
    matches.add(packed(both))
    found, total = matches.page(0, 10)
    assert total == 1
    assert [(one.file_id, one.hex) for one in found] == [(UUID(int=5), "#B03030")]


def test_equals_are_ordered_by_share_and_then_the_newer_first() -> None:
    files = {number: 40 if number == 3 else 20 for number in (1, 2, 3)}
    rows = [stored_colors(UUID(int=n), dominant(("FF0000", share), ("FFFFFF", 60))) for n, share in files.items()]
    matches = Matches(near("FF0000", 0))
    matches.add(packed(*rows))
    assert [one.file_id.int for one in matches.page(0, 10)[0]] == [3, 2, 1]
    assert [one.file_id.int for one in matches.page(1, 1)[0]] == [2]
    assert matches.page(7, 2) == ([], 3)


@given(st.lists(colors, min_size=1, max_size=30), colors, st.floats(0, 100), st.integers(0, 5), st.integers(1, 8))
def test_pages_are_those_of_looking_at_every_colour(
    palette: list[NDArray[np.uint8]], wanted: NDArray[np.uint8], delta_e: float, offset: int, limit: int
) -> None:
    rows = [
        stored_colors(UUID(int=number // 3 + (1 << 100)), [{**dominant((hex_from_rgb(one), 10))[0], "rank": number}])
        for number, one in enumerate(palette)
    ]
    matches = Matches(Wanted(delta_e, near=wanted[None]))
    for of_file in rows:
        matches.add(packed(of_file))
    found, total = matches.page(offset, limit)
    apart = ciede2000(lab_from_rgb(wanted), lab_from_rgb(np.stack(palette)))
    least = sorted(float(apart[start : start + 3].min()) for start in range(0, len(palette), 3))
    # What lies on the edge itself is in or out by the last bit of a sum.
    assert sum(one <= delta_e - 1e-9 for one in least) <= total <= sum(one <= delta_e + 1e-9 for one in least)
    expected = least[:total][offset : offset + limit]
    assert [one.delta_e for one in found] == pytest.approx(expected, abs=1e-4)


def test_all_that_is_given_has_to_fit_one_and_the_same_colour() -> None:
    flag = stored_colors(UUID(int=1), dominant(("0000FF", 50), ("FFB6C1", 50)))
    for wanted, total in (
        (near("0000FF", 10), 1),
        (near("0000FF", 10, family=5), 0),
        (near("FFB6C1", 10, family=5), 1),
        (near("0000FF", 10, named=Named(named_colors("blue"), frozenset(kinds_of("blue")))), 1),
        (near("FFB6C1", 10, named=Named(named_colors("blue"), frozenset(kinds_of("blue")))), 0),
    ):
        matches = Matches(wanted)
        matches.add(packed(flag))
        assert matches.page(0, 1)[1] == total


def test_a_name_stands_for_its_kinds_too() -> None:
    names = distinct_names()
    kinds = {names[number] for number in kinds_of("Blue")}
    assert {"blue", "sky blue", "navy blue", "dark blue"} <= kinds
    assert not kinds & {"blue green", "bluish gray", "navy"}
    assert [names[number] for number in kinds_of("Slate-Grey")] == ["dark slate gray", "light slate gray", "slate gray"]
    assert kinds_of("cyan") == kinds_of("aqua") != []
    assert kinds_of("no such colour") == [] == kinds_of("")
    assert similar_names("turqoise")[0] == "turquoise"


def test_a_name_that_is_in_no_list_any_more_is_stored_as_unknown() -> None:
    (color,) = dominant(("0000FF", 10))
    known, unknown = (stored_colors(UUID(int=1), [{**color, "name": name}])[0] for name in ("blue", "bluest"))
    assert (known.name, unknown.name) == (name_numbers()["blue"], 0xFFFF)
    assert stored_colors(UUID(int=1), []) == []


def test_the_largest_share_of_a_family_leads_it() -> None:
    rows = stored_colors(UUID(int=1), dominant(("FFFFFF", 50), ("0000FF", 30), ("808080", 20)))
    assert [(row.rank, row.leads) for row in rows] == [(1, True), (2, True), (3, False)]


def test_files_are_told_apart_whichever_half_of_their_ids_they_share() -> None:
    ids = [1 << 64 | 7, 2 << 64 | 7, 2 << 64 | 8, 3 << 64 | 7]
    matches = Matches(near("FF0000", 20))
    for code, share in (("FA0000", 10), ("FF0000", 5), ("FF0000", 20)):
        colors = dominant((code, share), ("000000", 100 - share))
        matches.add(packed(*(stored_colors(UUID(int=number), colors) for number in ids)))
    found, total = matches.page(0, 10)
    assert total == len(ids)
    assert {one.file_id.int for one in found} == set(ids)
    assert {(one.hex, one.percentage, one.delta_e) for one in found} == {("#FF0000", 20.0, 0.0)}
