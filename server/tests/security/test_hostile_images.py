"""Hostile pictures end in a clear error or a result, in bounded time and memory, and the sandbox goes on.

AIONVISION_TEST_HOSTILE=long adds pictures that take seconds each, tries random damage forty times as often, and
prints what each bomb cost.
"""

import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from security import hostile_pictures as made
from security.child_memory import Watch, parsers_of, tell

from aionserver.infra.sandbox import Sandbox
from aionserver.infra.sandbox_errors import SandboxError
from aionserver.kit.picture_faults import PictureError
from aionserver.kit.pictures import DerivedPicture, derive

LONG = os.environ.get("AIONVISION_TEST_HOSTILE") == "long"
TIMEOUT_SECONDS = 30
MEMORY_BYTES = 1 << 30
CODES = {"corrupt_file", "too_large", "unsupported_format", "timeout"}
KINDS = sorted(made.seeds())
# Without a database of past examples and with fixed ones, a run is the same on every machine.
often = settings(max_examples=1000 if LONG else 25, derandomize=not LONG, deadline=None, database=None)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    before = set(parsers_of(os.getpid()))
    async with Sandbox(memory_bytes=MEMORY_BYTES, preload=["aionserver.kit.pictures"]) as opened:
        yield opened
    assert set(parsers_of(os.getpid())) <= before


async def outcome(sandbox: Sandbox, source: bytes) -> str:
    """`ok` or the code of a clear error; anything else fails the test."""
    try:
        derived = await sandbox.run(derive, source, timeout_seconds=TIMEOUT_SECONDS)
    except (PictureError, SandboxError) as error:
        code, sentence = error.code, str(error)
    else:
        assert isinstance(derived, DerivedPicture)
        assert 0 < derived.width * derived.height <= 100_000_000
        assert 1 <= derived.frames <= 10_000
        return "ok"
    assert code in CODES
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return code


@pytest.mark.parametrize("kind", KINDS)
async def test_a_whole_picture_is_read_if_its_kind_is_taken(sandbox: Sandbox, kind: str) -> None:
    assert await outcome(sandbox, made.seeds()[kind]) == ("unsupported_format" if kind in made.UNKNOWN else "ok")


@pytest.mark.parametrize("kind", KINDS)
@often
@given(share=st.floats(0, 1, exclude_max=True))
async def test_a_picture_cut_anywhere_is_answered_clearly(sandbox: Sandbox, kind: str, share: float) -> None:
    whole = made.seeds()[kind]
    await outcome(sandbox, whole[: int(len(whole) * share)])


FLIPS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=20)


@pytest.mark.parametrize("kind", KINDS)
@often
@given(flips=FLIPS)
async def test_a_picture_with_flipped_bits_is_answered_clearly(
    sandbox: Sandbox, kind: str, flips: list[tuple[float, int]]
) -> None:
    damaged = bytearray(made.seeds()[kind])
    for share, bit in flips:
        damaged[int(len(damaged) * share)] ^= 1 << bit
    await outcome(sandbox, bytes(damaged))


@pytest.mark.parametrize("kind", KINDS)
@often
@given(share=st.floats(0, 1), noise=st.binary(min_size=1, max_size=400), over=st.booleans())
async def test_a_picture_with_noise_in_it_is_answered_clearly(
    sandbox: Sandbox, kind: str, share: float, noise: bytes, over: bool
) -> None:
    whole = made.seeds()[kind]
    at = int(len(whole) * share)
    await outcome(sandbox, whole[:at] + noise + whole[at + len(noise) * over :])


