"""How well the words of receipts are read: bare RapidOCR against ours, in one run."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from _finding import EVAL, opened, rows_of

from aionserver.models.ocr import TextReader
from aionserver.models.weights import OCR_DETECTION, OCR_ORIENTATION, OCR_RECOGNITION

RECEIPTS = "ocr_sroie"


def print_reading(models: dict[type, Any], most: int | None) -> None:
    """Print the F1 of words, over all receipts together."""
    rows = [row for row, _ in rows_of(RECEIPTS)][:most]
    truths = [_words(line["text"] for line in row["gt"]["lines"]) for row in rows]
    files = [EVAL / RECEIPTS / "dev" / row["path"] for row in rows]
    bare = _bare_reader()
    read = [(_words(bare(file)), _words([models[TextReader].read(opened(file)).text])) for file in files]
    for name, place in (("bare: rapidocr", 0), ("ours", 1)):
        precision, recall, f1 = _scores([found[place] for found in read], truths)
        print(f"{name:48}precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")


def _bare_reader() -> Any:
    from rapidocr import RapidOCR

    paths = {"Det": OCR_DETECTION, "Cls": OCR_ORIENTATION, "Rec": OCR_RECOGNITION}
    params = {f"{name}.model_path": str(weights.verified_path()) for name, weights in paths.items()}
    engine: Any = RapidOCR(params={"Global.log_level": "critical", **params})

    def read(file: Path) -> list[str]:
        return list(engine(np.ascontiguousarray(opened(file)[:, :, ::-1])).txts or ())

    return read


def _words(lines: Iterable[str]) -> Counter[str]:
    return Counter(word.casefold() for line in lines for word in line.split())


def _scores(found: list[Counter[str]], truths: list[Counter[str]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of words, each counted as often as it stands there."""
    right = sum((one & truth).total() for one, truth in zip(found, truths, strict=True))
    precision = right / max(1, sum(one.total() for one in found))
    recall = right / sum(truth.total() for truth in truths)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)
