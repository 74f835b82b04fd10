"""A gate between processes: who waits goes on when the other side has closed its end of a pipe, or has died.

A child started early loads its code while the database is still being made ready.
"""

import os

VARIABLE = "AIONVISION_GATE"


class Gate:
    """The side that opens. `descriptor` is to be inherited by those who wait."""

    def __init__(self) -> None:
        self.descriptor, self._own_end = os.pipe()

    def open(self) -> None:
        """Let everybody through, now and later."""
        if self._own_end >= 0:
            os.close(self._own_end)
            self._own_end = -1

    def close(self) -> None:
        """Let go of the pipe."""
        self.open()
        os.close(self.descriptor)


def wait_at_gate() -> None:
    """Return once the gate named in the environment is open; at once where none is."""
    descriptor = os.environ.get(VARIABLE)
    if descriptor is not None:
        os.read(int(descriptor), 1)
