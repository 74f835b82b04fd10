"""A program as a careful user writes it: type checkers in their strictest mode find nothing in it."""

# ruff: noqa: T201, PERF401

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Optional

from aion import (
    AionVision,
    AionvisionError,
    BatchUploadResults,
    ChatToken,
    ChatTokenType,
    Pipeline,
    RawResponse,
    SyncAionVision,
    UploadProgressEvent,
    UserFile,
    UserFileDetails,
)
from aion.testing import FakeServer


def tell(event: UploadProgressEvent) -> None:
    print(event.filename, event.progress_percent)


async def upload(client: AionVision, folder: Path) -> BatchUploadResults:
    results = await client.upload(folder, on_progress=tell, tags=["trip"])
    first: Optional[str] = results[0].description
    print(first, results.summary())
    return results


async def recent(client: AionVision, since: datetime) -> list[str]:
    names: list[str] = []
    async for file in client.files.list_all(date_from=since):
        names.append(describe(file))
    return names


def describe(file: UserFile) -> str:
    created: Optional[datetime] = file.created_at
    return f"{file.filename or '?'} {created.isoformat() if created else ''}"


async def talk(client: AionVision) -> str:
    words: list[str] = []
    async with client.chat_session(title="Cars") as chat:
        tokens: AsyncIterator[ChatToken] = chat.send_stream("Which cars are red?")
        async for token in tokens:
            if token.type is ChatTokenType.TOKEN and token.content:
                words.append(token.content)
        answer = await chat.send("And blue?")
        ids: list[str] = answer.as_collection().ids
    return " ".join([*words, answer.resolved_content, *ids])


async def agents(client: AionVision) -> Optional[str]:
    pipeline: Pipeline = client.pipeline().search_images("cars").analyze("Which are damaged?", depends_on=[0])
    result = await pipeline.run()
    return result.final.summary


async def whole(client: AionVision, file_id: str) -> int:
    answer: RawResponse[UserFileDetails] = await client.with_raw_response.files.get(file_id)
    size: int = answer.parse().size_bytes
    return size + answer.status_code


def blocking() -> int:
    with SyncAionVision.from_env() as client:
        try:
            found = client.with_options(timeout=5).agent_search.images("cars", limit=3)
        except AionvisionError as error:
            print(error.code, error.details.get("request_id"))
            return 0
        scores: list[float] = [item.score for item in found.results]
        total: int = client.with_raw_response.files.list().parse().total_count
        names: list[str] = [link.url for link in client.links.list_all()]
        return len(scores) + total + len(names) + len(client.folders.tree().folders)


def faked() -> int:
    server = FakeServer()
    with server.sync_client() as client:
        client.documents.upload_one(b"words", filename="a.txt")
    return len(server.asked)
