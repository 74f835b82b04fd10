"""The operations, as others have them done."""

from aionserver.domains.agent_operations.analyses import analyze, references
from aionserver.domains.agent_operations.arranging import arrange, order
from aionserver.domains.agent_operations.material import Material, found, given, read, require_files, require_price
from aionserver.domains.agent_operations.organizing import carry_out
from aionserver.domains.agent_operations.quoting import (
    heading,
    line,
    lines,
    pictures_told,
    quotes,
    readable,
    with_notes,
)
from aionserver.domains.agent_operations.reports import report_on

__all__ = [
    "Material",
    "analyze",
    "arrange",
    "carry_out",
    "found",
    "given",
    "heading",
    "line",
    "lines",
    "order",
    "pictures_told",
    "quotes",
    "read",
    "readable",
    "references",
    "report_on",
    "require_files",
    "require_price",
    "with_notes",
]
