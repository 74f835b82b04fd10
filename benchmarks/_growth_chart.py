"""The costs that `growth.py` measures, and their picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from _served import percentile
from matplotlib.axes import Axes
from matplotlib.figure import Figure

MILLISECOND = 1e-3
PHOTO, PHOTO_CPU = "photo, upload to described", "photo, processor time"
SEARCH, SEARCH_BARE = "search as a client sees it", "search without the embedding"
SEARCH_CPU, LIST, LIST_CPU = "search, processor time", "list of 20", "list, processor time"
EMBEDDING = "the embedding alone"
COLOURS = {PHOTO: "tab:blue", PHOTO_CPU: "tab:cyan", SEARCH: "tab:red", SEARCH_BARE: "tab:orange", LIST: "tab:green"}


@dataclass
class Costs:
    """Seconds by what was done, at one size."""

    files: int
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def add(self, what: str, seconds: Sequence[float]) -> None:
        """Keep more of the same."""
        self.seconds.setdefault(what, []).extend(seconds)

    def at(self, what: str, share: float) -> float:
        """Seconds that a share of all took at most."""
        return percentile(self.seconds[what], share)


def draw(all_costs: Sequence[Costs], path: Path) -> None:
    """Two panels over the number of files: seconds a photo, milliseconds a question."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _lines(left, all_costs, {PHOTO: (0.5, 0.95), PHOTO_CPU: (0.5,)}, unit=1)
    left.set(title="Ingest: one photo", ylabel="seconds")
    left.set_ylim(bottom=0)
    _lines(right, all_costs, {SEARCH: (0.5, 0.95), SEARCH_BARE: (0.5, 0.95), LIST: (0.5, 0.95)}, unit=MILLISECOND)
    right.set(title="Reading", ylabel="milliseconds", yscale="log")
    right.set_yticks([5, 10, 20, 50, 100], ["5", "10", "20", "50", "100"])
    right.minorticks_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _lines(axes: Axes, all_costs: Sequence[Costs], wanted: Mapping[str, Sequence[float]], unit: float) -> None:
    sizes = [costs.files for costs in all_costs]
    for what, shares in wanted.items():
        for share in shares:
            label = what if what == PHOTO_CPU else f"{what}, p{share * 100:.0f}"
            values = [costs.at(what, share) / unit for costs in all_costs]
            style = "o-" if share == 0.5 else "o--"
            axes.plot(sizes, values, style, color=COLOURS[what], label=label, markersize=4)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("files of the tenant")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
