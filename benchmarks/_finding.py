"""How well captions find their photos: the bare methods against ours, on one pool in one run.

R@1, R@5, R@10 and MRR over the 400 captions of 80 photos, alone and with 64 more photos as distractors;
for our fusion also with weights refitted by 5-fold cross-validation over photos.
"""

import json
import os
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aionserver.kit import colors, ranking
from aionserver.kit.search_queries import SearchQuery
from aionserver.models.captioning import Describer, PictureFacts
from aionserver.models.image_embedding import ImageEmbedder, SearchablePicture
from aionserver.models.labels import IMAGENET
from aionserver.models.objects import ObjectDetector
from aionserver.models.ocr import TextReader
from aionserver.models.pixels import Pixels
from aionserver.models.tagging import ImageTags, Tagger
from aionserver.models.text_embedding import TextEmbedder

EVAL = Path(os.environ.get("AION_EVAL_DIR", Path(__file__).resolve().parents[2] / "shared" / "eval"))
CAPTIONS, OBJECTS = "img_captions_coco", "img_objects_coco128"
FITTED = ("words", "labels", "tags")
FOLDS = 5
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Photo:
    """A photo of the sets with what the networks say of it."""

    id: str
    captions: tuple[str, ...]
    object_names: frozenset[str]
    seen: SearchablePicture
    candidate: ranking.Candidate
    vectors: dict[str, NDArray[np.float32]]


def print_finding(models: dict[type, Any], cache: Path | None) -> None:
    """Print the table; `cache` keeps what the networks said from run to run."""
    photos = _photos(models, cache)
    queries = [(caption, index) for index, photo in enumerate(photos) for caption in photo.captions]
    captioned = [index for index, photo in enumerate(photos) if photo.captions]
    print(f"{len(queries)} captions; pools of {len(captioned)} and {len(photos)} photos; R@1 R@5 R@10 MRR")
    for name, scores in _methods(models, photos, queries):
        both = [_measured(scores, queries, pool) for pool in (captioned, list(range(len(photos))))]
        print(f"{name:48}" + "   |   ".join("  ".join(f"{value:.3f}" for value in figures) for figures in both))


def _photos(models: dict[type, Any], cache: Path | None) -> list[Photo]:
    """The photos of both sets; the cache keeps what the networks saw, not what is made of it."""
    rows = [pair for name in (CAPTIONS, OBJECTS) for pair in rows_of(name)]
    if cache and cache.exists():
        seen = pickle.loads(cache.read_bytes())
    else:
        seen = [_seen(models, folder / row["path"]) for row, folder in rows]
        if cache:
            cache.write_bytes(pickle.dumps(seen))
    return [_photo(models, row, *found) for (row, _), found in zip(rows, seen, strict=True)]


def rows_of(name: str) -> list[tuple[dict[str, Any], Path]]:
    """The rows of a set's manifest, each with the folder that its path starts in."""
    folder = EVAL / name / "dev"
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [(json.loads(line), folder) for line in lines]


def _seen(models: dict[type, Any], path: Path) -> tuple[PictureFacts, ImageTags, Mapping[str, float]]:
    image = opened(path)
    tags, surveyed = models[Tagger].tag(image), models[ObjectDetector].survey(image)
    height, width = image.shape[:2]
    colours = colors.analyse(image)
    facts = PictureFacts(
        width=width,
        height=height,
        tags=tags.top,
        objects=surveyed.objects,
        text=models[TextReader].read(image),
        colours=tuple((colour["name"], colour["percentage"]) for colour in colours["dominant_colors"]),
        brightness=colours["analytics"]["brightness"]["average"],
    )
    return facts, tags, surveyed.hints


def _photo(
    models: dict[type, Any], row: dict[str, Any], facts: PictureFacts, tags: ImageTags, hints: Mapping[str, float]
) -> Photo:
    description = models[Describer].describe(facts)
    seen = SearchablePicture(tags, facts.objects, description.text, hints)
    candidate = ranking.Candidate(
        id=row["id"],
        tags=description.tags,
        objects=tuple(dict.fromkeys(thing.label for thing in facts.objects)),
        description=description.text,
        visible_text=description.visible_text,
    )
    vectors = models[ImageEmbedder].embed_picture(seen)
    captions = tuple(row["gt"].get("captions", ()))
    return Photo(row["id"], captions, frozenset(row["gt"]["objects"]), seen, candidate, vectors)


def opened(path: Path) -> Pixels:
    """The photo upright as RGB."""
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


def _methods(
    models: dict[type, Any], photos: Sequence[Photo], queries: Sequence[tuple[str, int]]
) -> list[tuple[str, Matrix]]:
    texts: TextEmbedder = models[TextEmbedder]
    asked = texts.embed([caption for caption, _ in queries])
    bare_words = (asked @ texts.embed([_bare_words(photo) for photo in photos]).T).astype(float)
    bare_labels = _soft_labels(texts, asked, photos)
    signals = _signals(models[ImageEmbedder], photos, [caption for caption, _ in queries])
    weighed = _weighed(signals, ranking.WEIGHTS)
    return [
        ("bare: words", bare_words),
        ("bare: soft labels", bare_labels),
        ("bare: z-score fusion, soft labels at a tenth", _z(bare_words) + 0.1 * _z(bare_labels)),
        ("ours: words vector alone", signals["words"]),
        ("ours: labels vector alone", signals["labels"]),
        ("ours: ranking as it ships", weighed),
        ("ours: ranking, weights cross-validated", _cross_validated(models, photos, queries, signals)),
    ]


