"""How findings are put in words: names with citations, lists, counts."""

from collections.abc import Callable, Mapping, Sequence

from aionserver.domains.assistant.findings import cite, file_of
from aionserver.infra.tools import Item
from aionserver.kit.citations import plain_name
from aionserver.kit.quoting import first_sentence, plain_quote
from aionserver.kit.words import listed as joined

NOUNS = {
    "image": ("picture", "pictures"),
    "document": ("document", "documents"),
    "link": ("bookmarked page", "bookmarked pages"),
    "video": ("video", "videos"),
    "file": ("file", "files"),
    "folder": ("folder", "folders"),
    "chunk": ("document", "documents"),
    "sentence": ("sentence", "sentences"),
    "passage": ("passage", "passages"),
}
MOST_LISTED = 8
MOST_NAMED = 4
LARGE = 1024
_SPOKEN_WITH_VOWEL = ("HTML", "MP4", "RTF")


def noun(kind: str, count: int) -> str:
    """What so many of them are called."""
    one, many = NOUNS.get(kind, NOUNS["file"])
    return one if count == 1 else many


def counted(count: int, kind: str) -> str:
    """So many of them: "3 pictures"."""
    return f"{count:,} {noun(kind, count)}"


def one_of_them(name: str) -> str:
    """A name with its article: "a PDF", "an HTML page"."""
    return f"{'an' if name[:1].lower() in 'aeio' or name.startswith(_SPOKEN_WITH_VOWEL) else 'a'} {name}"


def asked_for(text: str) -> str:
    """What was asked for, in quotes, short."""
    return f"“{plain_quote(text, 100)}”"


def listed(items: Sequence[Item], start: int = 1) -> str:
    """The first of them, numbered, each cited with its first sentence."""
    return "\n".join(f"{number}. {line(item)}" for number, item in enumerate(items[:MOST_LISTED], start))


def line(item: Item) -> str:
    """One thing found: its citation, and what is said of it."""
    told = first_sentence(item.text)
    return f"{cite(item).markup} — {told}" if told else cite(item).markup


def names(items: Sequence[Item]) -> str:
    """The names of some files, each once, without citations: for plans."""
    return _some(items, lambda item: plain_name(item.name))


def cited_names(items: Sequence[Item]) -> str:
    """The same as citations: for answers."""
    return _some(items, lambda item: cite(item).markup)


def _some(items: Sequence[Item], tell: Callable[[Item], str]) -> str:
    files = list({file_of(item): item for item in items}.values())
    shown = [tell(item) for item in files[:MOST_NAMED]]
    rest = len(files) - len(shown)
    return joined([*shown, f"{rest} more"]) if rest else joined(shown)


def groups(counts: Mapping[str, int], kind: str, most: int = 15) -> str:
    """Groups with how many are in each, as lines."""
    shown = [f"- {plain_quote(name, 80)}: {counted(count, kind)}" for name, count in list(counts.items())[:most]]
    rest = len(counts) - len(shown)
    return "\n".join([*shown, f"- and {rest} more"] if rest > 0 else shown)


def size_in_words(size_bytes: int) -> str:
    """A size as people read it: "1.2 MiB"."""
    size, units = float(size_bytes), ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while size >= LARGE and len(units) > 1:
        size, units = size / LARGE, units[1:]
    return f"{size:.0f} {units[0]}" if units[0] == "bytes" else f"{size:.1f} {units[0]}"
