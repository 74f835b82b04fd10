"""How the demo looks in a terminal: a block for each photo, a table of what was found, where to go next."""

from pathlib import Path
from typing import Any

from PIL import Image
from rich.color import Color
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from aion import UserFile
from aion.types import DocumentSearchResult, ImageSearchResultItem

PREVIEW_COLUMNS = 36
MAX_COLORS = 5

console = Console(highlight=False)


def print_photo(photo: UserFile, path: Path, color_analysis: dict[str, Any] | None) -> None:
    """The photo, small, and beside it all that the server saw in it."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("description", Text(photo.upload_description or "none", style="bold"))
    facts.add_row("tags", Text(", ".join(photo.tags or []) or "none", style="cyan"))
    facts.add_row("visible text", Text(" / ".join((photo.visible_text or "").split("\n")) or "none"))
    facts.add_row("colours", color_swatches(color_analysis))
    block = Table.grid(padding=(0, 2))
    # Half blocks would be noise in a log file, and leave the facts no room on a narrow screen.
    block.add_row(*([preview(path), facts] if console.is_terminal and console.width >= 90 else [facts]))
    console.print(Panel(block, title=escape(photo.filename or photo.id), title_align="left", border_style="blue"))


def color_swatches(color_analysis: dict[str, Any] | None) -> Text:
    """The strongest colours, one a line: a patch, its name, its code, its share."""
    colors = (color_analysis or {}).get("dominant_colors", [])[:MAX_COLORS]
    lines = [
        Text.assemble(("      ", f"on {color['hex']}"), f" {color['name']}", (f"  {color['hex']}", "dim"))
        + Text(f"  {color['percentage']:.0f} %", style="dim")
        for color in colors
    ]
    return Text("\n").join(lines) if lines else Text("none")


def preview(path: Path) -> Text:
    """The picture in half blocks, two pixels a character."""
    with Image.open(path) as picture:
        rows = max(1, round(PREVIEW_COLUMNS * picture.height / picture.width / 2))
        pixels = picture.convert("RGB").resize((PREVIEW_COLUMNS, 2 * rows)).tobytes()
    shades = [Color.from_rgb(*pixels[start : start + 3]) for start in range(0, len(pixels), 3)]
    text = Text(no_wrap=True)
    for row in range(rows):
        upper, lower = (shades[(2 * row + half) * PREVIEW_COLUMNS :][:PREVIEW_COLUMNS] for half in (0, 1))
        for top, bottom in zip(upper, lower, strict=True):
            text.append("▀", Style(color=top, bgcolor=bottom))
        text.append("\n")
    text.right_crop(1)
    return text


def print_searches(found: dict[str, list[ImageSearchResultItem]], fitting: dict[str, list[bool]]) -> None:
    """The best photos of each search, the fitting ones marked."""
    table = Table("search", "score", "photo", "description", title="Found by plain words", border_style="blue")
    for query, hits in found.items():
        for rank, hit in enumerate(hits):
            mark = "✓ " if fitting[query][rank] else "  "
            name = Text.assemble((mark, "green"), hit.filename or hit.image_id)
            about = Text(hit.description or "", style="dim", no_wrap=True, overflow="ellipsis")
            table.add_row(Text(query if rank == 0 else ""), f"{hit.score:.2f}", name, about)
        table.add_section()
    console.print(table)


def print_answers(answers: dict[str, DocumentSearchResult | None], fitting: dict[str, bool]) -> None:
    """The best passage for each question, those of the right page marked."""
    table = Table("question", "score", "page", "passage", title="Asked of a manual", border_style="blue")
    for query, hit in answers.items():
        if hit is None:
            table.add_row(Text(query), "", "", Text("nothing", style="dim"))
            continue
        page = Text.assemble(("✓ " if fitting[query] else "  ", "green"), ", ".join(map(str, hit.page_numbers or [])))
        passage = Text(" ".join(hit.content.split()), style="dim", no_wrap=True, overflow="ellipsis")
        table.add_row(Text(query), f"{hit.score:.2f}", page, passage)
    console.print(table)


def print_summary(url: str, login: dict[str, str], log: Path, problems: list[str], *, serves_on: bool) -> None:
    """Where to go from here, and what went wrong if anything did; no address of a server that ends now."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    if serves_on:
        table.add_row("API reference", f"[bold link={url}/docs]{url}/docs[/]")
    for name, value in (
        ("login", f"{escape(login['email'])}  {escape(login['password'])}"),
        ("API key", escape(login["api_key"])),
        ("server log", escape(str(log))),
    ):
        table.add_row(name, value)
    parts: list[RenderableType] = [table, *(Text(f"✗ {problem}", style="red") for problem in problems)]
    title = "Something did not come out as it should" if problems else "Ready" if serves_on else "Done"
    console.print(Panel(Group(*parts), title=title, title_align="left", border_style="red" if problems else "green"))
