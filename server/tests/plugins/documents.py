"""Documents read in tests: what each block says, one a line."""

from aionserver.kit.documents.blocks import Block, Reading, ReadingOptions
from aionserver.kit.documents.faults import DocumentError
from aionserver.kit.documents.reading import read_document

SMALL = ReadingOptions(most_characters=200_000)


def read(data: bytes, file_format: str, options: ReadingOptions = SMALL, first_page: int = 1) -> Reading:
    """What a document says."""
    return read_document(data, file_format, first_page, options)


def blocks(data: bytes, file_format: str, options: ReadingOptions = SMALL) -> list[Block]:
    """All blocks of a document."""
    return [block for page in read(data, file_format, options).pages for block in page.blocks]


def told(data: bytes, file_format: str, options: ReadingOptions = SMALL) -> list[str]:
    """All blocks of a document as "kind: text"; a heading's kind is h and its level, an edge's has a star."""
    return [_told(block) for block in blocks(data, file_format, options)]


def _told(block: Block) -> str:
    kind = f"h{block.level}" if block.kind == "heading" else block.kind
    return f"{kind}{'*' if block.is_edge else ''}: {block.text}"


def code_of(data: bytes, file_format: str, options: ReadingOptions = SMALL) -> str:
    """The code with which a document is refused; "read" where it is not."""
    try:
        read(data, file_format, options)
    except DocumentError as fault:
        return fault.code if fault.sentence == str(fault) and fault.sentence[-1] == "." else f"no sentence: {fault}"
    return "read"
