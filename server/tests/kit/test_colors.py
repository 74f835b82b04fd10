"""Colour spaces, differences, names, families and palettes, checked against known values."""

import colorsys
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from aionserver.kit.color_names import named_colors, nearest_names
from aionserver.kit.color_spaces import (
    ciede2000,
    hex_from_rgb,
    hsl_from_rgb,
    lab_from_rgb,
    rgb_from_hex,
    rgb_from_lab,
)
from aionserver.kit.colors import analyse, family
from aionserver.kit.palettes import palette

ROOT = Path(__file__).parents[3]
EVAL = ROOT / os.environ.get("AION_EVAL_DIR", "../shared/eval") / "colour" / "dev"
needs_eval = pytest.mark.skipif(not EVAL.is_dir(), reason="the evaluation data is not here (AION_EVAL_DIR)")

RANDOM = np.random.default_rng(7).integers(0, 256, (2000, 3), dtype=np.uint8)

FAMILIES = {
    "neutral": "FFFFFF 808080 000000 F5F5DC",
    "earth_tone": "C4A87C 8B4513 D2691E A0522D",
    "warm": "FF6347 FFA500 DC143C",
    "cool": "4169E1 008080 2E8B57 9370DB",
    "metallic": "FFD700 B87333 C0C0C0 B5A642",
    "pastel": "FFB6C1 ADD8E6 98FB98 FFDAB9",
    "vibrant": "FF1493 00FF00 FF4500 8A2BE2",
}


def stripes(*shares: tuple[str, int]) -> NDArray[np.uint8]:
    """A picture of horizontal stripes, each so many rows high and 60 wide."""
    rows = [np.tile(rgb_from_hex(code), (height, 60, 1)) for code, height in shares]
    return np.concatenate(rows)


def test_every_colour_survives_the_way_to_lab_and_back() -> None:
    assert (rgb_from_lab(lab_from_rgb(RANDOM)) == RANDOM).all()


def test_lab_of_known_colours_is_right() -> None:
    assert lab_from_rgb([255, 255, 255]) == pytest.approx([100, 0, 0], abs=0.01)
    assert lab_from_rgb([255, 0, 0]) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


def test_hsl_agrees_with_the_standard_library() -> None:
    expected = np.array([colorsys.rgb_to_hls(*(row / 255.0)) for row in RANDOM])[:, [0, 2, 1]]
    assert hsl_from_rgb(RANDOM) == pytest.approx(expected * [360, 100, 100], abs=1e-6)


def test_hex_codes_are_read_in_all_their_forms() -> None:
    assert hex_from_rgb(rgb_from_hex("#ff6347")) == hex_from_rgb(rgb_from_hex("FF6347")) == "#FF6347"
    assert list(rgb_from_hex("#0f8")) == [0, 255, 136]


@pytest.mark.parametrize("code", ["", "#12345", "red", "#GGGGGG", "#1234567", "# 1234"])
def test_other_text_is_no_hex_code(code: str) -> None:
    with pytest.raises(ValueError, match="#RRGGBB"):
        rgb_from_hex(code)


def test_a_colour_gets_the_nearest_name() -> None:
    codes = np.stack([rgb_from_hex(code) for code in ("FE0101", "010101", "87CEEA", "B5A642", "F9F9FE")])
    assert nearest_names(lab_from_rgb(codes)) == ["red", "black", "sky blue", "brass", "ghost white"]


def test_a_name_is_found_in_any_spelling() -> None:
    assert (named_colors("Slate-Grey") == named_colors("slategray")).all()
    assert "#708090" in {hex_from_rgb(shade) for shade in named_colors("slate gray")}
    assert named_colors("no such colour").shape == (0, 3)


@pytest.mark.parametrize("expected, codes", FAMILIES.items())
def test_typical_colours_fall_into_their_family(expected: str, codes: str) -> None:
    assert {family(lab_from_rgb(rgb_from_hex(code))) for code in codes.split()} == {expected}


