"""Hostile pictures end in a clear error or a result, in bounded time and memory, and the sandbox goes on."""

import io
import json
import os
import random
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from aionserver.infra.sandbox import Sandbox
from aionserver.infra.sandbox_errors import SandboxError
from aionserver.kit.media_types import PICTURES, sniff
from aionserver.kit.picture_faults import PictureError
from aionserver.kit.pictures import DerivedPicture, derive

ROOT = Path(__file__).parents[3]
EVAL = ROOT / os.environ.get("AION_EVAL_DIR", "../shared/eval") / "hostile" / "dev"
needs_eval = pytest.mark.skipif(not EVAL.is_dir(), reason="the evaluation data is not here (AION_EVAL_DIR)")

TIMEOUT_SECONDS = 30
CODES = {"corrupt_file", "too_large", "unsupported_format", "timeout"}
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"]


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(preload=["aionserver.kit.pictures"]) as made:
        yield made


async def outcome(sandbox: Sandbox, source: bytes | str) -> str:
    """`ok` or the code of a clear error; anything else fails the test."""
    try:
        derived = await sandbox.run(derive, source, timeout_seconds=TIMEOUT_SECONDS)
    except (PictureError, SandboxError) as error:
        code, sentence = error.code, str(error)
    else:
        assert isinstance(derived, DerivedPicture)
        assert 0 < derived.width * derived.height <= 100_000_000
        return "ok"
    assert code in CODES
    assert sentence.endswith(".")
    return code


def hostile_files() -> list[Path]:
    """Every file of the collection that is a picture, or that Pillow once took for one."""
    if not EVAL.is_dir():
        return []
    rows = [json.loads(line) for line in (EVAL / "manifest.jsonl").read_text().splitlines()]
    paths = [EVAL / row["path"] for row in rows]
    return [path for path in paths if path.parent.name == "pillow" or sniff(path.read_bytes()) in PICTURES]


@needs_eval
@pytest.mark.parametrize("path", hostile_files(), ids=lambda path: path.name)
async def test_a_collected_hostile_file_is_answered_clearly(sandbox: Sandbox, path: Path) -> None:
    code = await outcome(sandbox, str(path))
    if path.suffix in {".sgi", ".j2k", ".fli", ".tga", ".ico", ".spider"}:
        assert code == "unsupported_format"
    if "truncated_jpeg" in path.name or "broken_data_stream" in path.name:
        assert code == "corrupt_file"
    if path.name == "decompression_bomb.gif":
        assert code == "too_large"


def small(format_name: str) -> bytes:
    picture = Image.linear_gradient("L").resize((64, 48)).convert("RGB")
    out = io.BytesIO()
    if format_name == "HEIF":
        pillow_heif.from_pillow(picture).save(out)
    else:
        exif = Image.Exif()
        exif[271] = "Camera"
        options: dict[str, Any] = {} if format_name == "GIF" else {"exif": exif.tobytes()}
        picture.save(out, format_name, **options)
    return out.getvalue()


