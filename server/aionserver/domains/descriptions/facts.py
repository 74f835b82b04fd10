"""What the networks see in a picture: looking, keeping it, and reading it back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from aionserver.domains.descriptions.tables import PictureFactsRow
from aionserver.infra.scope import Infra
from aionserver.models.objects import DetectedObject, ObjectDetector
from aionserver.models.ocr import TextLine, TextLines, TextReader
from aionserver.models.pixels import Pixels
from aionserver.models.safe_search import SafeSearch
from aionserver.models.tagging import ImageTags, Tag, Tagger

LOOKERS = (Tagger, ObjectDetector, TextReader, SafeSearch)


@dataclass(frozen=True)
class Seen:
    """What all networks saw in one picture. `safety_score` is 0 (harmless) to 1 (explicit).

    `hints` are scores of objects by label, also of those too unsure to be stated.
    """

    tags: ImageTags
    objects: tuple[DetectedObject, ...]
    hints: Mapping[str, float]
    text: TextLines
    safety_score: float


def look(infra: Infra, pixels: Pixels) -> Seen:
    """Run every network on a picture; for the thread of the networks."""
    surveyed = infra.model(ObjectDetector).survey(pixels)
    return Seen(
        tags=infra.model(Tagger).tag(pixels),
        objects=surveyed.objects,
        hints=surveyed.hints,
        text=infra.model(TextReader).read(pixels),
        safety_score=infra.model(SafeSearch).score(pixels),
    )


def looker_versions(infra: Infra) -> dict[str, str]:
    """The name and version of each network that looks."""
    models: list[Any] = [infra.model(contract) for contract in LOOKERS]
    return {model.name: model.version for model in models}


def as_columns(seen: Seen) -> dict[str, Any]:
    """What was seen, as columns of its row."""
    return {
        "probabilities": seen.tags.probabilities.astype("<f2").tobytes(),
        "tags": [asdict(tag) for tag in seen.tags.top],
        "objects": [asdict(found) for found in seen.objects],
        "hints": dict(seen.hints),
        "text_rows": [[asdict(line) for line in row] for row in seen.text.rows],
        "safety_score": seen.safety_score,
    }


def from_row(row: PictureFactsRow) -> Seen:
    """What was seen, read back."""
    probabilities = np.frombuffer(row.probabilities, dtype="<f2").astype(np.float32)
    rows = tuple(tuple(_line(line) for line in line_row) for line_row in row.text_rows)
    return Seen(
        tags=ImageTags(probabilities, tuple(Tag(**tag) for tag in row.tags)),
        objects=tuple(DetectedObject(**found) for found in row.objects),
        hints=row.hints,
        text=TextLines(rows),
        safety_score=row.safety_score,
    )


def _line(values: dict[str, Any]) -> TextLine:
    first, second, third, fourth = ((float(x), float(y)) for x, y in values["quad"])
    return TextLine(values["text"], values["confidence"], (first, second, third, fourth))
