"""Documents split into pieces that are found, read and quoted one by one: along their structure, sized by tokens."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from uuid import UUID, uuid5

from aionserver.kit.documents.blocks import Block, BlockKind, Page
from aionserver.kit.markdown_tables import spoken
from aionserver.kit.passages import Passage, Rules, passages_of

__all__ = ["Piece", "Rules", "chunk_ids", "split", "text_to_embed"]

# A longer "heading" is a paragraph in large letters.
LONGEST_HEADING: Final = 200
DEEPEST_PATH: Final = 6
LONGEST_TOKEN: Final = 200
_ENDED: Final = (".", "!", "?", ":", ";", "。", "！", "？", "”", '"')
_DEFAULT_RULES: Final = Rules()

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a document: its text, the headings above it, and the pages it stands on; none without pages."""

    content: str
    heading_path: Path
    page_numbers: tuple[int, ...]
    token_count: int
    kind: BlockKind

    @property
    def text_to_embed(self) -> str:
        """What stands for the piece in a search, where nothing is known of its document."""
        return text_to_embed(self.content, self.heading_path)


def text_to_embed(content: str, heading_path: Sequence[str], title: str = "") -> str:
    """What stands for a piece in a search: its document's title and the headings, both where the piece does not
    say them itself, and its tables in words.

    The title is there because a passage seldom says what its document is about, and questions do.
    """
    lines, above, room = set(content.splitlines()), list[str](), LONGEST_HEADING
    for heading in reversed(heading_path):
        room -= len(heading)
        if heading not in lines and heading != title and room >= 0:
            above.insert(0, heading)
    named = [title] if title and title not in lines else []
    return "\n".join((*named, *above, spoken(content)))


def split(
    pages: Iterable[Page], has_pages: bool, count_tokens: Callable[[str], int], rules: Rules = _DEFAULT_RULES
) -> Iterator[Piece]:
    """The pieces of a document in reading order, as soon as they are whole; a few of the pages are held at once."""

    def count(text: str) -> int:
        # Signs that no model reads count too: a piece holds no more of them than of long words.
        tokens, least = count_tokens(text), len(text) // LONGEST_TOKEN or 1
        return tokens if tokens > least else least

    headings, group, before = _Headings(), _Group(rules, has_pages), Block("heading", "")
    for page in pages:
        for block in page.blocks:
            if not block.text.strip():
                continue
            block = _plain_if_long(block)
            if block.kind == "heading":
                headings.enter(block)
            caption = before.text.strip() if block.kind == "table" and _is_caption(before, count, rules) else ""
            for passage in passages_of(block, page.number, count, rules, caption):
                yield from group.take(passage, headings.path)
            before = block
    yield from group.rest()


def chunk_ids(file_id: UUID, contents: Iterable[str]) -> list[UUID]:
    """An id for each piece of a file, made of its text: the same text has the same one, its repetitions others."""
    seen, ids = dict[bytes, int](), list[UUID]()
    for content in contents:
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()
        number = seen[digest] = seen.get(digest, 0) + 1
        ids.append(uuid5(file_id, f"{digest.hex()}:{number}"))
    return ids


def _plain_if_long(block: Block) -> Block:
    is_long = block.kind == "heading" and len(block.text) > LONGEST_HEADING
    return Block("paragraph", block.text) if is_long else block


def _is_caption(block: Block, count: Callable[[str], int], rules: Rules) -> bool:
    return (
        block.kind in ("paragraph", "note")
        and len(block.text) <= LONGEST_HEADING
        and count(block.text) <= rules.caption_tokens
    )


class _Headings:
    """The headings above the place where the reader is."""

    def __init__(self) -> None:
        self.path: Path = ()
        self._above: list[tuple[int, str]] = []

    def enter(self, heading: Block) -> None:
        """Go on under this heading."""
        level = max(1, heading.level)
        above = [one for one in self._above if one[0] < level]
        self._above = [*above, (level, " ".join(heading.text.split()))][-DEEPEST_PATH:]
        self.path = tuple(text for _, text in self._above)


_Held = list[tuple[Passage, Path]]


