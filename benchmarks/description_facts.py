"""What descriptions say of 60 photos, held against what people see in them: right, wrong and left out.

    AION_EVAL_DIR=../shared/eval python benchmarks/description_facts.py [--verbose] [--samples N] [--cache FILE]

Baseline in the same run: the bare detector at .3, the most probable class and all raw text as plain sentences. The
describer was built with one half of the photos in sight; the other half is for measuring only. The halves are told
apart by the hash of the photos' names.
"""

import argparse
import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from _facts import PhotoFacts, photo_facts

from aionserver.kit.pictures import derive
from aionserver.models.bundled import load_bundled
from aionserver.models.captioning import Describer, PictureFacts, Statement
from aionserver.models.labels import COCO_BY_ID
from aionserver.models.objects import ObjectDetector
from aionserver.models.ocr import TextReader
from aionserver.models.pixels import Pixels
from aionserver.models.tagging import Tagger
from aionserver.models.weights import SSD_GRAPH, SSD_TEXT_GRAPH

ROOT = Path(__file__).parents[1]
EVAL = ROOT / os.environ.get("AION_EVAL_DIR", "../shared/eval")
GOAL_WRONG = 0.05
_BARE_FROM = 0.3
_KEPT_SIDE_PX = 96


@dataclass(frozen=True)
class Seen:
    """What the networks see in a photo, and the labels that the bare detector gives."""

    facts: PictureFacts
    bare_labels: tuple[str, ...]


@dataclass
class Score:
    """Statements and tags of several photos, judged."""

    verdicts: Counter[bool | None] = field(default_factory=Counter[bool | None])
    wrong_kinds: Counter[str] = field(default_factory=Counter[str])
    tags: Counter[bool] = field(default_factory=Counter[bool])
    missed: int = 0
    facts: int = 0

    @property
    def wrong_share(self) -> float:
        """Of the statements that can be judged."""
        return self.verdicts[False] / max(1, self.verdicts[True] + self.verdicts[False])

    def __str__(self) -> str:
        right, wrong, open_ = (self.verdicts[verdict] for verdict in (True, False, None))
        said, kinds = self.tags.total(), ", ".join(f"{count} {kind}" for kind, count in self.wrong_kinds.most_common())
        return (
            f"{right:4} right  {wrong:3} wrong ({self.wrong_share:5.1%})  {open_:3} not judged"
            f"   {self.missed:3} of {self.facts} facts missed ({self.missed / max(1, self.facts):.0%})"
            f"   {self.tags[False]} of {said} tags wrong ({self.tags[False] / max(1, said):.1%})   [{kinds}]"
        )


def main() -> None:
    """Print the figures, and what is wrong where asked for it."""
    chosen = _arguments()
    if not (EVAL / "img_captions_coco").is_dir():
        print(f"skipped: no evaluation data in {EVAL} (set AION_EVAL_DIR)")
        return
    models: dict[type, Any] = dict(load_bundled(1))
    photos = [photo for photo in photo_facts() if chosen.half in ("both", _half(photo))]
    seen = _all_seen(models, photos, chosen.cache)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {len(photos)} photos")
    describer: Describer = models[Describer]
    ours = _report("ours", photos, seen, lambda found: _said(describer, found), chosen.verbose)
    _report("bare: detector at .3, top class, raw text", photos, seen, _bare, False)
    _print_samples(describer, photos[: chosen.samples], seen)
    print(f"goal: wrong <= {GOAL_WRONG:.0%}: {'holds' if ours.wrong_share <= GOAL_WRONG else 'missed'}")


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--verbose", action="store_true", help="list wrong statements, missed facts and wrong tags")
    arguments.add_argument("--samples", type=int, default=0, help="print that many descriptions")
    arguments.add_argument("--half", choices=("both", "tuned", "held-out"), default="both")
    arguments.add_argument("--cache", type=Path, help="pickle that keeps what the networks saw")
    return arguments.parse_args()


def _half(photo: PhotoFacts) -> str:
    return "held-out" if photo.is_held_out else "tuned"


def _all_seen(models: dict[type, Any], photos: Sequence[PhotoFacts], cache: Path | None) -> dict[str, Seen]:
    kept: dict[str, Seen] = pickle.loads(cache.read_bytes()) if cache and cache.exists() else {}
    seen = {photo.photo: kept.get(photo.photo) or _seen(models, _path(photo.photo)) for photo in photos}
    if cache:
        cache.write_bytes(pickle.dumps({**kept, **seen}))
    return seen


