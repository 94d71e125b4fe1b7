"""Progress on standard error: bars for a person at a terminal, a line now and then for a log."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

LINE_EVERY_SECONDS = 10


class Bars:
    """One bar a step; call it with the step's name, how much is done and of how much."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self.progress = Progress(
            TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TimeRemainingColumn(), console=self.console, disable=not self.console.is_terminal,
        )  # fmt: skip
        self.tasks: dict[str, TaskID] = {}
        self.done: dict[str, int] = {}
        self.spoken = time.monotonic()

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        if step not in self.tasks:
            self.tasks[step] = self.progress.add_task(step, total=total)
        self.progress.update(self.tasks[step], completed=done, total=total)
        if not self.console.is_terminal and (done >= total or time.monotonic() - self.spoken > LINE_EVERY_SECONDS):
            self.spoken = time.monotonic()
            self.console.print(f"{step}: {done} of {total}", highlight=False)

    def add(self, step: str, count: int) -> None:
        """Count up a step whose end is not known."""
        self.done[step] = self.done.get(step, 0) + count
        self(step, self.done[step], self.done[step])

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False)
