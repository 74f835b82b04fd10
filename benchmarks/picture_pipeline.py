"""What the picture pipeline costs, alone and through the sandbox, and how well its palettes hold flags' colours.

python benchmarks/picture_pipeline.py [--rounds 5]
"""

import argparse
import asyncio
import io
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aionserver.infra.sandbox import Sandbox
from aionserver.kit.color_spaces import ciede2000, lab_from_rgb, rgb_from_hex
from aionserver.kit.colors import analyse
from aionserver.kit.palettes import palette
from aionserver.kit.pictures import derive

ROOT = Path(__file__).parents[1]
EVAL = ROOT / os.environ.get("AION_EVAL_DIR", "../shared/eval")
SIZES = {"12 MP JPEG": (4032, 3024), "24 MP JPEG": (6000, 4000), "50 MP JPEG": (8192, 6144)}
NEAR_DELTA_E = 10.0


def jpeg(photo: Image.Image, size: tuple[int, int]) -> bytes:
    """The photo blown up, with sensor-like noise so that it weighs what a camera's file does."""
    large = np.asarray(photo.resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
    dice = np.random.default_rng(0)
    large += dice.normal(0, 4, (size[1], size[0], 1)).astype(np.int16)
    out = io.BytesIO()
    Image.fromarray(np.clip(large, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=88)
    return out.getvalue()


def photos() -> list[Path]:
    return sorted((EVAL / "img_captions_coco" / "dev" / "files").glob("*.jpg"))


def source_photo() -> Image.Image:
    """A real photo where the evaluation data is, otherwise a made-up scene."""
    found = photos()
    if found:
        with Image.open(found[0]) as image:
            return image.convert("RGB")
    levels = np.random.default_rng(1).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(levels).resize((640, 480), Image.Resampling.BICUBIC)


def milliseconds(call: Callable[[], Any], rounds: int) -> float:
    """The median time of a call after one to warm up."""
    call()
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


async def async_milliseconds(call: Callable[[], Awaitable[Any]], rounds: int) -> float:
    await call()
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        await call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


async def report_times(rounds: int) -> None:
    photo = source_photo()
    cases = {name: jpeg(photo, size) for name, size in SIZES.items()}
    cases = {"640x480 JPEG": jpeg(photo, (640, 480))} | cases
    async with Sandbox(preload=["aionserver.kit.pictures"]) as sandbox:
        start = time.perf_counter()
        await sandbox.warm()
        print(f"sandbox warm after {(time.perf_counter() - start) * 1000:.0f} ms")
        for name, data in cases.items():
            alone = milliseconds(lambda data=data: derive(data), rounds)
            boxed = await async_milliseconds(lambda data=data: sandbox.run(derive, data, timeout_seconds=60), rounds)
            print(f"{name:14} {len(data) / 1e6:5.1f} MB  alone {alone:5.0f} ms  in the sandbox {boxed:5.0f} ms")
        status = await sandbox.run(Path.read_text, Path("/proc/self/status"), timeout_seconds=5)
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(f"the child's memory at its highest {int(peak) / 1024:.0f} MB")
    pixels = np.asarray(photo)
    print(f"colour analysis {milliseconds(lambda: analyse(pixels), rounds):.1f} ms")


def report_photos() -> None:
    paths = photos()
    if not paths:
        print(f"no photos: the evaluation data is not at {EVAL}")
        return
    start = time.perf_counter()
    for path in paths:
        derive(path)
    print(f"{len(paths)} photos, {(time.perf_counter() - start) * 1000 / len(paths):.0f} ms each")


def report_flags() -> None:
    folder = EVAL / "colour" / "dev"
    if not folder.is_dir():
        print(f"no flags: the evaluation data is not at {EVAL}")
        return
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    for kind, path_name in (("flat", "path"), ("shaded", "shaded_path")):
        found = [flag_scores(folder, row if path_name == "path" else row | {"path": row[path_name]}) for row in rows]
        recall, colors = np.mean(found, axis=0)
        print(f"flags, {kind}: {recall:.3f} of true colours within {NEAR_DELTA_E:g}, {colors:.1f} colours each")


def flag_scores(folder: Path, row: dict[str, Any]) -> tuple[float, float]:
    """The share of true colours found, and how many colours were given."""
    with Image.open(folder / row["path"]) as image:
        pixels = np.asarray(image.convert("RGBA"))
    swatches = palette(np.ascontiguousarray(pixels[..., :3]), 16, pixels[..., 3] > 127)
    truth = lab_from_rgb([rgb_from_hex(color["hex"]) for color in row["gt"]["palette"]])
    apart = ciede2000(truth[:, None], lab_from_rgb([swatch.rgb for swatch in swatches])[None])
    return float((apart.min(axis=1) <= NEAR_DELTA_E).mean()), float(len(swatches))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    asyncio.run(report_times(rounds))
    report_photos()
    report_flags()


if __name__ == "__main__":
    main()