@pytest.mark.parametrize("format_name", FORMATS)
async def test_a_picture_cut_anywhere_is_answered_clearly(sandbox: Sandbox, format_name: str) -> None:
    whole = small(format_name)
    cuts = sorted({len(whole) * share // 24 for share in range(24)} | {1, 2, 3, 11, len(whole) - 1})
    codes = [await outcome(sandbox, whole[:cut]) for cut in cuts]
    assert codes.count("corrupt_file") > len(cuts) // 2
    assert await outcome(sandbox, whole) == "ok"


@pytest.mark.parametrize("format_name", FORMATS)
async def test_a_picture_with_flipped_bits_is_answered_clearly(sandbox: Sandbox, format_name: str) -> None:
    dice, whole = random.Random(20), small(format_name)
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(dice.choice((1, 1, 3, 20))):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        await outcome(sandbox, bytes(damaged))
    assert await outcome(sandbox, whole) == "ok"


@pytest.mark.parametrize("format_name", FORMATS)
async def test_a_picture_with_noise_written_over_is_answered_clearly(sandbox: Sandbox, format_name: str) -> None:
    dice, whole = random.Random(21), small(format_name)
    for _ in range(25):
        start = dice.randrange(8, len(whole))
        noise = dice.randbytes(dice.randrange(1, 400))
        await outcome(sandbox, whole[:start] + noise + whole[start + len(noise) :])
    assert await outcome(sandbox, whole) == "ok"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes, colour_type: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


@cache
def deflated_zeros(length: int) -> bytes:
    squeeze, block = zlib.compressobj(1), bytes(1 << 20)
    whole = b"".join(squeeze.compress(block) for _ in range(length >> 20))
    return whole + squeeze.compress(bytes(length & 0xFFFFF)) + squeeze.flush()


def with_jpeg_size(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    whole = bytearray(small("JPEG"))
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


def with_gif_size(width: int, height: int) -> bytes:
    whole = bytearray(small("GIF"))
    whole[6:10] = struct.pack("<HH", width, height)
    frame = whole.index(b"\x2c\0\0\0\0")
    whole[frame + 5 : frame + 9] = struct.pack("<HH", width, height)
    return bytes(whole)


PIXELS = 64 * 48 * 3 + 48
BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "a PNG of a gigapixel": (lambda: png(40_000, 40_000, idat(1 << 20)), {"too_large"}),
    "a PNG of two sides of two billion": (lambda: png(2**31 - 1, 2**31 - 1), {"too_large"}),
    "a PNG one pixel high and far too wide": (lambda: png(200_000_000, 1), {"too_large"}),
    "a PNG with a quarter of a gigabyte of pixels too many": (lambda: png(64, 48, idat(1 << 28)), {"ok"}),
    "a PNG whose profile inflates to a quarter of a gigabyte": (
        lambda: png(64, 48, chunk(b"iCCP", b"x\0\0" + deflated_zeros(1 << 28)), idat(PIXELS)),
        {"ok", "corrupt_file"},
    ),
    "a PNG whose text inflates to a quarter of a gigabyte": (
        lambda: png(64, 48, chunk(b"zTXt", b"x\0\0" + deflated_zeros(1 << 28)), idat(PIXELS)),
        {"ok", "corrupt_file"},
    ),
    "a JPEG of four gigapixels": (lambda: with_jpeg_size(65_500, 65_500), {"too_large"}),
    "a GIF of four gigapixels": (lambda: with_gif_size(65_535, 65_535), {"too_large"}),
    "a PNG without any data": (lambda: png(64, 48), {"corrupt_file"}),
    "a PNG of no height": (lambda: png(64, 0), {"corrupt_file"}),
    "a JPEG of no height": (lambda: with_jpeg_size(64, 0), {"corrupt_file"}),
}


def idat(length: int) -> bytes:
    return chunk(b"IDAT", deflated_zeros(length))


@pytest.mark.parametrize("make, expected", BOMBS.values(), ids=BOMBS)
async def test_a_bomb_is_answered_clearly(sandbox: Sandbox, make: Callable[[], bytes], expected: set[str]) -> None:
    assert await outcome(sandbox, make()) in expected


async def test_a_gif_of_a_million_empty_frames_is_counted_to_a_bound(sandbox: Sandbox) -> None:
    start = small("GIF")[:-1]
    frame = b"\x2c" + bytes(4) + struct.pack("<HH", 1, 1) + b"\0\x02\x02\x44\x01\0"
    derived = await sandbox.run(derive, start + frame * 1_000_000 + b";", timeout_seconds=TIMEOUT_SECONDS)
    assert derived.frames == 10_000


async def test_an_exif_block_that_points_at_itself_is_harmless(sandbox: Sandbox) -> None:
    loop = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG", exif=loop)
    derived = await sandbox.run(derive, out.getvalue(), timeout_seconds=TIMEOUT_SECONDS)
    assert (derived.width, derived.captured_at, derived.place) == (40, None, None)


async def test_after_all_that_the_sandbox_still_works(sandbox: Sandbox) -> None:
    assert await outcome(sandbox, small("JPEG")) == "ok"
