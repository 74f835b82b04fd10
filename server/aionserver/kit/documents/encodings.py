"""Bytes of a text made letters: by their mark, by what the text says of itself, by what reads well."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from charset_normalizer import from_bytes

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What browsers read under these names.
_WIDER: Final = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
_SAMPLE_BYTES: Final = 32_768
_HIGH: Final = re.compile(rb"[\x80-\xff]")
# Letters, quotation marks and signs that western texts in the encoding of Windows have.
_WESTERN: Final = re.compile(r"[\u2018-\u201e\u2013\u2014\u2026\u20ac\u00a0£§©«®°±²³·»½¼¡¿À-ÖØ-öø-ÿŒœŠšŽžŸ]")
# Encodings of two bytes a letter, and what most of a text is that is truly in them: kana, syllables, common signs.
_KANA, _HANGUL = re.compile(r"[\u3041-\u30fe]"), re.compile(r"[\uac00-\ud7a3]")
_LEAST_KANA, _LEAST_HANGUL, _LEAST_COMMON = 0.2, 0.9, 0.85
# The signs of GB 2312 that are used most stand before the others.
_COMMON: Final = frozenset(range(0xA1, 0xA4)) | frozenset(range(0xB0, 0xD8))
_CHARSET_OF_PAGE: Final = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_ENCODING_OF_XML: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{1,40})")


def decoded(data: bytes) -> str:
    """The text; signs that can't be read are U+FFFD."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in _candidates(data):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8" if _is_damaged_utf8(_sample(data)) else "cp1252", "replace")


def _candidates(data: bytes) -> Iterator[str]:
    """Encodings to be tried one after the other."""
    if wide := _wide(data[:4096]):
        yield wide
    yield from _told(data[:4096])
    # Japanese letters as ASCII between two marks, as mail has them.
    if b"\x1b$" in data[:4096]:
        yield "iso2022_jp"
    yield "utf-8"
    sample = _sample(data)
    if _is_damaged_utf8(sample):
        return
    if _is_western(sample):
        yield "cp1252"
    if eastern := _eastern(sample):
        yield eastern
    best = from_bytes(sample, threshold=0.4).best()
    if best is not None:
        yield _WIDER.get(_name(best.encoding), best.encoding)


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether nearly all letters that are not ASCII are in UTF-8."""
    text = sample.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return sum(letter > "\x7f" for letter in text) - damaged > 4 * damaged


def _wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: every second byte of western text is zero, or three of four."""
    zeros = [head[at::4].count(0) for at in range(4)]
    quarter = len(head) // 4
    if not quarter or not sum(zeros):
        return None
    full = [count > 0.4 * quarter for count in zeros]
    wide = {(True, True, True, False): "utf-32-be", (False, True, True, True): "utf-32-le"}
    pairs = {(True, False, True, False): "utf-16-be", (False, True, False, True): "utf-16-le"}
    return (wide | pairs).get((full[0], full[1], full[2], full[3]))


def _told(head: bytes) -> Iterator[str]:
    """What a web page or an XML document says of its own encoding."""
    for pattern in (_ENCODING_OF_XML, _CHARSET_OF_PAGE):
        found = pattern.search(head)
        if found:
            name = _name(found[1].decode("ascii"))
            # A text whose declaration could be read is not in two bytes a letter.
            if name and not name.startswith(("utf-16", "utf-32")):
                yield "utf-8" if name.startswith("utf") else _WIDER.get(name, name)


def _name(label: str) -> str:
    """A text encoding's name in Python; empty where it is not known, or none of texts."""
    try:
        found = codecs.lookup(label)
    except LookupError:
        return ""
    return found.name if getattr(found, "_is_text_encoding", True) else ""


def _sample(data: bytes) -> bytes:
    """Some of the bytes, from where the first that is not ASCII stands."""
    first = _HIGH.search(data)
    start = max(0, first.start() - _SAMPLE_BYTES // 4) if first else 0
    return data[start : start + _SAMPLE_BYTES]


def _eastern(sample: bytes) -> str | None:
    """Which encoding of Japanese, Korean or Chinese a text is in, where it reads well in one."""
    for encoding in ("cp932", "euc_jp"):
        if _share(_KANA, _high_in(sample, encoding)) >= _LEAST_KANA:
            return encoding
    if _share(_HANGUL, _high_in(sample, "euc_kr")) >= _LEAST_HANGUL:
        return "cp949"
    chinese = _high_in(sample, "gb2312")
    common = sum(letter.encode("gb2312")[0] in _COMMON for letter in chinese)
    return "gb18030" if chinese and common >= _LEAST_COMMON * len(chinese) else None


def _high_in(sample: bytes, encoding: str) -> str:
    """The letters that are not ASCII; none where the bytes are not in this encoding. The last may be cut off."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return ""
    return "".join(letter for letter in text if letter > "\x7f")


def _share(pattern: re.Pattern[str], text: str) -> float:
    return len(pattern.findall(text)) / max(1, len(text))


def _is_western(sample: bytes) -> bool:
    """Whether what is not ASCII reads as letters of western languages: few of them, each inside of words."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    high = [letter for letter in text if letter > "\x7f"]
    return 0 < len(high) < 0.15 * len(text) and sum(bool(_WESTERN.match(letter)) for letter in high) > 0.95 * len(high)
