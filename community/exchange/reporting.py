"""What an import did: counts by reason, errors by place, and progress on stderr. Never a customer's words."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

ERRORS_TOLD = 100  # one by one; the rest is counted only
PLAIN_EVERY = 5_000  # rows between two lines of progress where there is no terminal


@dataclass
class Tally:
    """Counts of one import; read = imported + already + skipped + errors."""

    rows: str = "rows"
    missing: str = ""  # what is done without the file that these rows would have come from
    read: int = 0
    imported: int = 0
    already: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    def error(self, place: str, reason: str) -> None:
        """This row was not imported because of what it holds."""
        self.errors[reason] += 1
        if self.errors.total() <= ERRORS_TOLD:
            click.echo(f"{place}: {reason}", err=True)
        elif self.errors.total() == ERRORS_TOLD + 1:
            click.echo("... further errors are only counted", err=True)

    def told(self, is_dry_run: bool) -> str:
        """The summary, over several lines."""
        if self.missing:
            return self.missing
        verb = "would be imported" if is_dry_run else "imported"
        lines = [
            f"{self.read} {self.rows} read: {self.imported} {verb}, {self.already} already there, "
            f"{self.skipped.total()} skipped, {self.errors.total()} with errors"
        ]
        for title, counts in (("skipped", self.skipped), ("error", self.errors), ("note", self.notes)):
            lines += [f"  {title}: {count} {reason}" for reason, count in counts.most_common()]
        return "\n".join(lines)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int], None]]:
    """A function to call with the number of rows done so far."""
    if sys.stderr.isatty():
        with _bar(label) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done: bar.update(task, completed=done)
    else:
        yield _plain(label)


def _bar(label: str) -> Progress:
    columns = (TextColumn(label), BarColumn(), TextColumn("{task.completed:,} rows"), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _plain(label: str) -> Callable[[int], None]:
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done - told >= PLAIN_EVERY:
            told = done
            click.echo(f"{label}: {done} rows", err=True)

    return tell
