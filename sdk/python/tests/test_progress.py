"""The progress display for uploads."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from aion.progress import UploadProgress


async def test_the_bars_follow_an_upload(client, photo):
    display = Progress(console=Console(file=io.StringIO()))
    with UploadProgress(display) as progress:
        await client.upload([photo("a.jpg"), photo("b.jpg")], **progress.callbacks)
    assert [(task.completed, task.total) for task in display.tasks] == [(2, 2), (2, 2)]
