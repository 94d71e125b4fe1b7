"""The first page of insights: what the worker computed for a period and a product, with names as they are now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import NotFound
from community.insights import overview_charts, queries
from community.insights.gaps import Gap, knowledge
from community.insights.overview_charts import Charts
from community.insights.rendering import readable_first
from community.metrics import METRICS, PERIODS, Metric
from community.models import Overview, Product, Report, Theme

LISTS = ("impact", "rising", "new", "praised")
MOST_GAPS = 4
QUOTED = 5  # themes of the first list that are quoted


@dataclass(frozen=True)
class Home:
    """What the page shows. Lists without what is ignored or was merged since; None for new themes while all are new."""

    overview: Overview
    product: Product | None
    figures: list[tuple[Metric, dict[str, Any]]]
    charts: Charts | None
    lists: list[tuple[str, list[tuple[dict[str, Any], Theme]] | None]]
    quotes: dict[int, queries.Quote]  # by theme
    gaps: list[Gap]


def home(session: Session, days: int, slug: str, products: Mapping[str, Product], report: Report) -> Home | None:
    """None when the worker has not computed it yet. Raises NotFound for a period or product that there is not."""
    if days not in PERIODS or (slug and slug not in products):
        raise NotFound
    overview = session.get(Overview, (days, slug))
    if overview is None:
        return None
    content = overview.content
    gaps = [gap for gap in knowledge(session, report.content).gaps if not slug or slug in gap.theme["products"]]
    listed = {row["theme"] for rows in content["lists"].values() for row in rows or ()}
    themes = themes_of(session, listed | {gap.theme["id"] for gap in gaps})
    lists = [(name, named(content["lists"][name], themes)) for name in LISTS]
    shown = [theme.id for _row, theme in (lists[0][1] or ())][:QUOTED]
    return Home(
        overview, products.get(slug), figures(content), overview_charts.charts(content["chart"]), lists,
        quoted(session, report, shown) if not slug else {},
        [gap for gap in gaps if gap.theme["id"] in themes][:MOST_GAPS],
    )  # fmt: skip


def figures(content: Mapping[str, Any]) -> list[tuple[Metric, dict[str, Any]]]:
    return [(metric, content["figures"][metric.name]) for metric in METRICS if metric.name in content["figures"]]


def themes_of(session: Session, wanted: Iterable[int]) -> dict[int, Theme]:
    """Those of them that are neither ignored nor merged now."""
    rows = select(Theme).where(Theme.id.in_(wanted), Theme.merged_into_id.is_(None), Theme.is_ignored.is_(False))
    return {theme.id: theme for theme in session.scalars(rows)}


def named(rows: list[dict[str, Any]] | None, themes: Mapping[int, Theme]) -> list[tuple[dict[str, Any], Theme]] | None:
    if rows is None:
        return None
    return [(row, themes[row["theme"]]) for row in rows if row["theme"] in themes]


def quoted(session: Session, report: Report, themes: Iterable[int]) -> dict[int, queries.Quote]:
    """Theme id -> the best quote of the latest report that still exists, in the reader's language if there is one."""
    own = {key: report.content["themes"].get(str(key), {}).get("quotes", []) for key in themes}
    found = queries.quotes(session, [key for keys in own.values() for key in keys])
    ranked = {theme: readable_first(keys, found) for theme, keys in own.items()}
    return {theme: found[keys[0]] for theme, keys in ranked.items() if keys}
