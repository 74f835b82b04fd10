"""Pictures made to be broken, and pictures made to break: small seeds, bombs, polyglots."""

import io
import struct
import zlib
from functools import cache
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin

UNKNOWN = {"TIFF", "BMP", "SVG"}
PIXELS = 64 * 48 * 3 + 48


def _encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(picture).save(out, **options)
    else:
        picture.save(out, kind, **options)
    return out.getvalue()


def _scene(mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize((64, 48)).convert(mode)


def exif() -> bytes:
    """A camera's notes."""
    notes = Image.Exif()
    notes[271] = "Camera"
    notes[274] = 6
    notes.get_ifd(0x8769)[36867] = "2024:05:06 07:08:09"
    notes.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 1.0), 3: "E", 4: (11.0, 34.0, 0.0)})
    return notes.tobytes()


def profile() -> bytes:
    """A colour profile that is not called sRGB, so that it is used."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"\0s\0R\0G\0B", b"\0m\0i\0n\0e")


@cache
def seeds() -> dict[str, bytes]:
    """Small pictures of every kind: those that are taken, then those that are not."""
    scene, text = _scene(), PngImagePlugin.PngInfo()
    text.add_text("Comment", "words " * 40, zip=True)
    text.add_itxt("Title", "more words " * 40, zip=True)
    moving = [Image.new("RGB", (64, 48), color) for color in ("navy", "olive", "teal")]
    notes: dict[str, Any] = {"exif": exif()}
    frames: dict[str, Any] = {"save_all": True, "append_images": moving[1:]}
    return {
        "JPEG": _encoded(scene, "JPEG", **notes),
        "JPEG with a profile": _encoded(scene, "JPEG", icc_profile=profile()),
        "progressive JPEG": _encoded(scene, "JPEG", progressive=True),
        "CMYK JPEG": _encoded(_scene("CMYK"), "JPEG"),
        "PNG": _encoded(scene, "PNG", pnginfo=text, icc_profile=profile(), **notes),
        "palette PNG": _encoded(_scene("P"), "PNG", transparency=3),
        "16-bit PNG": _encoded(_scene("L").convert("I;16"), "PNG"),
        "moving PNG": _encoded(moving[0], "PNG", **frames),
        "WebP": _encoded(scene, "WEBP", **notes),
        "lossless WebP": _encoded(_scene("RGBA"), "WEBP", lossless=True),
        "moving WebP": _encoded(moving[0], "WEBP", **frames),
        "GIF": _encoded(scene, "GIF", comment=b"words"),
        "moving GIF": _encoded(moving[0], "GIF", **frames),
        "AVIF": _encoded(scene, "AVIF", **notes),
        "HEIF": _encoded(scene, "HEIF", **notes),
        "TIFF": _encoded(scene, "TIFF"),
        "BMP": _encoded(scene, "BMP"),
        "SVG": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
    }


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG of 8-bit RGB with the chunks."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


@cache
def deflated_zeros(length: int) -> bytes:
    """So many zeros, a thousandth of their size."""
    squeeze, block = zlib.compressobj(1), bytes(1 << 20)
    whole = b"".join(squeeze.compress(block) for _ in range(length >> 20))
    return whole + squeeze.compress(bytes(length & 0xFFFFF)) + squeeze.flush()


def small_png(*chunks: bytes) -> bytes:
    """A black PNG with further chunks before its pixels."""
    return png(64, 48, *chunks, chunk(b"IDAT", deflated_zeros(PIXELS)))


def sized_jpeg(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    whole = bytearray(seeds()["JPEG"])
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


def sized_gif(width: int, height: int) -> bytes:
    """A small GIF whose header and frame claim another size."""
    whole = bytearray(seeds()["GIF"])
    whole[6:10] = struct.pack("<HH", width, height)
    frame = whole.index(b"\x2c\0\0\0\0")
    whole[frame + 5 : frame + 9] = struct.pack("<HH", width, height)
    return bytes(whole)


def sized_heif(width: int, height: int) -> bytes:
    """A small HEIC whose properties claim another size."""
    # Of a size that the coding pads by nothing, so that only these properties tell it.
    whole = _encoded(_scene().resize((64, 64)), "HEIF")
    at = whole.index(b"ispe") + 8
    return whole.replace(whole[at : at + 8], struct.pack(">II", width, height))


def jpeg_of_scans(side: int, scans: int) -> bytes:
    """A progressive JPEG with its last scan once more and more: each is a pass over all pixels."""
    whole = _encoded(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * scans + b"\xff\xd9"


def jpeg_with(*segments: bytes) -> bytes:
    """A small JPEG with further bytes after its first marker."""
    whole = _encoded(Image.new("RGB", (40, 30), "navy"), "JPEG")
    return whole[:2] + b"".join(segments) + whole[2:]


def app(number: int, body: bytes) -> bytes:
    """An application segment of a JPEG."""
    return bytes([0xFF, 0xE0 + number]) + struct.pack(">H", len(body) + 2) + body


def tiff_of(entries: int, value_bytes: int, total_bytes: int) -> bytes:
    """An EXIF block whose entries all name the same bytes of it."""
    rows = b"".join(struct.pack("<HHII", tag, 4, value_bytes // 4, 8) for tag in range(1, entries + 1))
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + rows
    return block + bytes(max(0, total_bytes - len(block)))


def exif_loop() -> bytes:
    """A JPEG whose EXIF directory is its own sub-directory."""
    loop = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    return jpeg_with(app(1, loop))


def gif_of_frames(count: int) -> bytes:
    """A GIF of so many tiny frames."""
    frame = b"\x2c" + bytes(4) + struct.pack("<HH", 1, 1) + b"\0\x02\x02\x44\x01\0"
    return seeds()["GIF"][:-1] + frame * count + b";"


def gif_with(extension: bytes) -> bytes:
    """A GIF with bytes before its first frame."""
    whole = seeds()["GIF"]
    at = whole.index(b"\x21\xfe")
    return whole[:at] + extension + whole[at:]


def moving(kind: str, count: int) -> bytes:
    """An animation of many frames that all differ."""
    frames = [Image.new("RGB", (32, 24), (number % 256, number // 256, 0)) for number in range(count)]
    return _encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def webp_with_chunks(count: int) -> bytes:
    """A WebP followed by so many empty chunks."""
    whole = bytearray(seeds()["WebP"] + b"junk\0\0\0\0" * count)
    whole[4:8] = struct.pack("<I", len(whole) - 8)
    return bytes(whole)


def flat(kind: str, mode: str, width: int, height: int) -> bytes:
    """A picture of one colour."""
    return _encoded(Image.new(mode, (width, height)), kind)


HTML = b"<!DOCTYPE html><html><body><script>alert(document.domain)</script></body></html>"
POLYGLOTS: dict[str, bytes] = {
    "a JPEG with a page as its comment": jpeg_with(b"\xff\xfe" + struct.pack(">H", len(HTML) + 2) + HTML),
    "a page that begins as a JPEG": b"\xff\xd8\xff\xe0" + HTML,
    "a GIF that is a script": b"GIF89a/*" + seeds()["GIF"][8:] + b"*/=1;alert(document.domain)",
    "a PNG with a page behind it": seeds()["PNG"] + HTML,
    "a WebP with a page behind it": seeds()["WebP"] + HTML,
    "a HEIC with a page behind it": seeds()["HEIF"] + HTML,
}
