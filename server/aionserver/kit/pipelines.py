"""How the steps of a pipeline hang together: which waits for which, what each works on, which run side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NOTHING = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Part:
    """What a kind of step does with kinds of data.

    It can use what it `takes` and has to have one of `needs`, where there are any. What it `awaits` it takes from all
    steps before that give it, unless it is said on which it depends. It `gives` what it finds or makes; to a step that
    depends on it, it also hands on what it worked on.
    """

    takes: frozenset[str] = NOTHING
    awaits: frozenset[str] = NOTHING
    needs: frozenset[str] = NOTHING
    gives: frozenset[str] = NOTHING
    hands_on: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step as it was asked for. `depends_on` None: it takes what fits."""

    part: Part
    depends_on: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Wired:
    """A step in its place: the steps it waits for, and for each kind of data those that give it.

    What is `seeded` comes with the request: it stands in for kinds that no step gives.
    """

    after: tuple[int, ...]
    sources: Mapping[str, tuple[int, ...]]
    seeded: frozenset[str]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of data it works on."""
        return self.seeded | frozenset(self.sources)


class BadWiring(ValueError):
    """A step that can't stand where it stands; `step` is its position, from 0."""

    def __init__(self, step: int, problem: str) -> None:
        super().__init__(problem)
        self.step, self.problem = step, problem


def wire(steps: Sequence[Wanted], seeds: frozenset[str] = NOTHING) -> list[Wired]:
    """Each step with what it waits for and works on; BadWiring for the first that can't be."""
    wired, gives = list[Wired](), list[frozenset[str]]()
    for place, step in enumerate(steps):
        one = _wired(place, step, gives, [each.part.gives for each in steps[:place]], seeds, len(steps))
        wired.append(one)
        gives.append(step.part.gives | (one.kinds if step.part.hands_on else NOTHING))
    return wired


def _wired(
    place: int,
    step: Wanted,
    gives: Sequence[frozenset[str]],
    finds: Sequence[frozenset[str]],
    seeds: frozenset[str],
    count: int,
) -> Wired:
    part = step.part
    if step.depends_on is None:
        after = tuple(before for before in range(place) if finds[before] & part.awaits)
        sources = _sources(after, finds, part.awaits)
    else:
        after = _checked(place, step.depends_on, count)
        sources = _sources(after, gives, part.takes)
    seeded = (part.takes & seeds) - sources.keys()
    if part.needs and not part.needs & (seeded | sources.keys()):
        raise BadWiring(place, _lack(step, after))
    return Wired(after, sources, frozenset(seeded))


def _sources(
    after: Sequence[int], gives: Sequence[frozenset[str]], kinds: frozenset[str]
) -> dict[str, tuple[int, ...]]:
    found = {kind: tuple(before for before in after if kind in gives[before]) for kind in sorted(kinds)}
    return {kind: givers for kind, givers in found.items() if givers}


def _checked(place: int, depends_on: Sequence[int], count: int) -> tuple[int, ...]:
    """The steps it depends on, each once, in order."""
    for before in depends_on:
        if before == place:
            raise BadWiring(place, f"step {place} can't depend on itself")
        if not 0 <= before < count:
            raise BadWiring(place, f"there is no step {before}: steps are numbered from 0")
        if before > place:
            raise BadWiring(place, f"step {before} comes later: a step can only depend on steps before it")
    return tuple(sorted(set(depends_on)))


def _lack(step: Wanted, after: Sequence[int]) -> str:
    needed = " or ".join(sorted(step.part.needs))
    if step.depends_on is None:
        return f"needs {needed}, which no step before it gives and which were not sent along"
    which = ", ".join(str(one) for one in after) or "none"
    return f"needs {needed}, which none of the steps it depends on ({which}) gives and which were not sent along"


def waves(wired: Sequence[Wired]) -> list[list[int]]:
    """The steps that can run side by side, in order: each as early as what it waits for allows."""
    depths = list[int]()
    for one in wired:
        depths.append(1 + max((depths[before] for before in one.after), default=-1))
    return [
        [place for place, depth in enumerate(depths) if depth == wave] for wave in range(max(depths, default=-1) + 1)
    ]
