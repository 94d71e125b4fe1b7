"""The report as Markdown, JSON, HTML or terminal text, for the command line and for downloads."""

import json
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flask import current_app, has_request_context
from flask_babel import force_locale
from rich.console import Console
from rich.table import Table

from community.db import db
from community.insights import gaps, queries
from community.insights.charts import sparkline, weekly
from community.mail_addresses import page_url
from community.models import Report
from community.web.languages import is_chinese, local

SECTIONS = ("problem", "suggestion", "praise", "question")


def context(report: Report) -> dict[str, Any]:
    """What the templates of a report need: content, quotes, names."""
    content = report.content
    quotes = queries.quotes_of_report(db.session(), content)
    themes = {
        key: theme | {"quotes": readable_first(theme["quotes"], quotes)} for key, theme in content["themes"].items()
    }
    pinned, ignored = queries.marked_themes(db.session())
    ranked = {
        kind: sorted((key for key in content["ranked"][kind] if key not in ignored), key=lambda key: key not in pinned)
        for kind in SECTIONS
    }
    return {
        "report": report,
        "content": content,
        "sections": [(kind, [themes[str(key)] for key in ranked[kind]]) for kind in SECTIONS],
        "quotes": quotes,
        "products": queries.product_names(db.session()),
        "sparkline": sparkline,
        "weekly": weekly,
        "knowledge": gaps.knowledge(db.session(), content),
    }


def readable_first(ids: list[int], quotes: dict[int, queries.Quote]) -> list[int]:
    """The quotes that still exist, those in the reader's language first, else as they were ranked."""
    kept = [key for key in ids if key in quotes]
    return sorted(kept, key=lambda key: quotes[key].language.startswith("zh") != is_chinese())


def render(report_id: int, form: str, locale: str) -> str:
    """The report as text; `form` is md, json, html or terminal."""
    report = queries.report(db.session(), report_id)
    with as_asked_for(), force_locale(locale):
        facts = context(report)
        if form == "json":
            return json.dumps(as_json(facts), ensure_ascii=False, indent=1)
        if form == "terminal":
            return terminal(facts)
        name = {"md": "insights/report.md.j2", "html": "insights/report_standalone.html"}[form]
        return current_app.jinja_env.get_template(name).render(**facts)


def as_asked_for() -> AbstractContextManager[object]:
    """The reader's own request, so that links lead to the site they use; a command has none, and takes SITE_URL."""
    if has_request_context():
        return nullcontext()
    return current_app.test_request_context("/", base_url=page_url("/"))


def as_json(facts: dict[str, Any]) -> dict[str, Any]:
    """The stored content with the quotes' words in place of their ids."""
    report = facts["report"]
    themes = {}
    for key, theme in facts["content"]["themes"].items():
        quotes = [facts["quotes"][mention] for mention in theme["quotes"] if mention in facts["quotes"]]
        themes[key] = theme | {
            "quotes": [
                {
                    "text": quote.text, "channel": quote.channel, "language": quote.language,
                    "said_at": quote.said_at.isoformat(), "sentiment": quote.sentiment, "question": quote.question_id,
                }
                for quote in quotes
            ]
        }  # fmt: skip
    content: dict[str, Any] = facts["content"]
    return content | {
        "starts_at": report.starts_at.isoformat(), "ends_at": report.ends_at.isoformat(), "themes": themes,
    }  # fmt: skip


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
