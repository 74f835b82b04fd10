"""SSD-MobileNet-v2 in OpenCV's network runtime, over the whole picture and four overlapping parts of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from aionserver.models.labels import COCO_BY_ID
from aionserver.models.objects.boxes import without_repeats
from aionserver.models.objects.contract import DetectedObject, Survey
from aionserver.models.pixels import Pixels, checked
from aionserver.models.weights import SSD_GRAPH, SSD_TEXT_GRAPH

_SIDE_PX = 300
_MIN_PART_SIDE_PX = 150
_SURVEYED_FROM = 0.03
_STATED_FROM = 0.3
# A part shows things cut off and out of proportion: what only a part shows must be surer.
_STATED_IN_PART_FROM = 0.45
_STATED_AT_CUT_FROM = 0.6
_HINT_OF_PART = 0.8
_PART_SHARE = 0.6
_PART_CORNERS = tuple((x, y) for y in (0.0, 1 - _PART_SHARE) for x in (0.0, 1 - _PART_SHARE))


class SsdObjectDetector:
    """`ObjectDetector` over the 80 COCO classes; five passes of about 90 ms on one thread.

    The parts find what is small in the whole at 300 pixels: F1 over two photo sets .74 -> .78 and .68 -> .73.
    """

    name = "ssd-mobilenet-v2-coco"
    version = SSD_GRAPH.sha256[:12] + "-hints"

    def __init__(self, threads: int) -> None:
        import cv2

        cv2.setNumThreads(threads)
        graph, text = str(SSD_GRAPH.verified_path()), str(SSD_TEXT_GRAPH.verified_path())
        self._network: Any = cv2.dnn.readNetFromTensorflow(graph, text)

    def survey(self, image: Pixels) -> Survey:
        """Objects of confidence .3 or more, one box for each; hints from .03."""
        whole = self._found(checked(image))
        parts = [(corner, self._found_in_part(image, *corner)) for corner in _PART_CORNERS]
        sure = [thing for thing in whole if thing.confidence >= _STATED_FROM]
        sure_in_parts = [_in_whole(thing, *at) for at, found in parts for thing in found if _is_sure(thing, *at)]
        hints = _best_scores(whole, [thing for _, found in parts for thing in found])
        return Survey(tuple(without_repeats(sure, sure_in_parts)), hints)

    def _found_in_part(self, image: Pixels, left: float, top: float) -> list[DetectedObject]:
        """What a part shows, its boxes in fractions of the part."""
        height, width = image.shape[:2]
        if min(height, width) * _PART_SHARE < _MIN_PART_SIDE_PX:
            return []
        y, x = round(top * height), round(left * width)
        part = image[y : y + round(_PART_SHARE * height), x : x + round(_PART_SHARE * width)]
        return self._found(np.ascontiguousarray(part))

    def _found(self, image: Pixels) -> list[DetectedObject]:
        import cv2

        self._network.setInput(cv2.dnn.blobFromImage(image, size=(_SIDE_PX, _SIDE_PX)))
        rows = self._network.forward()[0, 0]
        return [_object(row) for row in rows if row[2] >= _SURVEYED_FROM and int(row[1]) in COCO_BY_ID]


def _object(row: Any) -> DetectedObject:
    x1, y1, x2, y2 = (min(1.0, max(0.0, float(edge))) for edge in row[3:7])
    return DetectedObject(COCO_BY_ID[int(row[1])].name, float(row[2]), x1, y1, x2, y2)


def _best_scores(whole: Iterable[DetectedObject], parts: Iterable[DetectedObject]) -> dict[str, float]:
    """The best score of each label, a part's counting less."""
    found: dict[str, float] = {}
    scores = [(thing.label, thing.confidence) for thing in whole]
    for label, score in scores + [(thing.label, _HINT_OF_PART * thing.confidence) for thing in parts]:
        found[label] = max(found.get(label, 0.0), round(score, 3))
    return found


def _is_sure(thing: DetectedObject, left: float, top: float) -> bool:
    """Whether a part's thing may be stated; one at an edge that the whole picture has not must be surer."""
    at_x = thing.x1 <= 0.01 if left > 0 else thing.x2 >= 0.99
    at_y = thing.y1 <= 0.01 if top > 0 else thing.y2 >= 0.99
    return thing.confidence >= (_STATED_AT_CUT_FROM if at_x or at_y else _STATED_IN_PART_FROM)


def _in_whole(thing: DetectedObject, left: float, top: float) -> DetectedObject:
    return replace(
        thing,
        x1=left + thing.x1 * _PART_SHARE,
        y1=top + thing.y1 * _PART_SHARE,
        x2=left + thing.x2 * _PART_SHARE,
        y2=top + thing.y2 * _PART_SHARE,
    )
