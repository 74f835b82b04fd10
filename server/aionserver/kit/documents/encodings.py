"""Bytes of a text made letters: by their mark, by what the text says of itself, by what reads well."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

import chardet

from aionserver.kit.documents.wide_texts import wide_encoding

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What browsers read under these names.
_WIDER: Final = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
# Python reads these too; browsers do not, and some take very long.
NO_CHARSETS: Final = {"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "utf_7"}
_SAMPLE_BYTES: Final = 32_768
_HIGH: Final = re.compile(rb"[\x80-\xff]")
# What texts are in; encodings of a single system or of mail alone would be taken for these.
_KNOWN: Final = (
    *("utf-8", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso-8859-2", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9", "iso-8859-13"),
    *("iso-8859-15", "koi8-r", "koi8-u", "cp866", "cp850", "cp852"),
    *("cp932", "euc-jp", "cp949", "gb18030", "big5", "big5hkscs"),
)
# Quotation marks, dashes and the like, as western texts have them.
_SIGNS: Final = re.compile(r"[\u2018-\u201e\u2013\u2014\u2020-\u2026\u2030\u20ac\u2122\u00a0-\u00bf\u00d7\u00f7]")
# Inside of a word, or these before one, they are letters of another encoding.
_SIGN_IN_WORD: Final = re.compile(
    r"[^\W\d_][\u2018\u201a-\u201e\u2020-\u2030\u00a1-\u00bf][^\W\d_]|[£¥¢¦¬¯¹²³¼½¾][^\W\d_]"
)
_MOST_SIGNS: Final = 0.25
# The letters of a western language besides ASCII's; other encodings read as western mix them.
_LANGUAGES: Final = tuple(
    map(frozenset, ("äöüßé", "àâæçéèêëîïôœùûü", "áéíñóúü", "àáâãçéêíóôõúü", "àèéìíòóù", "åäöæøéü", "èéëïöü"))
)
_CHARSET_OF_PAGE: Final = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_ENCODING_OF_XML: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{1,40})")


def decoded(data: bytes) -> str:
    """The text; signs that can't be read are U+FFFD."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return guessed(data)


def guessed(data: bytes) -> str:
    """The same of bytes without a mark."""
    for encoding in _candidates(data):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8" if _is_damaged_utf8(_sample(data)) else "cp1252", "replace")


def _candidates(data: bytes) -> Iterator[str]:
    """Encodings to be tried one after the other."""
    if wide := wide_encoding(data):
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
        # The sign of a currency that there is not is the euro's there.
        yield "iso-8859-15" if b"\xa4" in sample else "cp1252"
    found = _name(chardet.detect(sample, include_encodings=_KNOWN, compat_names=False)["encoding"] or "")
    yield _WIDER.get(found, found)


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether nearly all letters that are not ASCII are in UTF-8."""
    text = sample.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return sum(letter > "\x7f" for letter in text) - damaged > 4 * damaged


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
    is_known = getattr(found, "_is_text_encoding", True) and found.name.replace("-", "_") not in NO_CHARSETS
    return found.name if is_known else ""


def _sample(data: bytes) -> bytes:
    """Some of the bytes, from where the first that is not ASCII stands."""
    first = _HIGH.search(data)
    start = max(0, first.start() - _SAMPLE_BYTES // 4) if first else 0
    return data[start : start + _SAMPLE_BYTES]


def _is_western(sample: bytes) -> bool:
    """Whether what is not ASCII reads as the letters of one western language, or as a few signs."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    high = [letter for letter in text.lower() if letter > "\x7f"]
    letters = {letter for letter in high if not _SIGNS.match(letter)}
    if not 0 < len(high) < _MOST_SIGNS * len(text) or _SIGN_IN_WORD.search(text):
        return False
    return any(letters <= known for known in _LANGUAGES)
