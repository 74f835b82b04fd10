"""The steps that look at a picture, and that put it into words."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog

from aionserver.domains.descriptions import queries
from aionserver.domains.descriptions.facts import as_columns, look, looker_versions
from aionserver.domains.descriptions.service import seen_in
from aionserver.domains.descriptions.tables import DescriptionRow
from aionserver.domains.files import service as files
from aionserver.domains.files.service import Save, StoredFile, Work
from aionserver.domains.usage import service as usage
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.tags import LONGEST_TAG, MOST_TAGS, clean_tags
from aionserver.models.captioning import Describer, Description, PictureFacts

log = structlog.get_logger(__name__)
MOST_VISIBLE_TEXT = 20_000


class AnalysisStep:
    """Classes, objects, visible text and safe-search score."""

    name = "analysis"
    needs: Sequence[str] = ("probe",)
    reports = "description_status"

    def version(self, infra: Infra) -> str:
        """Changes with any of the networks."""
        return "1:" + ",".join(sorted(f"{name}@{version}" for name, version in looker_versions(infra).items()))

    def wanted(self, file: StoredFile) -> bool:
        """Pictures that are to be described."""
        return file.media_type == "image" and file.auto_describe

    async def run(self, work: Work) -> Save:
        """Let every network look once."""
        infra, picture = work.infra, await work.picture()
        seen = await infra.think(look, infra, picture.pixels)
        work.note(seen)
        values = {**as_columns(seen), "models": looker_versions(infra)}

        async def save(scope: Scope) -> None:
            await queries.save_facts(scope, work.file_id, values)

        return save


class DescriptionStep:
    """The description and the tags."""

    name = "description"
    needs: Sequence[str] = ("analysis",)
    reports = "description_status"

    def version(self, infra: Infra) -> str:
        """Changes with what writes descriptions."""
        describer = infra.model(Describer)
        return f"1:{describer.name}@{describer.version}"

    def wanted(self, file: StoredFile) -> bool:
        """Pictures that are to be described."""
        return file.media_type == "image" and file.auto_describe

    async def run(self, work: Work) -> Save:
        """Put what was seen into words."""
        await _require_credits(work)
        infra, started = work.infra, time.perf_counter()
        facts = await _facts(work)
        # A remote model may take a minute: not in the thread that the networks share.
        written = await asyncio.to_thread(infra.model(Describer).describe, facts)
        if written.fallback_reason:
            log.warning("vision_model_not_used", file_id=str(work.file_id), reason=written.fallback_reason)
        elapsed_ms = round((time.perf_counter() - started) * 1000)

        async def save(scope: Scope) -> None:
            await _save(scope, work, written, elapsed_ms)

        return save


async def _require_credits(work: Work) -> None:
    """Before a model is asked: a description that was charged already may be written anew."""
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        if not await usage.charged(scope, usage.DESCRIBE, [work.file_id]):
            await usage.require_credits(scope, _price(work.infra))


async def _facts(work: Work) -> PictureFacts:
    seen, picture = await seen_in(work), await work.picture()
    analysis: Any = picture.colors
    return PictureFacts(
        width=picture.width,
        height=picture.height,
        tags=seen.tags.top,
        objects=seen.objects,
        text=seen.text,
        colours=tuple((color["name"], color["percentage"]) for color in analysis["dominant_colors"]),
        brightness=analysis["analytics"]["brightness"]["average"],
        captured_at=picture.captured_at,
        pixels=picture.pixels,
    )


async def _save(scope: Scope, work: Work, written: Description, elapsed_ms: int) -> None:
    now, text = scope.now(), written.visible_text[:MOST_VISIBLE_TEXT]
    row = DescriptionRow(
        tenant_id=scope.tenant_id,
        file_id=work.file_id,
        description=written.text,
        visible_text=text,
        tags=list(written.tags),
        confidence=written.confidence,
        model=written.model,
        version=written.version,
        fallback_reason=written.fallback_reason,
        processing_time_ms=elapsed_ms,
        created_at=now,
    )
    await queries.add_description(scope, row)
    described = files.Described(written.text, text or None, written.confidence, _shown_tags(work, written))
    await files.set_description(scope, work.file_id, described)
    await usage.charge(
        scope, usage.DESCRIBE, work.file_id, _price(scope.infra), _particulars(work, written, elapsed_ms)
    )


def _price(infra: Infra) -> int:
    return usage.prices(infra).image(usage.STANDARD)


def _particulars(work: Work, written: Description, elapsed_ms: int) -> usage.Particulars:
    counts = written.tokens
    return usage.Particulars(
        file_id=work.file_id,
        level=usage.STANDARD,
        provider=written.provider,
        model=written.model,
        tokens=usage.Tokens(counts.read, counts.written, counts.cache_read, counts.cache_created),
        processing_time_ms=elapsed_ms,
        user_id=work.file.uploaded_by,
    )


def _shown_tags(work: Work, written: Description) -> list[str]:
    made = [tag[:LONGEST_TAG] for tag in written.tags]
    return clean_tags([*work.file.tags, *made])[:MOST_TAGS]
