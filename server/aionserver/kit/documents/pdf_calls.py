"""Functions of PDFium that are called hundreds of times a page, as quick as calls into it can be."""

import ctypes
from collections.abc import Callable
from typing import Any, Final, cast

import pypdfium2.raw as pdfium_c


class Thing(ctypes.c_void_p):
    """Something drawn on a page; as a type of its own it is handed back as it came."""


def _quick(function: Any, result: Any = ctypes.c_int) -> Callable[..., Any]:
    """A function of PDFium that neither checks its arguments nor lets other threads run: a third of the time."""
    address = cast("int", ctypes.cast(function, ctypes.c_void_p).value)
    return ctypes.PYFUNCTYPE(result)(address)


loose_box: Final[Callable[..., int]] = _quick(pdfium_c.FPDFText_GetLooseCharBox)
character_at: Final[Callable[..., int]] = _quick(pdfium_c.FPDFText_GetCharIndexFromTextIndex)
font_info: Final[Callable[..., int]] = _quick(pdfium_c.FPDFText_GetFontInfo)
thing_at: Final[Callable[..., Thing]] = _quick(pdfium_c.FPDFPage_GetObject, Thing)
kind_of: Final[Callable[..., int]] = _quick(pdfium_c.FPDFPageObj_GetType)
