"""The report as a spreadsheet: numbers are numbers, days are days, filters work, and no cell runs as a formula."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from community.insights.report_words import definitions
from community.tables import safe_cell
from community.web.languages import local, term

WIDEST = 90  # characters of a column
LONGEST_CELL = 32_000  # characters; a spreadsheet takes 32,767
DAY = "yyyy-mm-dd"
Row = Sequence[Any]


def workbook(facts: dict[str, Any]) -> bytes:
    """Sheets: summary, themes, quotes, weeks, definitions."""
    book = Workbook(write_only=True)
    for title, head, rows in (
        (_("Summary"), (_("Figure"), _("Now"), _("Period before")), summary(facts)),
        (_("Themes"), theme_head(), theme_rows(facts)),
        (
            _("Quotes"),
            (_("Theme number"), _("Theme"), _("Quote"), _("Sentiment"), _("Channel"), _("Language"), _("Day")),
            quote_rows(facts),
        ),
        (_("By week"), (_("Theme number"), _("Theme"), _("Week from"), _("Mentions")), week_rows(facts)),
        (_("Definitions"), (_("Figure"), _("What it means")), definitions()),
    ):
        add_sheet(book, title, head, list(rows))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def add_sheet(book: Workbook, title: str, head: Row, rows: Sequence[Row]) -> None:
    """A table whose head stays in sight and filters; columns as wide as what stands in them."""
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{len(rows) + 1}"
    for number, name in enumerate(head, 1):
        longest = max((len(str(row[number - 1])) for row in rows if row[number - 1] is not None), default=0)
        sheet.column_dimensions[get_column_letter(number)].width = min(
            WIDEST, max(10, len(str(name)) * 1.3 + 3, longest + 2)
        )
    sheet.append([cell(sheet, name, bold=True) for name in head])
    for row in rows:
        sheet.append([cell(sheet, value) for value in row])


def cell(sheet: Worksheet, value: Any, bold: bool = False) -> WriteOnlyCell:
    """Words as words, whatever sign they begin with."""
    made = WriteOnlyCell(sheet)
    if isinstance(value, datetime):
        made.value, made.number_format = value.astimezone(UTC).date(), DAY  # spreadsheets know no zones
    else:
        made.value = safe_cell(str(value)[:LONGEST_CELL]) if isinstance(value, str) else value
    if isinstance(made.value, str):
        made.data_type = "s"
        made.alignment = Alignment(wrap_text=len(made.value) > WIDEST, vertical="top")
    if bold:
        made.font = Font(bold=True)
    return made


def summary(facts: dict[str, Any]) -> Iterable[Row]:
    report, content = facts["report"], facts["content"]
    now, before = content["totals"], content["totals_before"]
    yield _("first day"), report.starts_at, None
    yield _("last day"), report.ends_at - timedelta(microseconds=1), None
    if report.is_issued:
        yield _("issued"), report.created_at, None
    for name, text in (
        ("verbatims", _("texts read")), ("customers", _("customers heard")), ("score", _("mean sentiment, −1 to 1")),
        ("leaving", _("say they are leaving")),
    ):  # fmt: skip
        yield text, now[name], before[name]
    for part in ("sentiments", "intents"):
        for word in sorted({*now[part], *before[part]}):
            yield _("texts: %(kind)s", kind=term(word)), now[part].get(word, 0), before[part].get(word, 0)
    yield _("smallest group that is shown, customers"), content["least_customers"], None
    if report.is_issued:
        yield _("quotes removed since"), facts["removed"], None


def theme_head() -> Row:
    return (
        _("Theme number"), _("Theme"), _("Kind"), _("Rank"), _("Department"), _("Status"), _("Customers"),
        _("Customers before"), _("Mentions"), _("Mentions before"), _("Mean sentiment"), _("Impact"),
        _("How negative"), _("Trend"), _("Value at stake"), _("Products"), _("Channels"), _("Languages"), _("Due"),
    )  # fmt: skip


def theme_rows(facts: dict[str, Any]) -> Iterable[Row]:
    products = facts["products"]
    for kind, themes in facts["sections"]:
        for rank, theme in enumerate(themes, 1):
            parts = theme.get("parts") or {}
            due = theme.get("due_on")
            yield (
                theme["id"], local(theme, "name"), term(kind), rank, term(theme["department"]) if theme.get("department") else None,
                term(theme["status"]), theme["now"]["customers"], theme["before"]["customers"], theme["now"]["mentions"],
                theme["before"]["mentions"], theme["score"], theme["impact"], parts.get("negativity"), parts.get("trend"),
                parts.get("value"), ", ".join(local(products[slug], "name") if slug in products else slug for slug in theme["products"]),
                ", ".join(map(term, theme["channels"])), ", ".join(map(term, theme["languages"])),
                datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None,
            )  # fmt: skip


def quote_rows(facts: dict[str, Any]) -> Iterable[Row]:
    for theme in themes_of(facts):
        for quote in (facts["quotes"][key] for key in theme["quotes"]):
            yield (
                theme["id"], local(theme, "name"), quote.text, term(quote.sentiment), term(quote.channel),
                term(quote.language), quote.said_at,
            )  # fmt: skip


def week_rows(facts: dict[str, Any]) -> Iterable[Row]:
    """A row for each theme and week; an empty cell where too few customers spoke."""
    end = facts["report"].ends_at
    for theme in themes_of(facts):
        weeks = theme.get("by_week") or []
        for place, count in enumerate(weeks):
            yield theme["id"], local(theme, "name"), end - timedelta(weeks=len(weeks) - place), count


def themes_of(facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [theme for _kind, themes in facts["sections"] for theme in themes]
