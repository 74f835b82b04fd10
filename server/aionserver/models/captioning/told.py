"""Words of a description together with what they state."""

from collections.abc import Iterable
from dataclasses import dataclass

from aionserver.kit.words import listed
from aionserver.models.captioning.contract import Statement


@dataclass(frozen=True, slots=True)
class Told:
    """A phrase or a sentence, and what it states."""

    text: str
    states: tuple[Statement, ...] = ()


def joined(parts: Iterable[Told | None]) -> Told:
    """The parts in a row; one that opens with a comma stands close to the one before."""
    told = [part for part in parts if part is not None and part.text]
    text = " ".join(part.text for part in told).replace(" ,", ",").rstrip(",")
    return Told(text, tuple(said for part in told for said in part.states))


def listed_told(parts: Iterable[Told], opening: str = "") -> Told:
    """ "a cup, a fork and two spoons", after an opening such as "with "."""
    told = list(parts)
    return Told(opening + listed([part.text for part in told]), tuple(said for part in told for said in part.states))