Case = tuple[Callable[[], bytes], set[str]]
OK, DAMAGED, HUGE = {"ok"}, {"corrupt_file"}, {"too_large"}
BOMBS: dict[str, Case] = {
    "a PNG of 3.6 gigapixels": (lambda: made.png(60_000, 60_000, idat(1 << 20)), HUGE),
    "a PNG of two sides of two billion": (lambda: made.png(2**31 - 1, 2**31 - 1), HUGE),
    "a PNG one pixel high and far too wide": (lambda: made.png(200_000_000, 1), HUGE),
    "a PNG with a quarter of a gigabyte of pixels too many": (lambda: made.png(64, 48, idat(1 << 28)), OK),
    "a PNG whose profile inflates to a quarter of a gigabyte": (lambda: small_png(b"iCCP", b"x\0\0"), DAMAGED),
    "a PNG whose text inflates to a quarter of a gigabyte": (lambda: small_png(b"zTXt", b"x\0\0"), DAMAGED),
    "a PNG whose long text inflates as far": (lambda: small_png(b"iTXt", b"x\0\1\0\0\0"), DAMAGED),
    "a PNG of many texts that inflate together": (
        lambda: made.small_png(*[made.chunk(b"zTXt", b"x\0\0" + made.deflated_zeros(1_000_000))] * 300),
        DAMAGED,
    ),
    "a PNG of a million empty chunks": (lambda: made.small_png(made.chunk(b"IDAT", b"") * 1_000_000), DAMAGED),
    "a PNG that claims two billion frames": (lambda: made.small_png(made.chunk(b"acTL", b"\x7f" + b"\xff" * 7)), OK),
    "a PNG without any data": (lambda: made.png(64, 48), DAMAGED),
    "a PNG of no height": (lambda: made.png(64, 0), DAMAGED),
    "a PNG whose EXIF entries overlap": (
        lambda: made.small_png(made.chunk(b"eXIf", made.tiff_of(60_000, 4_000_000, 5_000_000))),
        OK,
    ),
    "a JPEG of four gigapixels": (lambda: made.sized_jpeg(65_500, 65_500), HUGE),
    "a JPEG of no height": (lambda: made.sized_jpeg(64, 0), DAMAGED),
    "a JPEG of five thousand scans": (lambda: made.jpeg_of_scans(2_000, 5_000), DAMAGED),
    "a JPEG of a million empty segments": (lambda: made.jpeg_with(made.app(2, b"") * 1_000_000), DAMAGED),
    "a JPEG of 40 MB of camera notes": (
        lambda: made.jpeg_with(made.app(1, b"Exif\0\0II*\0" + bytes(65_000)) * 600),
        DAMAGED,
    ),
    "a JPEG of 10 MB of filling": (lambda: made.jpeg_with(b"\xff" * 10_000_000), DAMAGED),
    "a JPEG whose EXIF entries overlap": (
        lambda: made.jpeg_with(made.app(1, b"Exif\0\0" + made.tiff_of(5_400, 64_900, 65_000))),
        OK,
    ),
    "a JPEG whose EXIF points at itself": (made.exif_loop, OK),
    "a GIF of four gigapixels": (lambda: made.sized_gif(65_535, 65_535), HUGE),
    "a GIF of a hundred thousand frames": (lambda: made.gif_of_frames(100_000), OK),
    "a GIF of a million comments": (lambda: made.gif_with(b"\x21\xfe\x01a\0" * 1_000_000), DAMAGED),
    "a GIF of one comment in a million blocks": (
        lambda: made.gif_with(b"\x21\xfe" + b"\x01a" * 1_000_000 + b"\0"),
        DAMAGED,
    ),
    "a WebP of a million chunks": (lambda: made.webp_with_chunks(1_000_000), OK),
    "a moving WebP of 500 frames": (lambda: made.moving("WEBP", 500), OK),
    "a moving PNG of 500 frames": (lambda: made.moving("PNG", 500), OK),
    "a HEIC of 3.6 gigapixels": (lambda: made.sized_heif(60_000, 60_000), HUGE),
    "a HEIC of 80 megapixels that are not there": (lambda: made.sized_heif(9_000, 9_000), DAMAGED),
    "a HEIC of a million empty boxes": (lambda: made.seeds()["HEIF"] + b"\0\0\0\x08free" * 1_000_000, OK),
    "an AVIF of a million empty boxes": (lambda: made.seeds()["AVIF"] + b"\0\0\0\x08free" * 1_000_000, OK),
    **{name: (lambda data=data: data, OK | DAMAGED) for name, data in made.POLYGLOTS.items()},
}
# The largest that are taken, and those that only time or memory stops.
SLOW: dict[str, Case] = {
    "100 megapixels, RGBA PNG": (lambda: made.flat("PNG", "RGBA", 10_000, 10_000), OK | HUGE),
    "100 megapixels, 16-bit PNG": (lambda: made.flat("PNG", "I;16", 10_000, 10_000), OK | HUGE),
    "100 megapixels, grey and alpha PNG": (lambda: made.flat("PNG", "LA", 10_000, 10_000), OK | HUGE),
    "60 megapixels, one pixel wide": (lambda: made.flat("PNG", "RGB", 1, 60_000_000), OK),
    "100 megapixels, WebP": (lambda: made.flat("WEBP", "RGB", 10_000, 9_999), OK | HUGE),
    "100 megapixels, AVIF": (lambda: made.flat("AVIF", "RGB", 10_000, 9_999), OK | HUGE),
    "100 megapixels, HEIC": (lambda: made.flat("HEIF", "RGB", 9_999, 9_999), OK | HUGE),
    "100 megapixels, GIF": (lambda: made.flat("GIF", "P", 10_000, 9_999), OK | HUGE),
    "100 megapixels, CMYK JPEG": (lambda: made.flat("JPEG", "CMYK", 10_000, 9_999), OK),
    "100 megapixels in 64 scans": (lambda: made.jpeg_of_scans(9_999, 50), OK | {"timeout"}),
    "a PNG of eight million chunks": (lambda: made.small_png(made.chunk(b"prIv", b"") * 8_000_000), DAMAGED),
    "a GIF of five million frames": (lambda: made.gif_of_frames(5_000_000), OK),
    "a JPEG of 90 MB of filling": (lambda: made.jpeg_with(b"\xff" * 90_000_000), DAMAGED),
    "a moving WebP of 5,000 frames": (lambda: made.moving("WEBP", 5_000), OK),
}


