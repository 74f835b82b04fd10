"""Writes the demo's sample document, `examples/documents/nb-200.pdf`: the manual of a pump that nobody makes."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[1] / "examples" / "documents" / "nb-200.pdf"
TITLE = "NB-200 circulation pump: installation, operation and maintenance"
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 595, 842, 64, 760, 80
BODY, LEADING, CHARACTERS_A_LINE = 10.5, 15.0, 88
ROW = 20

Table = tuple[tuple[str, ...], ...]
Block = str | Table

PAGES: tuple[tuple[Block, ...], ...] = (
    (
        "# NB-200 circulation pump",
        "Installation, operation and maintenance. Keep this manual near the pump.",
        "## 1 About this manual",
        "The NB-200 moves heating water and cooling water in buildings. This manual is for those who install the pump, "
        "run it and keep it in order. Whoever works on the pump has to have read chapter 2.",
        "The pump is an example: no such pump is made, and the text may be used by anybody for anything.",
        "## 2 Safety",
        "Switch the main switch off and lock it before the cover is opened. The motor stays hot for half an hour after "
        "it has stopped. Water in the pump may be under pressure and hotter than 90 degrees: close both valves and "
        "open the bleed screw slowly.",
        "Only a qualified electrician may connect the motor. The earth wire is the first to be connected and the last "
        "to be taken off.",
    ),
    (
        "## 3 Technical data",
        (
            ("Quantity", "NB-200/4", "NB-200/6", "Unit"),
            ("Greatest flow", "12.5", "18.0", "m3/h"),
            ("Greatest head", "4.2", "6.1", "m"),
            ("Power taken", "180", "310", "W"),
            ("Fuse", "F3, 4 A slow", "F3, 6.3 A slow", ""),
            ("Weight", "9.4", "11.8", "kg"),
            ("Sound level", "43", "47", "dB(A)"),
        ),
        "Both sizes run on 230 V and 50 Hz. The water may have between 2 and 110 degrees. At most 30 percent of glycol "
        "may be added; with more, the pump gives less than the table says.",
        "## 4 Installation",
        "Place the pump where it can be reached from two sides, at least 40 cm from the wall. The shaft has to lie "
        "level. The arrow on the housing shows which way the water flows.",
        "Tighten the four flange bolts crosswise, first to 20 Nm and then to 45 Nm. Use new gaskets, part number "
        "NB-7731-G.",
    ),
    (
        "## 5 First start",
        "Fill the system and open the bleed screw until water comes without bubbles. Never let the pump run dry: after "
        "about two minutes without water the shaft seal is destroyed.",
        "Turn the dial to level I, switch the pump on and wait for five minutes. If it runs quietly, choose the level "
        "that the heating engineer has planned.",
        "## 6 What the lamp says",
        (
            ("Lamp", "Meaning", "What to do"),
            ("green", "the pump runs", "nothing"),
            ("green, blinking", "it waits for warm water", "nothing"),
            ("yellow, blinking", "air in the pump", "bleed it, chapter 5"),
            ("red", "the motor is blocked", "chapter 8"),
            ("red, blinking", "too hot inside", "let it cool, clean the fins"),
        ),
    ),
    (
        "## 7 Maintenance",
        "Listen to the pump once a month: a new sound is the first sign of a worn bearing.",
        "Every 500 hours of work, or once a year, whichever comes first, change the oil of the bearing housing. It "
        "takes 0.35 litres of the grade ISO VG 46. Drain the old oil while it is warm.",
        "Every 8,000 hours of work have the bearings and the shaft seal replaced. The set has the part number "
        "NB-7742-S. Its replacement takes about two hours and needs the puller NB-9001.",
        (
            ("Work", "How often", "Part"),
            ("Look and listen", "monthly", ""),
            ("Change the oil", "500 hours or yearly", "NB-7720-O"),
            ("Clean the strainer", "yearly", "NB-7715-F"),
            ("Bearings and seal", "8,000 hours", "NB-7742-S"),
        ),
        "Write each work down in the log of the house, with the hours that the counter shows.",
    ),
    (
        "## 8 Faults",
        "The motor hums and does not turn: the rotor is stuck. Switch off, take the plug out of the middle of the "
        "motor and turn the shaft with a screwdriver, both ways.",
        "The motor is silent and no lamp is on: look at the fuse F3. A fuse that blows again at once means a damaged "
        "winding, and the motor has to be replaced.",
        "The pump runs and the radiators stay cold: bleed the pump first, then look whether the strainer is clogged.",
        "Water drips from under the motor: the shaft seal is worn. Some drops an hour are no danger; order the set "
        "NB-7742-S and plan its replacement.",
        "## 9 Taking it away",
        "Drain the oil and bring it to a place that collects it. Housing and shaft are scrap metal; the control board "
        "is electronic waste.",
    ),
)


@dataclass
class Sheet:
    """A page's drawing, from the top down."""

    drawn: list[str] = field(default_factory=list[str])
    y: float = TOP

    def text(self, words: str, x: float, size: float, font: str = "F1") -> None:
        """Words at the present height."""
        safe = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.drawn.append(f"BT /{font} {size} Tf {x:.1f} {self.y:.1f} Td ({safe}) Tj ET")

    def line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """A thin line."""
        self.drawn.append(f"0.6 w {x:.1f} {y:.1f} m {to_x:.1f} {to_y:.1f} l S")

    def block(self, block: Block) -> None:
        """A heading, a paragraph or a table, and the room below it."""
        if isinstance(block, tuple):
            self._table(block)
        elif block.startswith("#"):
            size = 22 if block.startswith("# ") else 14
            self.y -= size * 0.9
            self.text(block.lstrip("# "), LEFT, size, "F2")
            self.y -= size * 1.6
        else:
            for words in textwrap.wrap(block, CHARACTERS_A_LINE):
                self.text(words, LEFT, BODY)
                self.y -= LEADING
            self.y -= LEADING / 2

    def _table(self, rows: Table) -> None:
        wide = (WIDTH - 2 * LEFT) / len(rows[0])
        top = self.y + ROW - 6
        for number, row in enumerate(rows):
            for column, words in enumerate(row):
                self.text(words, LEFT + 6 + column * wide, BODY, "F2" if number == 0 else "F1")
            self.y -= ROW
        for number in range(len(rows) + 1):
            self.line(LEFT, top - number * ROW, WIDTH - LEFT, top - number * ROW)
        for column in range(len(rows[0]) + 1):
            self.line(LEFT + column * wide, top, LEFT + column * wide, top - len(rows) * ROW)
        self.y -= LEADING


