"""Pictures and networks that the tests of models share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from aionserver.models.bundled import load_bundled, load_deterministic
from aionserver.models.pixels import Pixels

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def networks() -> dict[type, Any]:
    """The bundled networks, loaded once."""
    return load_bundled(1)


@pytest.fixture(scope="session")
def stand_ins() -> dict[type, Any]:
    """The deterministic implementations."""
    return load_deterministic()


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of captioned photos, or a skip that says why."""
    folder = Path(os.environ.get("AION_EVAL_DIR", REPOSITORY.parent / "shared" / "eval"))
    if not (folder / "img_captions_coco").is_dir():
        pytest.skip(f"no evaluation data in {folder}: set AION_EVAL_DIR")
    return folder / "img_captions_coco" / "dev" / "files"


@pytest.fixture(scope="session")
def opened() -> Callable[[Path], Pixels]:
    """Opens a photo as pixels."""

    def open_photo(path: Path) -> Pixels:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB"))

    return open_photo


@pytest.fixture(scope="session")
def page() -> Callable[[list[str]], Pixels]:
    """Prints lines on a white page."""

    def print_page(lines: list[str]) -> Pixels:
        image = Image.new("RGB", (640, 480), "white")
        draw, font = ImageDraw.Draw(image), ImageFont.load_default(40)
        for number, line in enumerate(lines):
            draw.text((30, 30 + number * 60), line, "black", font)
        return np.asarray(image)

    return print_page
