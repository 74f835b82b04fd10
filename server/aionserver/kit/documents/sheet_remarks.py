"""What people remarked on cells of a sheet."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from aionserver.kit.documents.ooxml import Package, Part, S

MOST_REMARKS: Final = 10_000
# What programs are told that do not know of answers to remarks.
_FOR_OLD_PROGRAMS: Final = re.compile(r"\[Threaded comment\][^\n]*\n.*?\n\s*Comment:\s*", re.DOTALL)


def remarks_of(package: Package, sheet: str) -> Iterator[str]:
    """Each with the cell that it is about; `sheet` is the name of its part."""
    for part in Part(package, sheet).all_of("comments"):
        for one in islice(part.root.iter(f"{S}comment"), MOST_REMARKS):
            text = " ".join(_FOR_OLD_PROGRAMS.sub("", _text(one)).split())
            if text:
                yield f"Comment on {str(one.get('ref', ''))[:20]}: {text}"


def _text(remark: Any) -> str:
    return "".join(run.text or "" for run in remark.iter(f"{S}t"))
