"""How true palettes are and how well searches by colour rank, on flags whose colours are known, beside bare k-means.

AION_EVAL_DIR=../shared/eval python benchmarks/color_quality.py [--clusters 16]

Recall is the share of a flag's area whose true colour is in its palette within a CIEDE2000 of 5; precision the share
of the palette's colours, by area, that are within 5 of a true one. Ranking: the flags that have at least a tenth of a
colour, by its hex code and by its name, as mean average precision and R-precision.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from _served import EVAL, print_machine
from numpy.typing import NDArray
from PIL import Image

from aionserver.kit.color_matching import Matches, Named, Wanted, stored_colors
from aionserver.kit.color_names import kinds_of, named_colors
from aionserver.kit.color_spaces import Floats, ciede2000, lab_from_rgb, rgb_from_hex
from aionserver.kit.colors import analyse
from aionserver.kit.palettes import palette

FOLDER = EVAL / "colour" / "dev"
NEAR = 5.0
SAMPLE_SIDE = 128
ROUNDS = 20
THRESHOLD = 40.0
LEAST_PERCENTAGE = 4.0
# Recall and precision.
GOALS = {"flat": (1.0, 0.99), "shaded": (0.959, 0.742)}
Pixels = NDArray[np.uint8]
# Colours (n, 3) in sRGB and their shares (n,).
Found = tuple[Pixels, Floats]


def opened(path: Path) -> tuple[Pixels, NDArray[np.bool_]]:
    """A flag's pixels, and which of them are opaque."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGBA"))
    return np.ascontiguousarray(pixels[..., :3]), pixels[..., 3] > 127


def ours(pixels: Pixels, visible: NDArray[np.bool_], most: int) -> Found:
    """The palette of the product."""
    swatches = palette(pixels, 16, visible)
    return np.array([one.rgb for one in swatches], dtype=np.uint8), np.array([one.share for one in swatches])


def bare(pixels: Pixels, visible: NDArray[np.bool_], most: int) -> Found:
    """k-means in Lab over a sample, from pixels drawn as k-means++ does."""
    step = max(1, max(pixels.shape[:2]) // SAMPLE_SIDE)
    picked = pixels[::step, ::step][visible[::step, ::step]]
    lab, dice = lab_from_rgb(picked), np.random.default_rng(0)
    centres = lab[dice.choice(len(lab), 1)]
    while len(centres) < most:
        far = ((lab[:, None] - centres[None]) ** 2).sum(axis=-1).min(axis=1)
        if not far.any():
            break
        centres = np.concatenate([centres, lab[dice.choice(len(lab), 1, p=far / far.sum())]])
    for _ in range(ROUNDS):
        owner = np.argmin(((lab[:, None] - centres[None]) ** 2).sum(axis=-1), axis=1)
        kept = np.unique(owner)
        centres = np.stack([lab[owner == one].mean(axis=0) for one in kept])
    owner = np.argmin(((lab[:, None] - centres[None]) ** 2).sum(axis=-1), axis=1)
    kept = np.unique(owner)
    means = np.stack([picked[owner == one].mean(axis=0) for one in kept])
    return np.rint(means).astype(np.uint8), np.array([(owner == one).mean() for one in kept])


def scores(rows: Sequence[Mapping[str, Any]], path: str, method: Callable[..., Found], most: int) -> tuple[float, ...]:
    """Recall and precision by area, and the number of colours, as means over the flags."""
    kept: list[tuple[float, float, float]] = []
    for row in rows:
        truth = lab_from_rgb(np.stack([rgb_from_hex(color["hex"]) for color in row["gt"]["palette"]]))
        area = np.array([color["fraction"] for color in row["gt"]["palette"]])
        found, shares = method(*opened(FOLDER / row[path]), most)
        apart = ciede2000(truth[:, None], lab_from_rgb(found)[None])
        recall = area[apart.min(axis=1) <= NEAR].sum() / area.sum()
        precision = shares[apart.min(axis=0) <= NEAR].sum() / shares.sum()
        kept.append((float(recall), float(precision), len(found)))
    return tuple(float(one) for one in np.mean(kept, axis=0))


def ranked(stored: Mapping[str, bytes], wanted: Wanted) -> list[str]:
    """The flags in the order of a search."""
    matches, names = Matches(wanted), list(stored)
    for packed in stored.values():
        matches.add(packed)
    return [names[one.file_id.int] for one in matches.page(0, len(stored))[0]]


def ranking(rows: Sequence[Mapping[str, Any]], path: str, by: str) -> tuple[float, float]:
    """Mean average precision and R-precision of the searches."""
    stored: dict[str, bytes] = {}
    for number, row in enumerate(rows):
        colors = analyse(*_arguments(opened(FOLDER / row[path])))["dominant_colors"]
        large = [color for color in colors if color["percentage"] >= LEAST_PERCENTAGE]
        stored[row["id"]] = b"".join(one.packed for one in stored_colors(UUID(int=number), large))
    relevant: dict[str, set[str]] = {}
    for line in (FOLDER / "qrels.tsv").read_text().splitlines()[1:]:
        query, flag, score = line.split("\t")
        if int(score):
            relevant.setdefault(query, set()).add(flag)
    kept: list[tuple[float, float]] = []
    for line in (FOLDER / "queries.jsonl").read_text().splitlines():
        query = json.loads(line)
        order, right = ranked(stored, wanted_by(by, query)), relevant[query["_id"]]
        hits = [flag in right for flag in order]
        precisions = [sum(hits[: place + 1]) / (place + 1) for place, hit in enumerate(hits) if hit]
        kept.append((sum(precisions) / len(right), sum(hits[: len(right)]) / len(right)))
    average, at_r = np.mean(kept, axis=0)
    return float(average), float(at_r)


def _arguments(found: tuple[Pixels, NDArray[np.bool_]]) -> tuple[Pixels, int, NDArray[np.bool_]]:
    return found[0], 16, found[1]


def wanted_by(by: str, query: Mapping[str, str]) -> Wanted:
    """A search by the query's hex code or by its name."""
    if by == "hex":
        return Wanted(THRESHOLD, near=rgb_from_hex(query["hex"])[None])
    return Wanted(THRESHOLD, named=Named(named_colors(query["text"]), frozenset(kinds_of(query["text"]))))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=16, help="of the bare k-means")
    options = parser.parse_args()
    if not FOLDER.is_dir():
        print(f"skipped: no evaluation data in {FOLDER} (set AION_EVAL_DIR)")
        return
    print_machine()
    rows = [json.loads(line) for line in (FOLDER / "manifest.jsonl").read_text().splitlines()]
    found: dict[str, tuple[float, ...]] = {}
    for kind, path in (("flat", "path"), ("shaded", "shaded_path")):
        for name, method in (("bare k-means", bare), ("ours", ours)):
            recall, precision, count = found[f"{name} {kind}"] = scores(rows, path, method, options.clusters)
            print(f"{kind:8}{name:14} recall {recall:.3f}  precision {precision:.3f}  colours {count:.1f}")
    for kind, path in (("flat", "path"), ("shaded", "shaded_path")):
        for by in ("hex", "name"):
            average, at_r = ranking(rows, path, by)
            print(f"{kind:8}search by {by:5} MAP {average:.3f}  R-precision {at_r:.3f}")
    for kind, (least_recall, least_precision) in GOALS.items():
        recall, precision, _ = found[f"ours {kind}"]
        verdict = "holds" if recall >= least_recall and precision >= least_precision else "is missed"
        print(f"goal, {kind}: recall >= {least_recall}, precision >= {least_precision}: {verdict}")


if __name__ == "__main__":
    main()
