"""Finding pictures by a colour that they have."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from aionserver.domains.colors import queries
from aionserver.domains.colors.presentation import as_analysis
from aionserver.domains.colors.schemas import ColorSearchRequest, ColorSearchResponse, ColorSearchResult
from aionserver.domains.files import service as files
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Reader, Scope
from aionserver.kit.color_matching import FAMILY_NUMBERS, Match, Matches, Named, Wanted, large_enough, unpacked
from aionserver.kit.color_names import kinds_of, named_colors, similar_names
from aionserver.kit.color_spaces import rgb_from_hex
from aionserver.kit.colors import LOOKS, LookName
from aionserver.kit.palettes import Pixels

# So many of the 64,896 cells are read in one piece: that bounds the memory which a piece takes, and one is compared
# while the next is read.
CELLS_AT_ONCE = 1024
LONGEST_NAME = 100
MOST_FOUND = 200
# So many may be asked of one picture.
MOST_COLORS = 4
# Farther on there is nothing, and the database's numbers end somewhere.
FARTHEST = 2**31


async def search(reader: Reader, asked: ColorSearchRequest) -> ColorSearchResponse:
    """The pictures that have a colour which is all that was asked for, the best match first."""
    wanted = _wanted(asked)
    if wanted.near is None and wanted.named is None and wanted.family is not None:
        matches, total = await _of_family(reader, wanted.family, asked)
    else:
        matches, total = await _near(reader, wanted, asked)
    results = await _shown(reader, matches, asked.delta_e_threshold)
    return ColorSearchResponse(results=results, total_count=total, limit=asked.limit, offset=asked.offset)


async def pictures_with(scope: Scope, colors: str, among: Sequence[UUID] | None = None) -> list[UUID]:
    """The pictures, perhaps `among` some, that have each of the colours, the best matches of the first one first.

    `colors` are names or #RRGGBB, separated by commas; InvalidInput for what is no known colour.
    """
    first, *others = [await _with_color(scope, color.strip(), among) for color in colors.split(",")[:MOST_COLORS]]
    in_others = [set(found) for found in others]
    return [one for one in first if all(one in found for found in in_others)]


async def _with_color(scope: Scope, color: str, among: Sequence[UUID] | None) -> list[UUID]:
    asked = ColorSearchRequest(hex_code=color) if color.startswith("#") else ColorSearchRequest(color_name=color)
    if among is None:
        found = await search(scope, asked.model_copy(update={"limit": MOST_FOUND}))
        return [UUID(one.image_id) for one in found.results]
    matches = Matches(_wanted(asked))
    stored = await queries.stored_of(scope, among)
    await asyncio.to_thread(matches.add, large_enough(chain.from_iterable(stored.values()), asked.min_percentage))
    return [one.file_id for one in matches.page(0, len(stored))[0]] if stored else []


async def pictures_that_look(scope: Scope, look: LookName, among: Sequence[UUID] | None = None) -> list[UUID]:
    """The pictures, perhaps `among` some, that are as a whole dark, bright, vivid and so on; the most so first."""
    return list(await queries.find_looks(scope, LOOKS[look], among, MOST_FOUND))


def _wanted(asked: ColorSearchRequest) -> Wanted:
    if asked.hex_code is None and asked.color_name is None and asked.color_family is None:
        raise InvalidInput.field("hex_code", "at least one of hex_code, color_name and color_family is needed")
    family = asked.color_family
    return Wanted(
        delta_e=asked.delta_e_threshold,
        near=_near_of(asked.hex_code) if asked.hex_code is not None else None,
        named=_named(asked.color_name) if asked.color_name is not None else None,
        family=_family_number(family) if family is not None else None,
    )


def _near_of(code: str) -> Pixels:
    try:
        return rgb_from_hex(code)[None]
    except ValueError as error:
        raise InvalidInput.field("hex_code", "must be a colour such as #FF6347") from error


def _named(name: str) -> Named:
    known = len(name) <= LONGEST_NAME
    named = Named(named_colors(name), frozenset(kinds_of(name))) if known else None
    if named is None or not named.kinds:
        similar = " or ".join(similar_names(name)) if known else ""
        hint = f"; is {similar} meant?" if similar else ""
        raise InvalidInput.field("color_name", f"is the name of no colour that is known{hint}")
    return named


def _family_number(name: str) -> int:
    number = FAMILY_NUMBERS.get(name.lower())
    if number is None:
        raise InvalidInput.field("color_family", f"must be one of {', '.join(FAMILY_NUMBERS)}")
    return number


async def _of_family(reader: Reader, family: int, asked: ColorSearchRequest) -> tuple[list[Match], int]:
    offset = min(asked.offset, FARTHEST)
    packed, total = await queries.find_family(reader, family, asked.min_percentage, offset, asked.limit)
    return unpacked(packed), total


async def _near(reader: Reader, wanted: Wanted, asked: ColorSearchRequest) -> tuple[list[Match], int]:
    """Of every colour that may be wanted, exactly those that are. It computes in a thread, for others wait here."""
    matches = Matches(wanted)
    if wanted.named is not None and wanted.near is None:
        kinds = sorted(wanted.named.kinds)
        await asyncio.to_thread(matches.add, await queries.packed_called(reader, kinds, asked.min_percentage))
    cells = await asyncio.to_thread(wanted.cells)
    packed = b""
    for start in range(0, len(cells), CELLS_AT_ONCE):
        piece = cells[start : start + CELLS_AT_ONCE]
        async with asyncio.TaskGroup() as both:
            both.create_task(asyncio.to_thread(matches.add, packed))
            reading = both.create_task(queries.packed_in_cells(reader, piece, asked.min_percentage))
        packed = reading.result()
    await asyncio.to_thread(matches.add, packed)
    return await asyncio.to_thread(matches.page, asked.offset, asked.limit)


async def _shown(reader: Reader, matches: Sequence[Match], threshold: float) -> list[ColorSearchResult]:
    ids = [match.file_id for match in matches]
    if not ids:
        return []
    found, analyses = await files.read_many(reader, ids), await queries.read_analyses(reader, ids)
    return [
        ColorSearchResult(
            image_id=str(match.file_id),
            thumbnail_url=files.thumbnail_url(reader, found[match.file_id]),
            color_analysis=as_analysis(analyses[match.file_id]),
            match_score=_score(match.delta_e, threshold),
            delta_e=match.delta_e,
            matched_hex=match.hex,
            matched_percentage=match.percentage,
        )
        for match in matches
        if match.file_id in found and match.file_id in analyses
    ]


def _score(delta_e: float | None, threshold: float) -> float:
    """From 1 for the very colour, or where none was asked for, to 0 at the threshold."""
    if not delta_e:
        return 1.0
    return round(max(0.0, 1 - delta_e / threshold), 4) if threshold else 0.0
