"""Documents of every format read by one call; run it in the sandbox."""

from importlib import import_module
from pathlib import Path
from typing import Any, Final

from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.faults import CorruptDocument, DocumentError, UnsupportedFormat

# The module that reads a format; imported when the first such document comes.
READERS: Final = {
    "PDF": "pdf",
    "DOCX": "docx",
    "PPTX": "pptx",
    "XLSX": "xlsx",
    "ODT": "odt",
    "EPUB": "epub",
    "RTF": "rtf",
    "HTML": "web_page",
    "CSV": "delimited",
    "TEXT": "plain",
    "MARKDOWN": "markdown",
}
READER_FAILED: Final = "The file made its reader fail; it is most likely damaged."


def read_document(source: Path | bytes, file_format: str, first_page: int, options: ReadingOptions) -> Reading:
    """Pages of a document from `first_page`, by its MediaType's format; raises DocumentError."""
    name = READERS.get(file_format.upper())
    if name is None:
        raise UnsupportedFormat(f"Documents in the format {file_format} are not read.")
    reader: Any = import_module(f"aionserver.kit.documents.{name}")
    arguments = (source, first_page, options) if name == "pdf" else (source, options)
    try:
        return reader.read(*arguments)
    except (DocumentError, MemoryError, OSError):
        raise
    except Exception as fault:
        raise CorruptDocument(READER_FAILED) from fault
