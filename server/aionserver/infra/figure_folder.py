"""Figures of all processes of a data folder: each writes its own, any adds them up, and the dead are counted on.

A process holds a lock on its file `<id>.alive` for as long as it lives, whatever ends it. Who adds up finds the files
that nobody holds, adds what was counted there to `past.json`, and removes them. All of it happens under one lock.
"""

import fcntl
import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aionserver.infra.figures import Key, Series, added, lasting
from aionserver.kit.ids import new_id

PAST = "past"
ALIVE = ".alive"
LARGEST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Written:
    """What a process wrote: what it is, and what it has counted."""

    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    series: Series = field(default_factory=dict[Key, list[float]])


class FigureFolder:
    """One process's place among the figures of all. Raises OSError where the folder can't be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._id = str(new_id())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            self._alive = os.open(self._path(self._id, ALIVE), os.O_CREAT | os.O_WRONLY, 0o600)
            fcntl.flock(self._alive, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def write(self, about: Mapping[str, Any], series: Series) -> None:
        """Leave this process's figures for the others, whole or not at all."""
        self._replace(self._id, {"about": about, "series": _rows(series)})

    def read_all(self) -> tuple[list[Written], Series]:
        """What each other living process wrote, and what the dead had counted."""
        with self._locked():
            living = [one for one in self._ids() if not self._is_dead(one)]
            past = self._bury(set(self._ids()) - set(living))
            return [self._read(one) for one in living if one != self._id], past

    def close(self) -> None:
        """This process counts no more; what it wrote stays."""
        os.close(self._alive)

    def _ids(self) -> list[str]:
        return sorted(path.name.removesuffix(ALIVE) for path in self._folder.glob(f"*{ALIVE}"))

    def _is_dead(self, name: str) -> bool:
        if name == self._id:
            return False
        with suppress(BlockingIOError), self._path(name, ALIVE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return True
        return False

    def _bury(self, dead: set[str]) -> Series:
        """The sums of all that are dead, these too, whose files are then gone."""
        past = self._read(PAST)
        buried, series = {str(name) for name in past.about.get("buried", ())}, lasting(past.series)
        for name in dead - buried:  # a file that outlived its burial is not counted twice
            added(series, lasting(self._read(name).series))
        if dead - buried:
            self._replace(PAST, {"about": {"buried": sorted(dead)}, "series": _rows(series)})
        for name in dead:
            self._path(name, ".json").unlink(missing_ok=True)
            self._path(name, ALIVE).unlink(missing_ok=True)
        return series

    def _read(self, name: str) -> Written:
        """What stands in a file; nothing where there is none yet, or one that is not ours."""
        path = self._path(name, ".json")
        try:
            if path.stat().st_size > LARGEST_BYTES:
                return Written()
            found = json.loads(path.read_bytes())
            return Written(found["about"], {tuple(key): [*map(float, values)] for key, values in found["series"]})
        except (OSError, ValueError, TypeError, KeyError):
            return Written()

    def _replace(self, name: str, content: object) -> None:
        temporary = self._path(name, ".new")
        try:
            temporary.write_text(json.dumps(content, separators=(",", ":")))
            temporary.replace(self._path(name, ".json"))
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def _path(self, name: str, ending: str) -> Path:
        return self._folder / f"{name}{ending}"

    @contextmanager
    def _locked(self) -> Generator[None]:
        with (self._folder / "lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _rows(series: Series) -> list[tuple[Key, list[float]]]:
    return [(key, values) for key, values in series.items()]
