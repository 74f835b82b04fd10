"""What the server is short of, from its disks, its memory and its queue."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from aionserver.infra.errors import OutOfStorage
from aionserver.infra.pressure import Overloaded, Place, Pressure
from aionserver.infra.settings import Settings
from plugins.disks import SmallDisk

MIB = 1024 * 1024


def settings(folder: Path, **changes: Any) -> Settings:
    """Settings under which nothing is short."""
    given = {"data_dir": folder, "least_free_disk_bytes": 0, "least_free_memory_bytes": 0, **changes}
    return Settings.model_validate(given)


class Queue:
    """So many files that wait, and how often they were counted."""

    def __init__(self, waiting: int = 0) -> None:
        self.waiting, self.counted = waiting, 0

    async def count(self, most: int) -> int:
        self.counted += 1
        await asyncio.sleep(0)
        return min(most, self.waiting)


def free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


async def test_with_enough_of_everything_all_is_taken(tmp_path: Path) -> None:
    pressure = Pressure(settings(tmp_path), [Place(tmp_path, 0)], Queue().count)
    assert await pressure.shortages() == []
    await pressure.require_room(1000)


async def test_a_disk_with_less_than_the_least_takes_nothing(tmp_path: Path) -> None:
    short = settings(tmp_path, least_free_disk_bytes=free_bytes(tmp_path) * 2)
    with pytest.raises(OutOfStorage, match="disk is nearly full") as refused:
        await Pressure(short, [Place(tmp_path, 0)], Queue().count).require_room()
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (507, "60")
    assert str(tmp_path) not in refused.value.message


async def test_what_waits_has_its_room_reserved(tmp_path: Path, small_disk: SmallDisk) -> None:
    places, held = [Place(small_disk.folder, MIB)], settings(tmp_path, least_free_disk_bytes=2 * MIB)
    assert await Pressure(held, places, Queue(5).count).shortages() == []
    assert await Pressure(held, places, Queue(7).count).shortages() == ["disk"]


async def test_the_fullest_place_counts(tmp_path: Path, small_disk: SmallDisk) -> None:
    places = [Place(tmp_path, 0), Place(small_disk.folder, 0)]
    assert await Pressure(settings(tmp_path, least_free_disk_bytes=9 * MIB), places, Queue().count).shortages()
    assert not await Pressure(settings(tmp_path, least_free_disk_bytes=7 * MIB), places, Queue().count).shortages()


async def test_an_upload_has_to_fit_as_a_whole(tmp_path: Path, small_disk: SmallDisk) -> None:
    pressure = Pressure(settings(tmp_path, least_free_disk_bytes=MIB), [Place(small_disk.folder, 0)], Queue().count)
    await pressure.require_room(6 * MIB)
    with pytest.raises(OutOfStorage):
        await pressure.require_room(8 * MIB)


async def test_a_folder_that_is_not_there_has_no_room(tmp_path: Path) -> None:
    pressure = Pressure(settings(tmp_path, least_free_disk_bytes=1), [Place(tmp_path / "gone", 0)], Queue().count)
    assert await pressure.shortages() == ["disk"]


async def test_a_queue_as_deep_as_may_be_takes_no_more(tmp_path: Path) -> None:
    deep = settings(tmp_path, deepest_queue=3)
    assert await Pressure(deep, [], Queue(2).count).shortages() == []
    with pytest.raises(Overloaded, match="wait to be processed") as refused:
        await Pressure(deep, [], Queue(3).count).require_room()
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "30")


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="this system does not say how much memory is free")
async def test_with_little_memory_nothing_new_is_taken(tmp_path: Path) -> None:
    with pytest.raises(Overloaded, match="memory") as refused:
        await Pressure(settings(tmp_path, least_free_memory_bytes=1 << 60), [], Queue().count).require_room()
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "10")


async def test_many_requests_share_one_reading(tmp_path: Path) -> None:
    queue = Queue()
    pressure = Pressure(settings(tmp_path), [Place(tmp_path, 0)], queue.count)
    await asyncio.gather(*(pressure.require_room() for _ in range(50)))
    await pressure.require_room()
    assert queue.counted == 1


async def test_an_old_reading_is_renewed(tmp_path: Path) -> None:
    queue = Queue(1)
    pressure = Pressure(settings(tmp_path, deepest_queue=1), [], queue.count)
    pressure.fresh_seconds = 0
    assert await pressure.shortages() == ["queue"]
    queue.waiting = 0
    assert await pressure.shortages() == []


async def test_a_reading_that_fails_is_tried_again_by_the_next(tmp_path: Path) -> None:
    answers = iter([OSError("away"), 0])

    async def count(_: int) -> int:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    pressure = Pressure(settings(tmp_path), [], count)
    with pytest.raises(OSError, match="away"):
        await pressure.require_room()
    await pressure.require_room()
