"""The first page of a PDF as a picture; run in the sandbox."""

from pathlib import Path
from typing import Any

from aionserver.kit.documents.pdf import opened
from aionserver.kit.documents.pdf_scans import rendered


def first_page(source: Path | bytes, longest_side: int) -> Any | None:
    """A Pillow picture, so large; None of a PDF that has no page to show. Raises DocumentError."""
    with opened(source) as document:
        page = document[0] if len(document) else None
        if page is None:
            return None
        try:
            return rendered(page, longest_side, longest_side * longest_side)
        finally:
            page.close()