def idat(length: int) -> bytes:
    return made.chunk(b"IDAT", made.deflated_zeros(length))


def small_png(kind: bytes, head: bytes) -> bytes:
    return made.small_png(made.chunk(kind, head + made.deflated_zeros(1 << 28)))


CASES = {**BOMBS, **(SLOW if LONG else {})}


@pytest.mark.parametrize("make, expected", CASES.values(), ids=CASES)
async def test_a_bomb_is_answered_clearly_in_bounded_memory(
    sandbox: Sandbox,
    make: Callable[[], bytes],
    expected: set[str],
    request: pytest.FixtureRequest,
) -> None:
    source = make()
    await sandbox.warm()
    started = time.perf_counter()
    with Watch(os.getpid()) as watch:
        code = await outcome(sandbox, source)
    assert code in expected
    assert 0 < watch.peak_bytes <= MEMORY_BYTES
    if LONG:
        tell(request.config, time.perf_counter() - started, watch, code, request.node.callspec.id)


async def test_the_child_of_a_picture_that_takes_too_long_is_killed_and_replaced(sandbox: Sandbox) -> None:
    child = await sandbox.run(os.getpid, timeout_seconds=TIMEOUT_SECONDS)
    with pytest.raises(SandboxError) as caught:
        await sandbox.run(derive, made.jpeg_of_scans(4_000, 40), timeout_seconds=0.05)
    assert caught.value.code == "timeout"
    assert not Path(f"/proc/{child}").exists()
    assert await outcome(sandbox, made.seeds()["JPEG"]) == "ok"
    assert await sandbox.run(os.getpid, timeout_seconds=TIMEOUT_SECONDS) != child


async def test_the_child_of_a_picture_that_needs_too_much_memory_is_replaced() -> None:
    async with Sandbox(memory_bytes=128 << 20, preload=["aionserver.kit.pictures"]) as narrow:
        child = await narrow.run(os.getpid, timeout_seconds=TIMEOUT_SECONDS)
        assert await outcome(narrow, made.flat("PNG", "RGBA", 6_000, 6_000)) == "too_large"
        assert not Path(f"/proc/{child}").exists()
        assert await outcome(narrow, made.seeds()["PNG"]) == "ok"


async def test_after_all_that_the_sandbox_still_works(sandbox: Sandbox) -> None:
    derived = await sandbox.run(derive, made.seeds()["JPEG"], timeout_seconds=TIMEOUT_SECONDS)
    assert (derived.width, derived.height, derived.camera) == (48, 64, "Camera")
    assert derived.captured_at is not None
    assert derived.place is not None