@dataclass
class _Group:
    """Passages that make the next piece, and those of the piece before, which a short rest still joins."""

    rules: Rules
    has_pages: bool
    held: _Held = field(default_factory=list[tuple[Passage, Path]])
    whole: _Held = field(default_factory=list[tuple[Passage, Path]])
    # Of what is held.
    tokens: int = 0

    def take(self, passage: Passage, path: Path) -> Iterator[Piece]:
        """Hold the passage; the piece before it, where that is whole now."""
        if self.held and self._ends_before(passage, path):
            kept = len(self.held) - self._leads_into(passage)
            yield from self._end(kept)
            if self.tokens + passage.tokens > self.rules.most_with_leads:
                yield from self._end(len(self.held))
        self.held.append((passage, path))
        self.tokens += passage.tokens

    def rest(self) -> Iterator[Piece]:
        """The last pieces, where there are any."""
        yield from self._end(len(self.held))
        if self.whole:
            yield self._piece(self.whole)

    def _end(self, count: int) -> Iterator[Piece]:
        """Let the first passages that are held make a piece."""
        ended, self.held = self.held[:count], self.held[count:]
        self.tokens = _tokens(self.held)
        if not ended or self._is_rest(ended):
            self.whole += ended
            return
        if self.whole:
            yield self._piece(self.whole)
        self.whole = ended

    def _is_rest(self, ended: _Held) -> bool:
        """Whether passages are too few for a piece and belong to the one before: a table's notes, a last sentence."""
        if not self.whole or _tokens(ended) >= self.rules.least_tokens:
            return False
        is_same_place = self.whole[-1][1] == ended[0][1] and self.whole[-1][0].page == ended[-1][0].page
        has_room = _tokens(self.whole) + _tokens(ended) <= self.rules.most_with_leads
        return is_same_place and has_room and all(passage.kind != "heading" for passage, _ in ended)

    def _ends_before(self, passage: Passage, path: Path) -> bool:
        last, last_path = self.held[-1]
        is_new_page = self.has_pages and last.page != passage.page
        if self.tokens + passage.tokens > self.rules.most_tokens or last.is_cut:
            return True
        if all(one.kind == "heading" for one, _ in self.held):
            return False
        if self.tokens < self.rules.least_tokens:
            return is_new_page if passage.kind == "heading" else is_new_page and not _common(last_path, path)
        if passage.kind == "heading" or (last.kind == "table") != (passage.kind == "table"):
            return True
        return is_new_page and not _goes_on(last, passage)

    def _leads_into(self, passage: Passage) -> int:
        """How many passages at the end belong to what comes: headings, a caption, words that end in a colon."""
        count = 0
        for held, _ in reversed(self.held):
            is_caption = count == 0 and passage.kind == "table" and held.tokens <= self.rules.caption_tokens
            is_lead = count == 0 and held.text.endswith(":") and held.tokens <= self.rules.most_tokens // 2
            if held.kind != "heading" and not (held.kind != "table" and (is_caption or is_lead)):
                break
            count += 1
        return count

    def _piece(self, held: _Held) -> Piece:
        """One piece of the passages: the headings they all stand under, and the kind that most of it is."""
        said = [one for one in held if one[0].kind != "heading"] or held[-1:]
        path = said[0][1]
        tokens = dict[BlockKind, int]()
        for passage, own in said:
            path = _common(path, own)
            tokens[passage.kind] = tokens.get(passage.kind, 0) + passage.tokens
        return Piece(
            _content([passage for passage, _ in held]),
            path,
            tuple(sorted({passage.page for passage, _ in held})) if self.has_pages else (),
            sum(passage.tokens for passage, _ in held),
            max(tokens, key=lambda kind: tokens[kind]),
        )


def _tokens(held: _Held) -> int:
    return sum(passage.tokens for passage, _ in held)


def _content(passages: Sequence[Passage]) -> str:
    """The texts, an empty line between them; a blank where a page's end parts a sentence."""
    text = passages[0].text
    for last, passage in pairwise(passages):
        text += (" " if last.page != passage.page and _goes_on(last, passage) else "\n\n") + passage.text
    return text


def _goes_on(last: Passage, passage: Passage) -> bool:
    """Whether a sentence stands on both sides of a page's end."""
    both_plain = last.kind == passage.kind == "paragraph"
    return both_plain and not last.text.endswith(_ENDED) and passage.text[:1].islower()


def _common(one: Path, other: Path) -> Path:
    """The headings that both have above them."""
    if one == other:
        return one
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return one[:count]
