"""PP-OCRv6 small (detection, line orientation, recognition) through rapidocr; it never opens a connection."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aionserver.infra import heap
from aionserver.models.ocr.contract import Quad, TextLine, TextLines
from aionserver.models.ocr.reading_order import in_reading_order
from aionserver.models.pixels import Pixels, checked, shrunk
from aionserver.models.weights import OCR_DETECTION, OCR_ORIENTATION, OCR_RECOGNITION

_MAX_SIDE_PX = 2000
_MAX_ASPECT = 5
_LEAST_LINES = 4
# As the library has it, for lines that it turns before it looks at them.
_TALL = 1.5
_KEPT_FROM = 0.6
_SHORT_KEPT_FROM = 0.8


class RapidTextReader:
    """`TextReader` for printed text of most scripts; .15-.9 s a picture, less where there is no text."""

    name = "pp-ocrv6-small"
    version = f"{OCR_DETECTION.sha256[:6]}{OCR_RECOGNITION.sha256[:6]}"

    def __init__(self, threads: int) -> None:
        from rapidocr import RapidOCR

        self._labels: list[str] = []
        # A path for every file keeps the library from looking for one to download.
        self._engine: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.max_side_len": _MAX_SIDE_PX,
                "Global.text_score": _KEPT_FROM,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.model_path": str(OCR_DETECTION.verified_path()),
                "Cls.model_path": str(OCR_ORIENTATION.verified_path()),
                "Rec.model_path": str(OCR_RECOGNITION.verified_path()),
            }
        )

        self._classify: Any = self._engine.cls_and_rotate
        # What it finds upside down it turns, and says nothing of it in its result.
        self._engine.cls_and_rotate = self._noted

    def _noted(self, crops: Any) -> Any:
        found = self._classify(crops)
        self._labels = [label for label, _ in found[1].cls_res]
        return found

    def read(self, image: Pixels) -> TextLines:
        """Confident lines in reading order; none where there is no text."""
        small = shrunk(checked(image), _MAX_SIDE_PX)
        found = self._engine(np.ascontiguousarray(_padded(small)[:, :, ::-1]))
        heap.trim()  # detection takes about 200 MB for each megapixel, and the next picture has another shape
        if not found.txts:
            return TextLines(())
        height, width = small.shape[:2]
        lines = [
            TextLine(" ".join(text.split()), float(score), _quad(box, width, height))
            for text, score, box in zip(found.txts, found.scores, found.boxes, strict=True)
        ]
        ordered = in_reading_order([line for line in lines if _is_sure(line)])
        return replace(ordered, turns=_turns(found.boxes, self._labels))


def _padded(image: Pixels) -> Pixels:
    """The picture with its short side padded: detection scales the short side up, however long the other."""
    height, width = image.shape[:2]
    shortest = -(-max(height, width) // _MAX_ASPECT)
    grow_y, grow_x = max(0, shortest - height), max(0, shortest - width)
    if not grow_y and not grow_x:
        return image
    return np.pad(image, ((0, grow_y), (0, grow_x), (0, 0)), mode="edge")


def _turns(boxes: Sequence[NDArray[np.float32]], labels: Sequence[str]) -> int:
    """Quarter turns clockwise that bring most lines upright; none where there are too few of them to tell."""
    if min(len(boxes), len(labels)) < _LEAST_LINES:
        return 0
    is_sideways = 2 * sum(_is_tall(box) for box in boxes) > len(boxes)
    is_flipped = 2 * sum(label == "180" for label in labels) > len(labels)
    # A tall line was turned counter-clockwise before it was looked at.
    return {(False, False): 0, (False, True): 2, (True, True): 1, (True, False): 3}[is_sideways, is_flipped]


def _is_tall(box: NDArray[np.float32]) -> bool:
    wide, high = (float(np.linalg.norm(box[0] - box[other])) for other in (1, 3))
    return high > _TALL * wide


def _quad(box: NDArray[np.float32], width_px: int, height_px: int) -> Quad:
    corners = np.clip(np.asarray(box, dtype=float) / (width_px, height_px), 0.0, 1.0)
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    return (a, b, c, d)


def _is_sure(line: TextLine) -> bool:
    """False for what textures are often misread as: one or two signs of middling confidence."""
    signs = sum(character.isalnum() for character in line.text)
    return signs >= 1 and line.confidence >= (_KEPT_FROM if signs > 2 else _SHORT_KEPT_FROM)
