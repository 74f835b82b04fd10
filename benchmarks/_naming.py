"""How well the objects of photos are named: the bare detector against ours, in one run."""

import json
from typing import Any, cast

import numpy as np
from _finding import EVAL, OBJECTS, opened, rows_of

from aionserver.models.labels import COCO_BY_ID
from aionserver.models.objects import ObjectDetector
from aionserver.models.weights import SSD_GRAPH, SSD_TEXT_GRAPH

BARE_FROM = 0.3


def print_naming(models: dict[type, Any], most: int | None) -> None:
    """Print precision, recall and F1 of object names, photo by photo."""
    original = _original_names()
    bare = _bare_detector()
    tally = {"bare: SSD-MobileNet-v2 at .3": [0, 0, 0], "ours": [0, 0, 0]}
    for row, folder in rows_of(OBJECTS)[:most]:
        image, marked = opened(folder / row["path"]), set(row["gt"]["objects"])
        ours = {original[thing.label] for thing in models[ObjectDetector].survey(image).objects}
        for name, found in zip(tally, ({original[label] for label in bare(image)}, ours), strict=True):
            counts = (len(found & marked), len(found), len(marked))
            tally[name] = [had + more for had, more in zip(tally[name], counts, strict=True)]
    for name, (right, found, marked) in tally.items():
        scores = (
            f"precision {right / max(1, found):.3f}  recall {right / marked:.3f}  F1 {2 * right / (found + marked):.3f}"
        )
        print(f"{name:48}{scores}")


def _bare_detector() -> Any:
    import cv2

    network: Any = cv2.dnn.readNetFromTensorflow(str(SSD_GRAPH.verified_path()), str(SSD_TEXT_GRAPH.verified_path()))

    def detect(image: Any) -> list[str]:
        network.setInput(cv2.dnn.blobFromImage(np.ascontiguousarray(image), size=(300, 300)))
        rows = network.forward()[0, 0]
        return [COCO_BY_ID[int(row[1])].name for row in rows if row[2] >= BARE_FROM and int(row[1]) in COCO_BY_ID]

    return detect


def _original_names() -> dict[str, str]:
    """COCO's own name of each of our object names: the set's classes stand in the order of COCO's ids."""
    classes: Any = json.loads((EVAL / OBJECTS / "dev" / "classes.json").read_text(encoding="utf-8"))
    names: list[str] = list(cast("dict[str, str]", classes).values()) if isinstance(classes, dict) else classes
    return {COCO_BY_ID[number].name: name for number, name in zip(sorted(COCO_BY_ID), names, strict=True)}
