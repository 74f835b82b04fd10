"""Text in pictures: PP-OCRv6 through rapidocr, or squares that spell bytes for tests."""

from aionserver.models.ocr.contract import NO_TEXT, Point, Quad, TextLine, TextLines, TextReader

__all__ = ["NO_TEXT", "Point", "Quad", "TextLine", "TextLines", "TextReader"]
