"""The progress display for uploads."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from aion import VideoChunkProgressEvent
from aion.progress import UploadProgress


async def test_the_bars_follow_an_upload(client, photo):
    display = Progress(console=Console(file=io.StringIO()))
    with UploadProgress(display) as progress:
        await client.upload([photo("a.jpg"), photo("b.jpg")], **progress.callbacks)
    assert [(task.completed, task.total) for task in display.tasks] == [(2, 2), (2, 2)]


async def test_the_bars_follow_documents_too(client, photo):
    display = Progress(console=Console(file=io.StringIO()))
    with UploadProgress(display) as progress:
        await client.documents.upload([photo("a.txt"), photo("b.md")], **progress.document_callbacks)
    assert [(task.completed, task.total) for task in display.tasks] == [(2, 2), (2, 2)]


def test_the_first_bar_follows_the_bytes_of_a_video():
    display = Progress(console=Console(file=io.StringIO()))
    progress = UploadProgress(display)
    progress.video_callbacks["on_chunk_progress"](VideoChunkProgressEvent(1, 2, 300, 1024, "v1"))
    assert (display.tasks[0].completed, display.tasks[0].total) == (300, 1024)
