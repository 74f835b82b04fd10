"""Pipelines: every step after what it needs, as early as that allows, and none lost."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.pipelines import BadWiring, Part, Wanted, Wired, waves, wire

KINDS = ("images", "documents", "links", "text")
IMAGES, DOCUMENTS, TEXT = frozenset({"images"}), frozenset({"documents"}), frozenset({"text"})
SEARCH = Part(takes=IMAGES, gives=IMAGES)
SEARCH_DOCUMENTS = Part(takes=DOCUMENTS, gives=DOCUMENTS)
ANALYSIS = Part(takes=IMAGES | TEXT, awaits=IMAGES, needs=IMAGES, gives=TEXT, hands_on=True)
REPORT = Part(takes=IMAGES | DOCUMENTS | TEXT, awaits=IMAGES | DOCUMENTS | TEXT, gives=TEXT, hands_on=True)

kinds = st.frozensets(st.sampled_from(KINDS))


@st.composite
def parts(draw: st.DrawFn) -> Part:
    takes = draw(kinds)
    some = st.frozensets(st.sampled_from(sorted(takes))) if takes else st.just(frozenset[str]())
    return Part(takes, draw(some), draw(some), draw(kinds), draw(st.booleans()))


@st.composite
def pipelines(draw: st.DrawFn) -> list[Wanted]:
    """Steps that depend on earlier ones only, or on what fits."""
    steps = list[Wanted]()
    for place in range(draw(st.integers(0, 10))):
        before = st.lists(st.integers(0, place - 1), max_size=4) if place else st.just(list[int]())
        steps.append(Wanted(draw(parts()), draw(st.none() | before)))
    return steps


def wired_or_not(steps: list[Wanted], seeds: frozenset[str]) -> list[Wired] | None:
    try:
        return wire(steps, seeds)
    except BadWiring as error:
        lacking = steps[error.step].part.needs if 0 <= error.step < len(steps) else None
    assert lacking
    return None


@given(pipelines(), kinds)
def test_every_step_comes_once_after_all_it_waits_for_and_no_later(steps: list[Wanted], seeds: frozenset[str]) -> None:
    wired = wired_or_not(steps, seeds)
    if wired is None:
        return
    order = waves(wired)
    assert sorted(place for wave in order for place in wave) == list(range(len(steps)))
    assert all(order)
    wave_of = {place: number for number, wave in enumerate(order) for place in wave}
    for place, one in enumerate(wired):
        assert all(wave_of[before] < wave_of[place] for before in one.after)
        # No later than it must: the first wave, or right behind one that it waits for.
        assert wave_of[place] == max((wave_of[before] + 1 for before in one.after), default=0)


@given(pipelines(), kinds)
def test_what_a_step_works_on_comes_from_steps_it_waits_for_or_with_the_request(
    steps: list[Wanted], seeds: frozenset[str]
) -> None:
    for step, one in zip(steps, wired_or_not(steps, seeds) or [], strict=False):
        assert {before for givers in one.sources.values() for before in givers} <= set(one.after)
        assert one.kinds <= step.part.takes
        assert one.seeded <= seeds and not one.seeded & one.sources.keys()
        assert not step.part.needs or step.part.needs & one.kinds
        if step.depends_on is not None:
            assert set(one.after) == set(step.depends_on)


@given(st.integers(1, 10), st.data())
def test_what_is_no_earlier_step_is_refused_by_the_step_that_names_it(count: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, count - 1))
    wrong = data.draw(st.integers(place, 1_000) | st.integers(-1_000, -1))
    steps = [Wanted(SEARCH, [wrong] if one == place else None) for one in range(count)]
    with pytest.raises(BadWiring) as refused:
        wire(steps)
    assert refused.value.step == place


def test_a_circle_is_refused() -> None:
    with pytest.raises(BadWiring, match="step 1 comes later"):
        wire([Wanted(SEARCH, [1]), Wanted(SEARCH, [0])])


def test_searches_run_side_by_side_and_a_report_waits_for_all() -> None:
    wired = wire([Wanted(SEARCH), Wanted(SEARCH_DOCUMENTS), Wanted(ANALYSIS), Wanted(REPORT)])
    assert waves(wired) == [[0, 1], [2], [3]]
    assert wired[2].sources == {"images": (0,)}
    assert wired[3].sources == {"documents": (1,), "images": (0,), "text": (2,)}


def test_what_is_sent_along_stands_in_for_what_no_step_gives() -> None:
    seeds = IMAGES | DOCUMENTS
    wired = wire([Wanted(SEARCH), Wanted(ANALYSIS), Wanted(REPORT)], seeds)
    assert (wired[0].seeded, wired[1].seeded, wired[2].seeded) == (IMAGES, frozenset(), DOCUMENTS)
    assert wire([Wanted(ANALYSIS, [])], seeds)[0].seeded == IMAGES


def test_a_step_hands_on_what_it_worked_on_to_one_that_depends_on_it() -> None:
    chain = [Wanted(SEARCH), Wanted(ANALYSIS, [0]), Wanted(ANALYSIS, [1])]
    assert wire(chain)[2].sources == {"images": (1,), "text": (1,)}
    assert [one.after for one in wire([Wanted(SEARCH), Wanted(ANALYSIS), Wanted(ANALYSIS)])] == [(), (0,), (0,)]


def test_a_step_without_what_it_needs_is_refused_with_what_that_is() -> None:
    with pytest.raises(BadWiring, match="needs images, which no step before it gives"):
        wire([Wanted(SEARCH_DOCUMENTS), Wanted(ANALYSIS)])
    with pytest.raises(BadWiring, match=r"none of the steps it depends on \(0\) gives"):
        wire([Wanted(SEARCH_DOCUMENTS), Wanted(SEARCH), Wanted(ANALYSIS, [0])])


def test_the_longest_chain_has_a_wave_for_each_step() -> None:
    chain = [Wanted(SEARCH, [place - 1] if place else []) for place in range(10)]
    order = waves(wire(chain))
    assert len(order) == 10 and all(len(wave) == 1 for wave in order)
    assert all(first < second for (first,), (second,) in pairwise(order))