def _path(photo: str) -> Path:
    return (ROOT if photo.startswith("examples/") else EVAL) / photo


def _seen(models: dict[type, Any], path: Path) -> Seen:
    """What the step "description" of the worker gets to know, by the same calls."""
    picture = derive(path)
    colours: Any = picture.colors
    facts = PictureFacts(
        width=picture.width,
        height=picture.height,
        tags=models[Tagger].tag(picture.pixels).top,
        objects=models[ObjectDetector].survey(picture.pixels).objects,
        text=models[TextReader].read(picture.pixels),
        colours=tuple((colour["name"], colour["percentage"]) for colour in colours["dominant_colors"]),
        brightness=colours["analytics"]["brightness"]["average"],
        captured_at=picture.captured_at,
        pixels=_small(picture.pixels),
    )
    return Seen(facts, _bare_labels(picture.pixels))


def _small(pixels: Pixels) -> Pixels:
    """The picture small enough for the cache, and for the describer, which looks at colours alone."""
    import cv2

    small = cv2.resize(pixels, (_KEPT_SIDE_PX, _KEPT_SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def _bare_labels(pixels: Pixels) -> tuple[str, ...]:
    """The labels of one pass of the detector, as its authors publish it."""
    import cv2

    network: Any = cv2.dnn.readNetFromTensorflow(str(SSD_GRAPH.verified_path()), str(SSD_TEXT_GRAPH.verified_path()))
    network.setInput(cv2.dnn.blobFromImage(pixels, size=(300, 300)))
    rows = network.forward()[0, 0]
    return tuple(COCO_BY_ID[int(row[1])].name for row in rows if row[2] >= _BARE_FROM and int(row[1]) in COCO_BY_ID)


@dataclass(frozen=True)
class Said:
    """What is said of a photo."""

    statements: tuple[Statement, ...]
    tags: tuple[str, ...]


def _said(describer: Describer, seen: Seen) -> Said:
    found = describer.describe(seen.facts)
    return Said(found.statements, found.tags)


def _bare(seen: Seen) -> Said:
    """ "2 dogs. 1 ball. beagle. Text: ..." and the names as tags."""
    counts = Counter(seen.bare_labels)
    names = tuple(dict.fromkeys([*counts, seen.facts.tags[0].label]))
    things = [Statement("thing", name) for name in names]
    amounts = [Statement("count", name, f"{count}-{count}") for name, count in counts.items()]
    text = [Statement("text", line.text) for line in seen.facts.text.lines]
    return Said((*things, *amounts, *text), names)


def _report(
    name: str, photos: Iterable[PhotoFacts], seen: dict[str, Seen], say: Callable[[Seen], Said], verbose: bool
) -> Score:
    scores = {"tuned": Score(), "held-out": Score(), "both": Score()}
    for photo in photos:
        said = say(seen[photo.photo])
        for half in (_half(photo), "both"):
            _count(scores[half], photo, said)
        if verbose:
            _print_faults(photo, said)
    print(name)
    for half, score in scores.items():
        print(f"  {half:9} {score}" if score.facts else f"  {half:9} not asked for")
    return scores["both"]


def _count(score: Score, photo: PhotoFacts, said: Said) -> None:
    score.verdicts.update(photo.judge(statement) for statement in said.statements)
    score.wrong_kinds.update(said.kind for said in said.statements if photo.judge(said) is False)
    score.tags.update(photo.is_true_tag(tag) for tag in said.tags)
    score.missed += len(photo.missed(said.statements))
    score.facts += photo.fact_count


def _print_faults(photo: PhotoFacts, said: Said) -> None:
    wrong = [statement for statement in said.statements if photo.judge(statement) is False]
    for statement in wrong:
        said_so = " ".join(filter(None, (statement.kind, statement.about, statement.value)))
        print(f"{_half(photo):9} {Path(photo.photo).stem:17} wrong   {said_so}")
    if missed := photo.missed(said.statements):
        print(f"{_half(photo):9} {Path(photo.photo).stem:17} missed  {', '.join(missed)}")
    if tags := [tag for tag in said.tags if not photo.is_true_tag(tag)]:
        print(f"{_half(photo):9} {Path(photo.photo).stem:17} tags    {', '.join(tags)}")


def _print_samples(describer: Describer, photos: Sequence[PhotoFacts], seen: dict[str, Seen]) -> None:
    for photo in photos:
        found = describer.describe(seen[photo.photo].facts)
        print(f"{Path(photo.photo).stem}  ({found.confidence:.2f})  {found.text}\n    {', '.join(found.tags)}")


if __name__ == "__main__":
    main()