def drawn(blocks: Sequence[Block], number: int) -> bytes:
    """What draws a page: its head, its blocks, its foot."""
    sheet = Sheet()
    sheet.y = HEIGHT - 44
    sheet.text("NB-200 manual, edition 3", LEFT, 8)
    sheet.y = TOP
    for block in blocks:
        sheet.block(block)
    assert sheet.y > BOTTOM, f"page {number} is too full"
    sheet.y = 40
    sheet.text(f"Page {number} of {len(PAGES)}", WIDTH / 2 - 24, 8)
    return "\n".join(sheet.drawn).encode("latin-1")


def objects() -> Iterator[bytes]:
    """The objects of the file, the first numbered 1."""
    kids = " ".join(f"{6 + 2 * index} 0 R" for index in range(len(PAGES)))
    yield b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>"
    yield f"<< /Type /Pages /Count {len(PAGES)} /Kids [{kids}] >>".encode()
    yield b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    yield b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"
    yield f"<< /Title ({TITLE}) /Author (Aionvision) >>".encode()
    for index, blocks in enumerate(PAGES):
        fonts = "<< /Font << /F1 3 0 R /F2 4 0 R >> >>"
        box = f"[0 0 {WIDTH} {HEIGHT}]"
        content = f"/Contents {7 + 2 * index} 0 R"
        yield f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Resources {fonts} {content} >>".encode()
        stream = drawn(blocks, index + 1)
        yield b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)


def manual() -> bytes:
    """The whole file."""
    data, places = bytearray(b"%PDF-1.4\n"), list[int]()
    for number, content in enumerate(objects(), 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start, count = len(data), len(places) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n" % count
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return bytes(data)


if __name__ == "__main__":
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_bytes(manual())
    print(f"wrote {OUTPUT}")