def test_a_flat_palette_comes_out_exactly() -> None:
    found = palette(stripes(("FF0000", 60), ("0000FF", 30), ("FFA500", 10)), 16)
    assert [hex_from_rgb(swatch.rgb) for swatch in found] == ["#FF0000", "#0000FF", "#FFA500"]
    assert [swatch.share for swatch in found] == pytest.approx([0.6, 0.3, 0.1])


def test_shades_of_one_colour_are_merged() -> None:
    found = palette(stripes(("3060C0", 40), ("3262C3", 30), ("2E5DBC", 30)), 16)
    assert len(found) == 1


def test_the_upper_bound_is_kept_and_shares_add_up() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    found = palette(noise, 5)
    assert len(found) <= 5
    assert sum(swatch.share for swatch in found) == pytest.approx(1)


def test_transparent_pixels_do_not_count() -> None:
    pixels = stripes(("FFFFFF", 50), ("008000", 50))
    visible = np.zeros(pixels.shape[:2], dtype=np.bool_)
    visible[50:] = True
    assert [hex_from_rgb(swatch.rgb) for swatch in palette(pixels, 16, visible)] == ["#008000"]


def test_the_same_picture_always_gives_the_same_analysis() -> None:
    noise = np.random.default_rng(4).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    assert analyse(noise) == analyse(noise.copy())


def test_a_single_pixel_has_an_analysis() -> None:
    analysis = analyse(np.array([[[12, 200, 90]]], dtype=np.uint8))
    assert [color["hex"] for color in analysis["dominant_colors"]] == ["#0CC85A"]


def test_an_analysis_has_the_shape_of_the_contract() -> None:
    analysis = analyse(stripes(("FF0000", 75), ("FFFFFF", 25)))
    assert json.loads(json.dumps(analysis)) == analysis
    assert analysis["version"] == "1.0"
    first = analysis["dominant_colors"][0]
    assert first == {
        "rank": 1,
        "percentage": 75.0,
        "hex": "#FF0000",
        "name": "red",
        "family": "vibrant",
        "rgb": {"r": 255, "g": 0, "b": 0},
        "hsl": {"h": 0.0, "s": 100.0, "l": 50.0},
        "lab": {"l": 53.24, "a": 80.09, "b": 67.2},
    }
    assert analysis["dominant_colors"][1]["rank"] == 2


@pytest.mark.parametrize(
    "code, temperature, brightness, saturation",
    [
        ("FFA500", "warm", "bright", "vivid"),
        ("1E50A0", "cool", "medium", "vivid"),
        ("202020", "neutral", "dark", "muted"),
        ("A08C78", "warm", "medium", "muted"),
    ],
)
def test_a_mood_is_named(code: str, temperature: str, brightness: str, saturation: str) -> None:
    analytics = analyse(stripes((code, 20)))["analytics"]
    named = (analytics["temperature"]["value"], analytics["brightness"]["category"])
    assert (*named, analytics["saturation"]["category"]) == (temperature, brightness, saturation)


def flag_recall(path_of: Callable[[dict[str, str]], str]) -> float:
    """The mean share of a flag's true colours that its palette holds within a CIEDE2000 of 10."""
    recalls: list[float] = []
    for line in (EVAL / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        with Image.open(EVAL / path_of(row)) as image:
            pixels = np.asarray(image.convert("RGBA"))
        found = palette(np.ascontiguousarray(pixels[..., :3]), 16, pixels[..., 3] > 127)
        truth = lab_from_rgb([rgb_from_hex(color["hex"]) for color in row["gt"]["palette"]])
        apart = ciede2000(truth[:, None], lab_from_rgb([swatch.rgb for swatch in found])[None])
        recalls.append(float((apart.min(axis=1) <= 10).mean()))
    return float(np.mean(recalls))


@needs_eval
def test_flags_give_back_their_colours_flat_and_shaded() -> None:
    assert flag_recall(lambda row: row["path"]) == 1.0
    assert flag_recall(lambda row: row["shaded_path"]) >= 0.99
