"""Documents for tests, written byte by byte."""

import zlib
from collections.abc import Sequence

from aionserver.kit.documents.pdf_scans import SCAN_DPI
from aionserver.models.ocr.deterministic import written

TOP, LEFT, LEADING, SIZE = 740, 60, 16, 11


def pdf(*pages: Sequence[str], title: str | None = None) -> bytes:
    """A PDF of A4 pages of lines; one that begins with `# ` is in large letters."""
    return _pdf([(_text(lines), b"") for lines in pages], title)


def scanned_pdf(*texts: str) -> bytes:
    """A PDF of pages that are pictures; the deterministic reader of pictures reads the texts in them."""
    return _pdf([_scan(text) for text in texts], None)


def _text(lines: Sequence[str]) -> bytes:
    shown = list[str]()
    for number, line in enumerate(lines):
        size = 20 if line.startswith("# ") else SIZE
        text = line.removeprefix("# ").replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        shown.append(f"BT /F1 {size} Tf {LEFT} {TOP - LEADING * number} Td ({text}) Tj ET")
    return "\n".join(shown).encode("latin-1")


def _scan(text: str) -> tuple[bytes, bytes]:
    """What draws a page-filling picture, and the picture as an object's content."""
    pixels = written(text)
    height, width = pixels.shape[:2]
    data = zlib.compress(pixels.tobytes())
    head = f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB"
    picture = f"{head} /BitsPerComponent 8 /Filter /FlateDecode /Length {len(data)} >>\nstream\n".encode()
    # As large as it has to be for the reader to draw it pixel by pixel.
    wide, high = (f"{side * 72 / SCAN_DPI:.3f}" for side in (width, height))
    return f"q {wide} 0 0 {high} 0 0 cm /Im Do Q".encode(), picture + data + b"\nendstream"


def _pdf(pages: Sequence[tuple[bytes, bytes]], title: str | None) -> bytes:
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    objects.append(f"<< /Title ({title or ''}) >>".encode())
    kids = list[int]()
    for content, picture in pages:
        used, box = "", "0 0 595 842"
        if picture:
            objects.append(picture)
            used = f"/XObject << /Im {len(objects)} 0 R >>"
            width, height = content.split()[1].decode(), content.split()[4].decode()
            box = f"0 0 {width} {height}"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        resources = f"<< /Font << /F1 3 0 R >> {used} >>"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents {len(objects)} 0 R /Resources {resources} >>"
        objects.append(page.encode())
        kids.append(len(objects))
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] >>".encode()
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    data, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)
