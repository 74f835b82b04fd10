"""Reading the references in answers, under the name that programs import it by."""

from __future__ import annotations

from .types._reference_marks import parse_references, resolve_content

__all__ = ["parse_references", "resolve_content"]
