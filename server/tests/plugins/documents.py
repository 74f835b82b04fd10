"""Documents read in tests: what each block says, one a line."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from aionserver.kit.documents.blocks import Block, Reading, ReadingOptions
from aionserver.kit.documents.faults import DocumentError
from aionserver.kit.documents.reading import READER_FAILED, read_document

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
        if fault.sentence == READER_FAILED:
            return f"a fault of ours: {fault.__cause__!r}"
        return fault.code if fault.sentence == str(fault) and fault.sentence[-1] == "." else f"no sentence: {fault}"
    return "read"


def package(parts: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = (
    f'xmlns:w="{WORD}" xmlns:r="{TYPES}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    ' xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
)


def references(**targets: str) -> str:
    """The part that says what another refers to: ids with "kind target"."""
    lines = (
        f'<Relationship Id="{name}" Type="{TYPES}/{said.split()[0]}" Target="{said.split()[1]}"/>'
        for name, said in targets.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(lines)}</Relationships>'


def word(body: str, refers: dict[str, str] | None = None, **parts: str | bytes) -> bytes:
    """A Word document with this body; `parts` are further ones in its folder, "_" for the dot before "xml"."""
    named = {f"word/{name.replace('_xml', '.xml').replace('_html', '.html')}": part for name, part in parts.items()}
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": references(rId1="officeDocument word/document.xml"),
            "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": references(**refers or {}),
            **named,
        }
    )


def paragraph(text: str, properties: str = "") -> str:
    """A paragraph of Word; `text` may have runs of its own."""
    run = text if text.startswith("<w:") else f"<w:r><w:t>{text}</w:t></w:r>"
    return f"<w:p><w:pPr>{properties}</w:pPr>{run}</w:p>"


Placed = tuple[float, float, float, str]


def pdf(
    *pages: Sequence[Placed],
    rotation: int = 0,
    matrix: str = "1 0 0 1 0 0",
    fonts: Sequence[str] = ("Helvetica", "Helvetica-Bold"),
    info: Mapping[str, str] | None = None,
) -> bytes:
    """A PDF of letter pages: pieces of text with their place from the lower left corner and their size.

    A piece that starts with "*" is in the second font; `matrix` moves or turns all that a page shows.
    """
    kids = " ".join(f"{3 + len(fonts) + 2 * number} 0 R" for number in range(len(pages)))
    named = " ".join(f"/F{number} {3 + number} 0 R" for number in range(len(fonts)))
    parts = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"]
    parts += [f"<</Type/Font/Subtype/Type1/BaseFont/{font}/Encoding/WinAnsiEncoding>>" for font in fonts]
    for pieces in pages:
        stream = f"{matrix} cm\n" + "".join(map(_shown, pieces))
        parts.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Rotate {rotation}/Resources<</Font<<{named}>>>>"
            f"/Contents {len(parts) + 2} 0 R>>"
        )
        parts.append(f"<</Length {len(stream.encode('cp1252'))}>>stream\n{stream}\nendstream")
    said = "".join(f"/{name}({text})" for name, text in (info or {}).items())
    return _numbered([*parts, f"<<{said}>>"])


def _shown(piece: Placed) -> str:
    x, y, size, text = piece
    escaped = text.lstrip("*").replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F{int(text.startswith('*'))} {size} Tf {x} {y} Td ({escaped}) Tj ET\n"


def _numbered(parts: Sequence[str]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{number} 0 obj{part}endobj\n".encode("cp1252")
    start = len(out)
    out += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{place:010} 00000 n \n" for place in places).encode()
    return bytes(
        out
        + f"trailer<</Size {len(parts) + 1}/Root 1 0 R/Info {len(parts)} 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
    )
