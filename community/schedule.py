"""The community's own jobs, run by the worker: one table of name, how often, function.

Each is called inside an application context, opens and commits its own units of work, and says what it did as counts;
nothing done, no counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chore:
    """A job by its name: every so many seconds, or once a day at an hour and minute (UTC)."""

    name: str
    work: Callable[[], dict[str, Any]]
    seconds: int | None = None
    at: tuple[int, int] | None = None


CHORES: tuple[Chore, ...] = ()
