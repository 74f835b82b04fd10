"""Descriptions of real photos beside what people wrote of them, and how well objects are named.

    AION_EVAL_DIR=../shared/eval python benchmarks/description_samples.py [--from N] [--count N]

Objects: F1 over the object names of the set's 64 photos (bare SSD-MobileNet-v2 at .3: .743 here).
"""

import argparse
import json
import sys
from typing import Any, cast

from _finding import CAPTIONS, EVAL, OBJECTS, facts_of, opened

from aionserver.models.bundled import load_bundled
from aionserver.models.captioning import Describer, PictureFacts
from aionserver.models.labels import COCO_BY_ID
from aionserver.models.objects import ObjectDetector


def main() -> None:
    """Print the samples, then the figure."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--from", type=int, default=0, dest="first")
    arguments.add_argument("--count", type=int, default=10)
    chosen = arguments.parse_args()
    if not (EVAL / CAPTIONS).is_dir():
        sys.exit(f"skipped: no evaluation data in {EVAL} (set AION_EVAL_DIR)")
    models = load_bundled(1)
    for row in _rows(CAPTIONS)[chosen.first : chosen.first + chosen.count]:
        _print_sample(models[Describer], facts_of(models, opened(EVAL / CAPTIONS / "dev" / row["path"])), row)
    print(f"objects, F1 over {OBJECTS}: {_object_f1(models[ObjectDetector]):.3f}")


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (EVAL / name / "dev" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _print_sample(describer: Any, facts: PictureFacts, row: dict[str, Any]) -> None:
    found = describer.describe(facts)
    print(f"{row['id']}  ({found.confidence:.2f})  {found.text}")
    print(f"    tags    {', '.join(found.tags)}")
    print(f"    people  {row['gt']['captions'][0]}\n")


def _object_f1(detector: Any) -> float:
    """F1 of the names of all objects found against those that people marked, photo by photo."""
    original = _original_names()
    right = found_in_all = marked_in_all = 0
    for row in _rows(OBJECTS):
        things = detector.survey(opened(EVAL / OBJECTS / "dev" / row["path"])).objects
        found, marked = {original[thing.label] for thing in things}, set(row["gt"]["objects"])
        right += len(found & marked)
        found_in_all += len(found)
        marked_in_all += len(marked)
    return 2 * right / (found_in_all + marked_in_all)


def _original_names() -> dict[str, str]:
    """COCO's own name of each of our object names: the set's classes stand in the order of COCO's ids."""
    classes: Any = json.loads((EVAL / OBJECTS / "dev" / "classes.json").read_text(encoding="utf-8"))
    names: list[str] = list(cast("dict[str, str]", classes).values()) if isinstance(classes, dict) else classes
    return {COCO_BY_ID[number].name: name for number, name in zip(sorted(COCO_BY_ID), names, strict=True)}


if __name__ == "__main__":
    main()