def _bare_words(photo: Photo) -> str:
    tags = [tag.label for tag in photo.seen.tags.top[:5] if tag.confidence >= 0.1]
    return ", ".join(dict.fromkeys([*(thing.label for thing in photo.seen.objects), *tags]))


def _soft_labels(texts: TextEmbedder, asked: NDArray[np.float32], photos: Sequence[Photo]) -> Matrix:
    near = asked @ texts.embed([label.name for label in IMAGENET]).T
    kept = np.where(near >= np.sort(near, axis=1)[:, -12][:, None], np.maximum(near, 0), 0)
    roots = np.sqrt(np.stack([photo.seen.tags.probabilities for photo in photos]))
    return (_unit(kept) @ _unit(roots).T).astype(float)


def _unit(rows: NDArray[Any]) -> NDArray[Any]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _z(scores: Matrix) -> Matrix:
    return (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)


def _signals(embedder: ImageEmbedder, photos: Sequence[Photo], queries: Sequence[str]) -> dict[str, Matrix]:
    """Every signal of the ranking as a matrix of queries by photos."""
    values = {name: np.zeros((len(queries), len(photos))) for name in ranking.WEIGHTS}
    for at, text in enumerate(queries):
        query, vectors = SearchQuery.of(text), embedder.embed_query(text)
        for place, photo in enumerate(photos):
            near = {name: float(vector @ photo.vectors[name]) for name, vector in vectors.items()}
            found = ranking.signals(query, replace(photo.candidate, similarities=near)).values
            for name, value in found.items():
                values[name][at, place] = value
    values["bias"][:] = 1.0
    return values


def _weighed(signals: dict[str, Matrix], weights: Any) -> Matrix:
    return sum((weights[name] * value for name, value in signals.items()), np.zeros(1))


def _cross_validated(
    models: dict[type, Any], photos: Sequence[Photo], queries: Sequence[tuple[str, int]], signals: dict[str, Matrix]
) -> Matrix:
    """Scores of queries whose own photo, and of whose fold all photos, had no part in the fit."""
    names = sorted({name for photo in photos for name in photo.object_names})
    of_names = _signals(models[ImageEmbedder], photos, names)
    truths = np.array([[name in photo.object_names for photo in photos] for name in names], float)
    own = np.array([[place == index for place in range(len(photos))] for _, index in queries], float)
    folds = np.random.default_rng(0).integers(0, FOLDS, len(photos))
    query_folds = folds[[index for _, index in queries]]
    scores = np.zeros_like(own)
    for fold in range(FOLDS):
        seen = folds != fold
        sets = [(signals, own, query_folds != fold), (of_names, truths, np.ones(len(names), bool))]
        fitted = _fitted([(values, truth, rows, seen) for values, truth, rows in sets])
        held_out = query_folds == fold
        scores[held_out] = _weighed(signals, {**ranking.WEIGHTS, **fitted})[held_out]
        print(f"fold {fold}: " + ", ".join(f"{name} {value:.1f}" for name, value in fitted.items()))
    return scores


def _fitted(sets: Sequence[tuple[dict[str, Matrix], Matrix, Any, Any]], prior: float = 0.1) -> dict[str, float]:
    """Logistic weights of the fitted signals, each set weighing alike with `prior` of it positive."""
    columns = ("bias", *FITTED)
    parts: list[tuple[Matrix, Matrix, Matrix]] = []
    for values, truth, queries, photos in sets:
        rows = np.stack([values[name][queries][:, photos].ravel() for name in columns], axis=1)
        target = truth[queries][:, photos].ravel()
        share = target * prior / target.sum() + (1 - target) * (1 - prior) / (1 - target).sum()
        parts.append((rows, target, share))
    joined = [np.concatenate([part[place] for part in parts]) for place in range(3)]
    return dict(zip(columns, _newton(*joined), strict=True))


def _newton(rows: Matrix, targets: Matrix, weights: Matrix) -> list[float]:
    found = np.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (weights * (chance - targets))
        curve = (rows * (weights * chance * (1 - chance))[:, None]).T @ rows
        found = found - np.linalg.solve(curve + 1e-6 * np.eye(len(found)), slope)
    return found.tolist()


def _measured(scores: Matrix, queries: Sequence[tuple[str, int]], pool: list[int]) -> tuple[float, ...]:
    """R@1, R@5, R@10 and MRR within a pool; ties count half."""
    found = [(scores[at, pool], scores[at, index]) for at, (_, index) in enumerate(queries)]
    places = np.array([(row > own).sum() + ((row == own).sum() - 1) / 2 for row, own in found])
    recalls = [float((places < first).mean()) for first in (1, 5, 10)]
    return (*recalls, float((1 / (1 + places)).mean()))
