"""The report's first themes as tables for a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from community.web.languages import local


def terminal(facts: dict[str, Any]) -> str:
    """The top themes as tables for a terminal."""
    titles = {
        "problem": "What hurts",
        "suggestion": "What they ask for",
        "praise": "What they love",
        "question": "What they ask",
    }
    console = Console(width=110, force_terminal=False, file=None)
    with console.capture() as capture:
        for kind, themes in facts["sections"]:
            table = Table(title=titles[kind], title_justify="left", expand=True)
            for name, ratio in (("theme", 5), ("customers", 1), ("before", 1), ("impact", 1), ("in their words", 6)):
                table.add_column(
                    name, ratio=ratio, min_width=len(name.split()[0]), justify="right" if ratio == 1 else "left"
                )
            for theme in themes[:6]:
                quote = next((facts["quotes"][key].text for key in theme["quotes"] if key in facts["quotes"]), "")
                table.add_row(
                    local(theme, "name"), str(theme["now"]["customers"]), few(theme["before"]["customers"], facts["content"]),
                    f"{theme['impact']:.1f}", quote[:110],
                )  # fmt: skip
            if themes:
                console.print(table)
    return capture.get()


def few(count: int | None, content: dict[str, Any]) -> str:
    """A count that may be too small to show."""
    return f"<{content['least_customers']}" if count is None else str(count)
