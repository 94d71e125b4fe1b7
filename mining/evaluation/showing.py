"""Figures as a table for people and as JSON for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from mining.evaluation.figures import Interval
from mining.evaluation.judging import Row


def as_json(rows: Sequence[Row], facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of the measurement, and one object a group with its figures rounded to four places."""
    return facts | {"groups": [rounded(asdict(row)) for row in rows]}


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def show(rows: Sequence[Row], facts: dict[str, Any], console: Console) -> None:
    """A table for each head: a line a group, each figure with its interval, then the differences."""
    console.print(f"{facts['weights']} ({facts['revision']}), {facts['cases']} texts", soft_wrap=True)
    if facts["against"]:
        console.print(f"difference: that less {facts['against']} ({facts['against_revision']})", soft_wrap=True)
    console.print(f"in brackets: 95 % of {facts['samples']} bootstrap samples; * beyond chance\n")
    for head in dict.fromkeys(row.head for row in rows):
        console.print(table(head, [row for row in rows if row.head == head]))
        console.print()


def table(head: str, rows: Sequence[Row]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    changes = [name for name in names if any(name in row.difference for row in rows)]
    made = Table(title=head, title_justify="left", header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column("group", no_wrap=True)
    made.add_column("n", justify="right")
    for name in [*names, *(f"± {name}" for name in changes)]:
        made.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        label = " ".join(part for part in (row.kind, row.name) if part)
        made.add_row(label, f"{row.n:,}", *cells(row, names, changes))
    return made


def cells(row: Row, names: Sequence[str], changes: Sequence[str]) -> Iterator[str]:
    for name in names:
        yield plain(row.figures[name]) if name in row.figures else ""
    for name in changes:
        yield signed(row.difference[name]) if name in row.difference else ""


def plain(one: Interval) -> str:
    return f"{one.value:.3f} ({one.low:.3f} {one.high:.3f})"


def signed(one: Interval) -> str:
    star = "*" if one.low > 0 or one.high < 0 else " "
    return f"{one.value:+.3f} ({one.low:+.3f} {one.high:+.3f}){star}"
