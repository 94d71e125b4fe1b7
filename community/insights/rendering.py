"""The report as a page, Markdown, JSON, HTML, XLSX or terminal text: always rendered anew, so that no file keeps words."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flask import current_app, has_request_context
from flask_babel import force_locale

from community.db import db
from community.insights import frozen, gaps, queries, workbook
from community.insights.charts import sparkline, weekly
from community.insights.terminal import terminal
from community.mail_addresses import page_url
from community.models import DEPARTMENTS, Report
from community.web.languages import is_chinese

SECTIONS = ("problem", "suggestion", "praise", "question")
Facts = dict[str, Any]
Section = tuple[str, list[Facts]]  # a kind and its themes


def context(report: Report, department: str | None = None) -> Facts:
    """What the templates of a report need: content, quotes, names; of one department only its themes."""
    content = report.content
    quotes = frozen.quotes_of(db.session(), report)
    themes = {
        key: theme | {"quotes": readable_first(theme["quotes"], quotes)} for key, theme in content["themes"].items()
    }
    sections = [(kind, [themes[str(key)] for key in ids]) for kind, ids in ranked(report).items()]
    parts = by_department(sections)
    shown = [(name, part) for name, part in parts if department is None or name == department]
    return {
        "report": report,
        "content": content,
        "sections": sections if department is None else shown[0][1] if shown else [],
        "parts": shown,
        "departments": [name for name, _part in parts if name],
        "department": department,
        "quotes": quotes,
        "removed": frozen.removed(content, quotes) if report.is_issued else 0,
        "products": content.get("products") or queries.product_names(db.session()),
        "sparkline": sparkline,
        "weekly": weekly,
        "knowledge": gaps.knowledge(db.session(), content, report.is_issued),
    }


def ranked(report: Report) -> dict[str, list[int]]:
    """Kind -> ids of its themes in order. What is pinned or ignored now changes no issued report."""
    stored: dict[str, list[int]] = {kind: report.content["ranked"][kind] for kind in SECTIONS}
    if report.is_issued:
        return stored
    pinned, ignored = queries.marked_themes(db.session())
    return {
        kind: sorted((key for key in ids if key not in ignored), key=lambda key: key not in pinned)
        for kind, ids in stored.items()
    }


def by_department(sections: list[Section]) -> list[tuple[str | None, list[Section]]]:
    """Each department with the sections of its themes, as they were the report was made; last what is nobody's."""
    found = []
    for name in (*DEPARTMENTS, None):
        own = [(kind, [theme for theme in themes if theme.get("department") == name]) for kind, themes in sections]
        if any(themes for _kind, themes in own):
            found.append((name, [(kind, themes) for kind, themes in own if themes]))
    return found


def readable_first(ids: list[int], quotes: dict[int, queries.Quote]) -> list[int]:
    """The quotes that still exist, those in the reader's language first, else as they were ranked."""
    kept = [key for key in ids if key in quotes]
    return sorted(kept, key=lambda key: quotes[key].language.startswith("zh") != is_chinese())


def render(report_id: int, form: str, locale: str, department: str | None = None) -> str | bytes:
    """The report in this form: md, json, html, xlsx or terminal."""
    report = queries.report(db.session(), report_id)
    with as_asked_for(), force_locale(locale):
        return FORMS[form](context(report, department))


def as_asked_for() -> AbstractContextManager[object]:
    """The reader's own request, so that links lead to the site they use; a command has none, and takes SITE_URL."""
    if has_request_context():
        return nullcontext()
    return current_app.test_request_context("/", base_url=page_url("/"))


def markdown(facts: Facts) -> str:
    return current_app.jinja_env.get_template("insights/report.md.j2").render(**facts)


def page(facts: Facts) -> str:
    """One file that needs nothing from the site: its style sheet stands in it."""
    assert current_app.static_folder
    with open(f"{current_app.static_folder}/css/report_file.css", encoding="utf-8") as file:
        style = file.read()
    return current_app.jinja_env.get_template("insights/report_standalone.html").render(**facts, style=style)


def as_text(facts: Facts) -> str:
    return json.dumps(as_json(facts), ensure_ascii=False, indent=1)


def as_json(facts: Facts) -> Facts:
    """The stored content of the themes that are shown, with the quotes' words in place of their numbers."""
    report: Report = facts["report"]
    content: Facts = facts["content"]
    shown = [theme for _kind, themes in facts["sections"] for theme in themes]
    themes = {
        str(theme["id"]): theme | {"quotes": [said(facts["quotes"][key]) for key in theme["quotes"]]} for theme in shown
    }
    ranking = {kind: [theme["id"] for theme in themes] for kind, themes in facts["sections"]}
    return content | {
        "kind": report.kind, "issued_at": report.created_at.isoformat() if report.is_issued else None,
        "department": facts["department"] or report.department, "quotes_removed": facts["removed"],
        "starts_at": report.starts_at.isoformat(), "ends_at": report.ends_at.isoformat(), "ranked": ranking,
        "themes": themes,
    }  # fmt: skip


def said(quote: queries.Quote) -> Facts:
    return {
        "text": quote.text, "channel": quote.channel, "language": quote.language,
        "said_at": quote.said_at.isoformat(), "sentiment": quote.sentiment, "question": quote.question_id,
    }  # fmt: skip


FORMS: dict[str, Callable[[Facts], str | bytes]] = {
    "md": markdown, "json": as_text, "html": page, "xlsx": workbook.workbook, "terminal": terminal,
}  # fmt: skip
