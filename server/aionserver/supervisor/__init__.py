"""The parent of everything `aionvision serve` runs: PostgreSQL, api and workers, restarted when they die.

`Supervisor(Plan(...)).run()` in the main thread serves until SIGTERM or SIGINT, then stops all in 10 s.
"""

from aionserver.supervisor.plan import Plan, Program
from aionserver.supervisor.refusals import ServeRefused
from aionserver.supervisor.run import Supervisor

__all__ = ["Plan", "Program", "ServeRefused", "Supervisor"]
