"""`imagenet.tsv` and `coco.tsv` as values."""

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class ImageNetLabel:
    """A class of whole pictures; `setting` is a phrase like "by a lake" where the class is a place."""

    name: str
    kinds: tuple[str, ...]
    setting: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectLabel:
    """A class of objects; `words` are said for it or with it, `scene` of its surroundings."""

    name: str
    plural: str
    kinds: tuple[str, ...]
    words: tuple[str, ...]
    scene: tuple[str, ...]


def _rows(name: str, columns: int) -> list[list[str]]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [row + [""] * (columns - len(row)) for row in rows]


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(", ") if part)


def _imagenet() -> tuple[ImageNetLabel, ...]:
    return tuple(
        ImageNetLabel(name, _listed(kinds), setting, _listed(words))
        for name, kinds, setting, words in _rows("imagenet.tsv", 4)
    )


def _coco() -> dict[int, ObjectLabel]:
    rows = _rows("coco.tsv", 6)
    return {
        int(number): ObjectLabel(name, plural, _listed(kinds), _listed(words), tuple(scene.split()))
        for number, name, plural, kinds, words, scene in rows
    }


IMAGENET = _imagenet()
COCO_BY_ID = _coco()
COCO_BY_NAME = {label.name: label for label in COCO_BY_ID.values()}
