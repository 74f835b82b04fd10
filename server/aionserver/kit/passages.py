"""Passages: blocks of a document, cut where one is too long to be read at once."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aionserver.kit.documents.blocks import Block, BlockKind
from aionserver.kit.markdown_tables import head_and_rows, spoken_row

CountTokens = Callable[[str], int]

# Ends of sentences; of Chinese and Japanese ones too, which no blank follows. One group, or all, is white space. They
# start with one set of signs, for which a text is looked through several times as fast.
_SENTENCE_END: Final = re.compile(r"[.!?…。！？\n](?:(?<=[.!?…])[\"'”’»)\]]*(\s+)|(?<=[。！？])(\s*)|(?<=\n)\n*)")
_LINE_END: Final = re.compile(r"\n+")
_BLANK: Final = re.compile(r"\s+")
# More white space than any layout has; four of every twentieth character stand in it.
_GAP: Final = re.compile(r"\s{100,}")
_SEEN_IN_GAP: Final = re.compile(r"\s{4}")
# Where a text has no blanks, it is cut every so many characters.
_LONGEST_PART: Final = 24
_CHARACTERS_A_TOKEN: Final = 6


@dataclass(frozen=True, slots=True)
class Rules:
    """How long pieces are, in tokens: at most, at least where there is more, and what two of one passage share."""

    most_tokens: int = 160
    least_tokens: int = 50
    overlap_tokens: int = 25
    # A shorter paragraph before a table is its caption.
    caption_tokens: int = 25
    # A heading or a caption may make the piece that it leads into longer.
    most_with_leads: int = 200


@dataclass(frozen=True, slots=True)
class Passage:
    """A block, or a part of one, with the tokens it takes where it is read; `is_cut` where the next goes on with it."""

    text: str
    kind: BlockKind
    tokens: int
    page: int = 1
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """The least that stays whole; `gap` is what stood before it."""

    text: str
    tokens: int
    gap: str = ""


def passages_of(block: Block, page: int, count: CountTokens, rules: Rules, caption: str = "") -> Iterator[Passage]:
    """A block as one passage, or as several where it is too long; each part of a table has its heads and caption."""
    text = block.text.strip()
    if _SEEN_IN_GAP.search(text[::20]):
        text = _GAP.sub(" ", text)
    if block.kind == "table":
        yield from _of_table(text, page, count, rules, caption)
        return
    # Most of what is longer has to be cut; to count it whole as well would take as long again.
    if len(text) <= rules.most_tokens * _CHARACTERS_A_TOKEN and (tokens := count(text)) <= rules.most_tokens:
        yield Passage(text, block.kind, tokens, page)
        return
    ends = _SENTENCE_END if block.kind in ("paragraph", "note", "heading") else _LINE_END
    parts = _parts(text, ends, count, rules.most_tokens - rules.overlap_tokens)
    overlap = rules.overlap_tokens if block.kind in ("paragraph", "note") else 0
    yield from _joined(parts, block.kind, page, count, rules.most_tokens, overlap)


def _joined(
    parts: Iterable[_Part], kind: BlockKind, page: int, count: CountTokens, most: int, overlap: int
) -> Iterator[Passage]:
    """The parts together up to `most` tokens; all but the first begin with the end of the one before."""
    groups = packed(list(parts), most - overlap)
    end = ""
    for number, group in enumerate(groups):
        text = "".join(part.gap + part.text for part in group).lstrip()
        # Tokens add up over white space only.
        are_apart = all(part.gap for part in group[1:])
        tokens = sum(part.tokens for part in group) if are_apart else count(text)
        yield Passage(end + text, kind, tokens + (count(end) if end else 0), page, is_cut=number + 1 < len(groups))
        end = tail(group[-1], overlap) if overlap else ""


def packed(parts: Sequence[_Part], most: int) -> list[list[_Part]]:
    """The parts in as few groups as they fit in, about equally long; a part longer than `most` is alone."""
    total = sum(part.tokens for part in parts)
    goal = total / -(-total // most) if total else most
    groups, size = [list[_Part]()], 0
    for part in parts:
        if groups[-1] and (size + part.tokens > most or size + part.tokens / 2 > goal):
            groups.append([])
            size = 0
        groups[-1].append(part)
        size += part.tokens
    return groups


def tail(part: _Part, tokens: int) -> str:
    """The last words of a part, about as many tokens, with a blank; nothing where it has no words."""
    if part.tokens <= tokens:
        return f"{part.text.strip()} "
    words = part.text.split()
    kept = len(words) * tokens // part.tokens
    return " ".join(words[-kept:]) + " " if kept else ""


def _parts(text: str, ends: re.Pattern[str], count: CountTokens, most: int) -> Iterator[_Part]:
    """The sentences or lines of a text; words, then characters, of those that are too long."""
    for gap, piece in _split(text, ends):
        if len(piece) <= most * _LONGEST_PART and (tokens := count(piece)) <= most:
            yield _Part(piece, tokens, gap)
            continue
        for word_gap, word in _split(piece, _BLANK):
            yield from _of_word(word, word_gap or gap, count)
            gap = ""


def _of_word(word: str, gap: str, count: CountTokens) -> Iterator[_Part]:
    for start in range(0, len(word), _LONGEST_PART):
        piece = word[start : start + _LONGEST_PART]
        yield _Part(piece, count(piece), "" if start else gap)


def _split(text: str, ends: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """The pieces between ends, each with the white space before it; what else ends one stays with it."""
    start, gap = 0, ""
    for match in ends.finditer(text):
        end, after = match.span(match.lastindex or 0)
        if end > start:
            yield gap, text[start:end]
            gap = ""
        start, gap = after, gap + text[end:after]
    if start < len(text):
        yield gap, text[start:]


def _of_table(text: str, page: int, count: CountTokens, rules: Rules, caption: str) -> Iterator[Passage]:
    """A table by rows; parts after the first begin with its caption, all with its head."""
    head, rows = head_and_rows(text)
    is_short = sum(map(len, head)) <= rules.most_tokens * _LONGEST_PART
    head_tokens = sum(count(spoken_row(line)) for line in head) if is_short else 0
    if not is_short or head_tokens > rules.most_tokens // 2:
        head, rows, head_tokens = [], [*head, *rows], 0
    most = rules.most_tokens - head_tokens - rules.caption_tokens
    parts = list(_rows(rows, count, most))
    groups = packed(parts, most) if parts else [list[_Part]()]
    caption_tokens = count(caption) if len(groups) > 1 else 0
    for number, group in enumerate(groups):
        lines = [*([caption] if caption and number else []), *head, *(part.text for part in group)]
        tokens = head_tokens + sum(part.tokens for part in group) + (caption_tokens if number else 0)
        yield Passage("\n".join(lines), "table", tokens, page, is_cut=number + 1 < len(groups))


def _rows(rows: Iterable[str], count: CountTokens, most: int) -> Iterator[_Part]:
    """The rows; one that is too long as lines of its words."""
    for row in rows:
        words = spoken_row(row) or row
        if len(row) <= most * _LONGEST_PART and (tokens := count(words)) <= most:
            yield _Part(row, tokens)
        else:
            group = list(_parts(words, _SENTENCE_END, count, most))
            for few in packed(group, most):
                text = "".join(part.gap + part.text for part in few).strip()
                yield _Part(text, sum(part.tokens for part in few))
