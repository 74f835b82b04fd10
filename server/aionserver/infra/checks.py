"""What `aionvision verify` is made of: each noun offers checks of its own rows, and they all report in this form."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aionserver.infra.scope import Infra

MOST_EXAMPLES = 10


@dataclass
class Findings:
    """What a check found: how much it looked at, what disagrees (all counted, the first few said), what it mended."""

    looked_at: int = 0
    disagreements: int = 0
    mended: int = 0
    examples: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    def disagree(self, text: str, *, mended: bool = False) -> None:
        """Count something that is not as it should be, or was not until now."""
        self.disagreements += not mended
        self.mended += mended
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(f"{text} (mended)" if mended else text)


@dataclass(frozen=True)
class Inspection:
    """How to look. `is_quiet`: no server runs, so nothing is under way; `repair`: mend what is simple to mend;
    `content`: read every original to the end."""

    infra: Infra
    is_quiet: bool = False
    repair: bool = False
    content: bool = False


@dataclass(frozen=True)
class Check:
    """Something that has to be true of rows and objects of all tenants."""

    subject: str
    run: Callable[[Inspection, Findings], Awaitable[None]]
